/** One index price over time: its range, and the average an expiry is settled at. */
const sampleEveryUs = 1_000_000;
/** Expiries settle at the average of the last 30 minutes. */
export const deliveryWindowUs = 30 * 60 * 1_000_000;

export class IndexTrack {
  price = 0;
  high = 0;
  low = Number.POSITIVE_INFINITY;
  readonly #samples: { readonly us: number; readonly price: number }[] = [];

  set(nowUs: number, price: number): void {
    this.price = price;
    this.high = Math.max(this.high, price);
    this.low = Math.min(this.low, price);
    const last = this.#samples[this.#samples.length - 1];
    if (last !== undefined && nowUs - last.us < sampleEveryUs) return;
    this.#samples.push({ us: nowUs, price });
    // Dropped in lumps: the window decides what counts, this only bounds the memory.
    if (this.#samples.length > (2 * deliveryWindowUs) / sampleEveryUs)
      this.#samples.splice(0, deliveryWindowUs / sampleEveryUs);
  }

  /** Mean of the samples of the last 30 minutes; the price itself when there are none. */
  average(nowUs: number): number {
    return this.recentAverage(nowUs) ?? this.price;
  }

  /** Mean of the samples of the last 30 minutes; undefined when there are none. */
  recentAverage(nowUs: number): number | undefined {
    let sum = 0;
    let count = 0;
    for (let at = this.#samples.length - 1; at >= 0; at -= 1) {
      const sample = this.#samples[at];
      if (sample === undefined || sample.us < nowUs - deliveryWindowUs) break;
      sum += sample.price;
      count += 1;
    }
    return count === 0 ? undefined : sum / count;
  }
}
