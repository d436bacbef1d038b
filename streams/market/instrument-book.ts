/**
 * The book of one instrument, believed only while its chain holds: a snapshot begins it, each
 * change must name the change before it. A gap, a crossed book or a lost link makes it invalid
 * until the next snapshot; nothing is ever guessed across a hole.
 */
import type { Instrument } from '../facts/instrument.ts';
import type { BookEvent, BookSideName, BookView } from '../facts/market.ts';
import { BookSide } from './book-side.ts';

/**
 * `applied` · `gap`: the chain broke here, the book is invalid · `stale`: already in the book ·
 * `dropped`: no snapshot to build on, or another channel than the one the book follows.
 */
export type ApplyResult = 'applied' | 'gap' | 'stale' | 'dropped';

export class InstrumentBook implements BookView {
  readonly instrument: Instrument;
  readonly #bids = new BookSide('bids');
  readonly #asks = new BookSide('asks');
  #valid = false;
  #channel = '';
  #changeId = -1;
  #tsUs = 0;
  #receivedMonotonicUs = 0;

  constructor(instrument: Instrument) {
    this.instrument = instrument;
  }

  get valid(): boolean {
    return this.#valid;
  }

  get changeId(): number {
    return this.#changeId;
  }

  get tsUs(): number {
    return this.#tsUs;
  }

  get receivedMonotonicUs(): number {
    return this.#receivedMonotonicUs;
  }

  /** The channel this book follows; empty before the first snapshot. */
  get channel(): string {
    return this.#channel;
  }

  depth(side: BookSideName): number {
    return side === 'bids' ? this.#bids.depth : this.#asks.depth;
  }

  ticksAt(side: BookSideName, depth: number): number {
    return side === 'bids' ? this.#bids.ticksAt(depth) : this.#asks.ticksAt(depth);
  }

  lotsAt(side: BookSideName, depth: number): number {
    return side === 'bids' ? this.#bids.lotsAt(depth) : this.#asks.lotsAt(depth);
  }

  apply(event: BookEvent): ApplyResult {
    if (event.frame === 'snapshot') {
      this.#bids.clear();
      this.#asks.clear();
      this.#channel = event.channel;
      this.#valid = true;
    } else {
      if (!this.#valid || event.channel !== this.#channel) return 'dropped';
      if (event.changeId <= this.#changeId) return 'stale';
      if (event.prevChangeId !== this.#changeId) {
        this.#valid = false;
        return 'gap';
      }
    }
    this.#bids.apply(event.bids);
    this.#asks.apply(event.asks);
    this.#changeId = event.changeId;
    this.#tsUs = event.tsUs;
    this.#receivedMonotonicUs = event.receivedMonotonicUs;
    // NaN when a side is empty: then nothing crosses.
    if (this.#bids.ticksAt(0) >= this.#asks.ticksAt(0)) {
      this.#valid = false;
      return 'gap';
    }
    return 'applied';
  }

  /** Nothing is believed until the next snapshot. Levels stay readable for diagnosis. */
  invalidate(): void {
    this.#valid = false;
  }
}
