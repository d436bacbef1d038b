/** What the house holds and has outstanding, as strategies, gates and monitors read it. */
import type { Instrument } from './instrument.ts';
import type { IntentClass } from './intent.ts';
import type { Side } from './market.ts';

export interface PositionState {
  readonly instrument: Instrument;
  /** Positive long, negative short; exact, from recorded fills only. */
  readonly signedLots: number;
  /** Average entry price; 0 when flat. Analytics. */
  readonly averagePriceFloat: number;
  /** Realised profit in the settlement currency, without fees. Analytics. */
  readonly realisedPnlFloat: number;
  /** Fees paid in the fee currency of the fills; rebates are negative. Analytics. */
  readonly feesFloat: number;
  /** Realised profit net of fees in USD, at the index of each fill. Analytics. */
  readonly realisedUsdFloat: number;
  /** Venue time of the last fill, epoch µs; 0 before the first. */
  readonly updatedUs: number;
}

/** Positions by instrument name. Undefined: never traded. */
export interface PositionsView {
  get(instrumentName: string): PositionState | undefined;
  readonly all: Iterable<PositionState>;
}

/** One order of ours that is not terminal; in-doubt orders count at full size. */
export interface OpenOrder {
  readonly intentId: string;
  readonly groupId: string;
  readonly strategyId: string;
  readonly instrument: Instrument;
  readonly class: IntentClass;
  readonly side: Side;
  readonly limitTicks: number;
  readonly lots: number;
  readonly filledLots: number;
  readonly reduceOnly: boolean;
  /** Lifecycle state: recorded, sent, acked, partially_filled, in_doubt. */
  readonly state: string;
  /** Null until the venue has answered. */
  readonly venueOrderId: string | null;
}
