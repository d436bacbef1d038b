/**
 * What a market tells us, decoded once at the edge and passed by reference on the hot path.
 * Prices and amounts are integers of the instrument's tick and lot; names ending in `Float`
 * are analytics and take no part in sizing, limits or hashes.
 */
import type { Instrument, InstrumentState } from './instrument.ts';

/**
 * Levels of one side, flat: ticks, lots, ticks, lots, … A change with zero lots deletes the level.
 * Flat because a level must not cost an allocation.
 */
export type FlatLevels = readonly number[];

interface MarketEventBase {
  readonly instrument: Instrument;
  /** Venue channel, part of the identity. */
  readonly channel: string;
  /** Counts sessions of this process with the venue; part of the identity. */
  readonly sessionEpoch: number;
  /** Venue time, epoch µs. */
  readonly tsUs: number;
  /** Local receive time, epoch µs. Never part of a hash. */
  readonly receivedUs: number;
  /** Local receive time, monotonic µs: what ages are measured with. */
  readonly receivedMonotonicUs: number;
}

export interface BookEvent extends MarketEventBase {
  readonly type: 'book';
  /** A snapshot replaces the whole book; a change must chain by `prevChangeId`. */
  readonly frame: 'snapshot' | 'change';
  readonly changeId: number;
  /** -1 on snapshots (venues send none there). */
  readonly prevChangeId: number;
  readonly bids: FlatLevels;
  readonly asks: FlatLevels;
}

export interface TradeEvent extends MarketEventBase {
  readonly type: 'trade';
  readonly tradeId: string;
  /** Contiguous per instrument. */
  readonly tradeSeq: number;
  readonly priceTicks: number;
  readonly lots: number;
  /** Side of the taker. */
  readonly side: Side;
  /** Null: the venue did not say it with this trade. */
  readonly markFloat: number | null;
  readonly indexFloat: number | null;
}

export interface Greeks {
  readonly deltaFloat: number;
  readonly gammaFloat: number;
  readonly vegaFloat: number;
  readonly thetaFloat: number;
}

export interface TickerEvent extends MarketEventBase {
  readonly type: 'ticker';
  readonly state: InstrumentState;
  readonly markFloat: number;
  readonly indexFloat: number;
  readonly lastFloat: number | null;
  readonly openInterestFloat: number | null;
  readonly funding8hFloat: number | null;
  readonly underlyingFloat: number | null;
  /** Percent, as the venue gives it. */
  readonly markIvFloat: number | null;
  readonly greeks: Greeks | null;
}

export type MarketEvent = BookEvent | TradeEvent | TickerEvent;

/** In-band state of the link the events come through: consumers cannot forget a loss. */
export type MarketLink =
  | { readonly kind: 'up'; readonly sessionEpoch: number }
  | { readonly kind: 'down'; readonly sessionEpoch: number; readonly cause: string };

export type Side = 'buy' | 'sell';
export type BookSideName = 'bids' | 'asks';

/** Read-only book; depth 0 is the best level. Reading allocates nothing. */
export interface BookView {
  readonly instrument: Instrument;
  /** False before the first snapshot and from a gap until the next snapshot. */
  readonly valid: boolean;
  readonly changeId: number;
  /** Venue time of the last applied frame, epoch µs. */
  readonly tsUs: number;
  readonly receivedMonotonicUs: number;
  depth(side: BookSideName): number;
  ticksAt(side: BookSideName, depth: number): number;
  lotsAt(side: BookSideName, depth: number): number;
}

/** Everything the market room knows about one instrument now. */
export interface InstrumentView {
  readonly instrument: Instrument;
  readonly state: InstrumentState;
  readonly book: BookView;
  readonly ticker: TickerEvent | undefined;
  readonly lastTrade: TradeEvent | undefined;
}

/** What strategies, gates and monitors read. */
export interface MarketView {
  /** Undefined: the instrument is not known (metadata missing). */
  get(instrumentName: string): InstrumentView | undefined;
  readonly instruments: Iterable<InstrumentView>;
  /** Monotonic µs of the last market event of any instrument; 0 before the first. */
  readonly lastEventMonotonicUs: number;
}
