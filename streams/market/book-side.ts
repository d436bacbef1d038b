/**
 * One side of a book in two typed arrays, best level last: what changes is near the touch, so that
 * an insertion moves few entries. Reading and changing a level allocates nothing.
 *
 * Depth is bounded. When a level falls off the bound, everything at or beyond it is unknown from
 * then on and stays out until the next snapshot: the levels that are kept are exact and gap-free,
 * so that walking them never skips a level that exists.
 */

/** Levels kept per side: 32 KB a side at most; a whole BTC perpetual snapshot has about 1,200. */
export const maxLevelsPerSide = 1_024;
/** Most instruments (options) have a few dozen levels; arrays double from here. */
const initialLevels = 32;

export class BookSide {
  /** +1 for bids, −1 for asks: keys ascend towards the best level on both sides. */
  readonly #sign: 1 | -1;
  #keys = new Float64Array(initialLevels);
  #lots = new Float64Array(initialLevels);
  #count = 0;
  /** Keys at or below this are unknown: a level there fell off. −Infinity while complete. */
  #unknownFrom = Number.NEGATIVE_INFINITY;

  constructor(side: 'bids' | 'asks') {
    this.#sign = side === 'bids' ? 1 : -1;
  }

  get depth(): number {
    return this.#count;
  }

  /** False when levels beyond the kept ones may exist. */
  get complete(): boolean {
    return this.#unknownFrom === Number.NEGATIVE_INFINITY;
  }

  /** Price of the level `depth` steps from the best. NaN beyond the last level. */
  ticksAt(depth: number): number {
    if (depth < 0 || depth >= this.#count) return Number.NaN;
    return this.#sign * (this.#keys[this.#count - 1 - depth] as number);
  }

  /** Amount at that level; 0 beyond the last one. */
  lotsAt(depth: number): number {
    if (depth < 0 || depth >= this.#count) return 0;
    return this.#lots[this.#count - 1 - depth] as number;
  }

  clear(): void {
    this.#count = 0;
    this.#unknownFrom = Number.NEGATIVE_INFINITY;
  }

  /** Applies flat ticks and lots; zero lots delete. */
  apply(levels: readonly number[]): void {
    for (let at = 0; at < levels.length; at += 2) {
      this.set(levels[at] as number, levels[at + 1] as number);
    }
  }

  /** Sets the amount of one price; zero deletes. Deleting what is not there is no error. */
  set(ticks: number, lots: number): void {
    const key = this.#sign * ticks;
    if (key <= this.#unknownFrom) return;
    const at = this.#firstNotBelow(key);
    const isThere = at < this.#count && this.#keys[at] === key;
    if (lots === 0) {
      if (isThere) this.#removeAt(at);
    } else if (isThere) {
      this.#lots[at] = lots;
    } else {
      this.#insertAt(at, key, lots);
    }
  }

  // Most changes are within a few levels of the best: look there before bisecting.
  #firstNotBelow(key: number): number {
    const keys = this.#keys;
    let high = this.#count;
    for (let steps = 0; steps < 6; steps += 1) {
      if (high === 0 || (keys[high - 1] as number) < key) return high;
      high -= 1;
    }
    let low = 0;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((keys[middle] as number) < key) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #removeAt(at: number): void {
    this.#keys.copyWithin(at, at + 1, this.#count);
    this.#lots.copyWithin(at, at + 1, this.#count);
    this.#count -= 1;
  }

  #insertAt(at: number, key: number, lots: number): void {
    let position = at;
    if (this.#count === maxLevelsPerSide) {
      if (at === 0) {
        this.#unknownFrom = key;
        return;
      }
      this.#unknownFrom = this.#keys[0] as number;
      this.#removeAt(0);
      position -= 1;
    } else if (this.#count === this.#keys.length) {
      this.#grow();
    }
    this.#keys.copyWithin(position + 1, position, this.#count);
    this.#lots.copyWithin(position + 1, position, this.#count);
    this.#keys[position] = key;
    this.#lots[position] = lots;
    this.#count += 1;
  }

  #grow(): void {
    const capacity = Math.min(maxLevelsPerSide, this.#keys.length * 2);
    const keys = new Float64Array(capacity);
    const lots = new Float64Array(capacity);
    keys.set(this.#keys);
    lots.set(this.#lots);
    this.#keys = keys;
    this.#lots = lots;
  }
}
