/**
 * The aggregated book channel of one product: every flush is one frame with what really differs,
 * chained by change id exactly like the raw channel, though it skips ids.
 */
import type { BookFrame } from '../../streams/venues/simulated/index.ts';

export class BookChain {
  #lastId: number;
  #pendingId: number;
  #tsUs = 0;
  #reset = false;
  readonly #bids = new Map<number, readonly [number, number]>();
  readonly #asks = new Map<number, readonly [number, number]>();

  constructor(changeId: number) {
    this.#lastId = changeId;
    this.#pendingId = changeId;
  }

  /** Change id of the last frame of this chain: what a snapshot must carry now. */
  get lastId(): number {
    return this.#lastId;
  }

  add(frame: BookFrame): void {
    if (frame.prevChangeId === -1) this.#reset = true;
    this.#pendingId = frame.changeId;
    this.#tsUs = frame.tsUs;
    collect(this.#bids, frame.bids);
    collect(this.#asks, frame.asks);
  }

  /**
   * What changed since the last flush: a frame, `reset` when listeners need a new snapshot, or
   * undefined when nothing differs (then the chain stays where it was).
   */
  flush(): BookFrame | 'reset' | undefined {
    const bids = drain(this.#bids);
    const asks = drain(this.#asks);
    const reset = this.#reset;
    this.#reset = false;
    if (reset) {
      this.#lastId = this.#pendingId;
      return 'reset';
    }
    if (bids.length === 0 && asks.length === 0) return undefined;
    const prevChangeId = this.#lastId;
    this.#lastId = this.#pendingId;
    return { changeId: this.#pendingId, prevChangeId, tsUs: this.#tsUs, bids, asks };
  }
}

/** Keeps, per price, what stood before the first move and after the last. */
function collect(side: Map<number, readonly [number, number]>, moves: readonly number[]): void {
  for (let at = 0; at + 2 < moves.length; at += 3) {
    const ticks = moves[at] ?? 0;
    const before = side.get(ticks)?.[0] ?? moves[at + 1] ?? 0;
    side.set(ticks, [before, moves[at + 2] ?? 0]);
  }
}

function drain(side: Map<number, readonly [number, number]>): number[] {
  const moves: number[] = [];
  for (const [ticks, [before, now]] of side) if (before !== now) moves.push(ticks, before, now);
  side.clear();
  return moves;
}
