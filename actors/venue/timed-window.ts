/**
 * The last N samples of a measure with their times, for figures of the recent past. Adding costs two
 * stores; times never go back, so what is recent is found by bisection and only that is copied.
 */
export class TimedWindow {
  readonly #values: Float64Array;
  readonly #timesUs: Float64Array;
  #count = 0;

  constructor(capacity: number) {
    this.#values = new Float64Array(capacity);
    this.#timesUs = new Float64Array(capacity);
  }

  add(value: number, atUs: number): void {
    const at = this.#count % this.#values.length;
    this.#values[at] = value;
    this.#timesUs[at] = atUs;
    this.#count += 1;
  }

  /** The value below which a part `q` of the samples since then lies; undefined without any. */
  quantile(q: number, sinceUs: number): number | undefined {
    const recent = this.#since(sinceUs).sort();
    return recent[Math.min(recent.length - 1, Math.floor(q * recent.length))];
  }

  /** Undefined without samples since then. */
  mean(sinceUs: number): number | undefined {
    const from = this.#firstSince(sinceUs);
    if (from === this.#count) return undefined;
    let sum = 0;
    for (let at = from; at < this.#count; at += 1) sum += this.#values[this.#slot(at)] as number;
    return sum / (this.#count - from);
  }

  #slot(at: number): number {
    return at % this.#values.length;
  }

  /** Number of the first sample kept that is not older; the count when there is none. */
  #firstSince(sinceUs: number): number {
    let low = Math.max(0, this.#count - this.#values.length);
    let high = this.#count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#timesUs[this.#slot(middle)] as number) >= sinceUs) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  #since(sinceUs: number): Float64Array {
    const from = this.#firstSince(sinceUs);
    if (from === this.#count) return new Float64Array(0);
    const [first, last] = [this.#slot(from), this.#slot(this.#count - 1)];
    if (first <= last) return this.#values.slice(first, last + 1);
    const recent = new Float64Array(this.#count - from);
    recent.set(this.#values.subarray(first));
    recent.set(this.#values.subarray(0, last + 1), this.#values.length - first);
    return recent;
  }
}
