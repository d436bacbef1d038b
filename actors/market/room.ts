/**
 * The market room: one book, trade sequence and ticker per instrument, and the one view of them.
 * It decides what of the market may be believed. A hole in a book or in the trades is announced
 * through `onGap` at once; the book stays invalid until a snapshot mends it, and a snapshot that is
 * lost on its way is missed and asked for again.
 */
import type { Observable } from 'rxjs';
import type { Instrument, InstrumentState } from '../../streams/facts/instrument.ts';
import type {
  BookEvent,
  MarketEvent,
  MarketLink,
  MarketView,
  TickerEvent,
  TradeEvent,
} from '../../streams/facts/market.ts';
import { conflated } from '../../streams/market/conflated.ts';
import type { ApplyResult } from '../../streams/market/instrument-book.ts';
import type { Ports } from '../../streams/ports/index.ts';
import { InstrumentEntry } from './instrument-entry.ts';

export type GapKind = 'book' | 'trades';

export interface MarketGap {
  readonly instrument: Instrument;
  readonly kind: GapKind;
  /** The channel to subscribe again (books). */
  readonly channel: string;
  /** Trades: first and last missing number. Books: the id expected and the id that came. */
  readonly expected: number;
  readonly got: number;
}

export interface MarketChange {
  readonly instrument: Instrument;
  readonly book: boolean;
  readonly trade: boolean;
  readonly ticker: boolean;
}

export interface MarketFreshness {
  /** Age of the last event of any instrument, ms; Infinity before the first. */
  readonly overallMs: number;
  /** Instruments whose book is valid. */
  readonly validBooks: number;
  readonly books: number;
  /** Age of the last event of one instrument, ms; Infinity when there was none. */
  ofMs(instrumentName: string): number;
}

export interface MarketRoomOptions {
  readonly ports: Pick<Ports, 'clock'>;
  readonly params: {
    /** Window of `changes$`, ms. */
    readonly conflateMs: number;
  };
  readonly instruments?: readonly Instrument[];
  /** Called synchronously from `apply`: set the latch, then ask for a resubscription. */
  readonly onGap?: (gap: MarketGap) => void;
  /** A book became valid by a snapshot: the first one, or one that mends a gap or a lost link. */
  readonly onMended?: (instrument: Instrument) => void;
}

export interface MarketCounters {
  applied: number;
  bookGaps: number;
  tradeGaps: number;
  stale: number;
  dropped: number;
}

/** A snapshot that has not come this long after it was due is lost: it is asked for again. */
const snapshotPatienceUs = 5_000_000;

const bookBit = 1;
const tradeBit = 2;
const tickerBit = 4;

export interface MarketRoom {
  readonly view: MarketView;
  /** Conflated per instrument; see `streams/market/conflated.ts` for its policy. */
  readonly changes$: Observable<MarketChange>;
  readonly counters: Readonly<MarketCounters>;
  /** Takes one event. Book and trade events allocate nothing here. */
  apply(event: MarketEvent): ApplyResult;
  /** A link that went down takes the belief in every book with it. */
  onLink(link: MarketLink): void;
  /** Adds instruments, or replaces those with another revision (their books start anew). */
  setInstruments(instruments: Iterable<Instrument>): void;
  setState(instrumentName: string, state: InstrumentState): void;
  freshness(nowMonotonicUs: number): MarketFreshness;
  close(): void;
}

export function createMarketRoom(options: MarketRoomOptions): MarketRoom {
  return new Room(options);
}

class Room implements MarketRoom {
  readonly view: MarketView;
  readonly changes$: Observable<MarketChange>;
  readonly counters: MarketCounters = {
    applied: 0,
    bookGaps: 0,
    tradeGaps: 0,
    stale: 0,
    dropped: 0,
  };
  readonly #entries = new Map<string, InstrumentEntry>();
  readonly #options: MarketRoomOptions;
  readonly #conflated;
  #lastEventMonotonicUs = 0;

  constructor(options: MarketRoomOptions) {
    this.#options = options;
    this.#conflated = conflated<Instrument, MarketChange>({
      windowMs: options.params.conflateMs,
      scheduler: options.ports.clock.rx,
      project: (instrument, bits) => ({
        instrument,
        book: (bits & bookBit) !== 0,
        trade: (bits & tradeBit) !== 0,
        ticker: (bits & tickerBit) !== 0,
      }),
    });
    this.changes$ = this.#conflated.changes$;
    const entries = this.#entries;
    const lastEvent = (): number => this.#lastEventMonotonicUs;
    this.view = {
      get: (name) => entries.get(name),
      get instruments() {
        return entries.values();
      },
      get lastEventMonotonicUs() {
        return lastEvent();
      },
    };
    this.setInstruments(options.instruments ?? []);
  }

  apply(event: MarketEvent): ApplyResult {
    const entry = this.#entryOf(event.instrument);
    this.#lastEventMonotonicUs = event.receivedMonotonicUs;
    entry.lastEventMonotonicUs = event.receivedMonotonicUs;
    const result = this.#applyTo(entry, event);
    if (result === 'applied') this.counters.applied += 1;
    else if (result === 'stale') this.counters.stale += 1;
    else if (result === 'dropped') this.counters.dropped += 1;
    return result;
  }

  onLink(link: MarketLink): void {
    if (link.kind === 'up') return;
    for (const entry of this.#entries.values()) {
      entry.book.invalidate();
      entry.waitingSinceUs = 0;
    }
  }

  setInstruments(instruments: Iterable<Instrument>): void {
    for (const instrument of instruments) {
      const known = this.#entries.get(instrument.name);
      if (known?.instrument.revision === instrument.revision) continue;
      this.#entries.set(instrument.name, new InstrumentEntry(instrument, known?.state ?? 'open'));
    }
  }

  setState(instrumentName: string, state: InstrumentState): void {
    const entry = this.#entries.get(instrumentName);
    if (entry !== undefined) entry.state = state;
  }

  freshness(nowMonotonicUs: number): MarketFreshness {
    const ageMs = (us: number | undefined): number =>
      us === undefined || us === 0 ? Number.POSITIVE_INFINITY : (nowMonotonicUs - us) / 1_000;
    let validBooks = 0;
    for (const entry of this.#entries.values()) if (entry.book.valid) validBooks += 1;
    return {
      overallMs: ageMs(this.#lastEventMonotonicUs),
      validBooks,
      books: this.#entries.size,
      ofMs: (name) => ageMs(this.#entries.get(name)?.lastEventMonotonicUs),
    };
  }

  close(): void {
    this.#conflated.close();
  }

  #applyTo(entry: InstrumentEntry, event: MarketEvent): ApplyResult {
    switch (event.type) {
      case 'book':
        return this.#book(entry, event);
      case 'trade':
        return this.#trade(entry, event);
      case 'ticker':
        return this.#ticker(entry, event);
    }
  }

  #book(entry: InstrumentEntry, event: BookEvent): ApplyResult {
    const { book } = entry;
    const wasValid = book.valid;
    const expected = book.changeId;
    const result = book.apply(event);
    if (result === 'applied') {
      this.#conflated.mark(entry.instrument, bookBit);
      if (wasValid) return result;
      entry.waitingSinceUs = 0;
      this.#options.onMended?.(entry.instrument);
    } else if (result === 'gap') {
      this.counters.bookGaps += 1;
      this.#bookGap(entry, event, expected);
    } else if (result === 'dropped') this.#awaitSnapshot(entry, event);
    return result;
  }

  #bookGap(entry: InstrumentEntry, event: BookEvent, expected: number): void {
    const { channel, prevChangeId: got, receivedMonotonicUs } = event;
    entry.waitingSinceUs = receivedMonotonicUs;
    this.#options.onGap?.({ instrument: entry.instrument, kind: 'book', channel, expected, got });
  }

  /** Changes of a book without a snapshot: the first starts the wait, a late one ends it. */
  #awaitSnapshot(entry: InstrumentEntry, event: BookEvent): void {
    if (entry.book.valid) return;
    if (entry.waitingSinceUs === 0) entry.waitingSinceUs = event.receivedMonotonicUs;
    else if (event.receivedMonotonicUs - entry.waitingSinceUs > snapshotPatienceUs)
      this.#bookGap(entry, event, entry.book.changeId);
  }

  #trade(entry: InstrumentEntry, event: TradeEvent): ApplyResult {
    const expected = entry.trades.last + 1;
    const result = entry.trades.next(event.tradeSeq);
    if (result === 'stale') return 'stale';
    entry.lastTrade = event;
    this.#conflated.mark(entry.instrument, tradeBit);
    if (result === 'gap') {
      this.counters.tradeGaps += 1;
      const { channel, tradeSeq: got } = event;
      this.#options.onGap?.({
        instrument: entry.instrument,
        kind: 'trades',
        channel,
        expected,
        got,
      });
    }
    return result;
  }

  // Tickers have no sequence: the newer venue time wins.
  #ticker(entry: InstrumentEntry, event: TickerEvent): ApplyResult {
    if (entry.ticker !== undefined && event.tsUs < entry.ticker.tsUs) return 'stale';
    entry.ticker = event;
    entry.state = event.state;
    this.#conflated.mark(entry.instrument, tickerBit);
    return 'applied';
  }

  #entryOf(instrument: Instrument): InstrumentEntry {
    const known = this.#entries.get(instrument.name);
    if (known?.instrument === instrument) return known;
    if (known?.instrument.revision === instrument.revision) return known;
    this.setInstruments([instrument]);
    return this.#entries.get(instrument.name) as InstrumentEntry;
  }
}
