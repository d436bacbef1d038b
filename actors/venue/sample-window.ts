/** The last N samples of a measure, for quantiles. Adding costs one store; reading sorts a copy. */
export class SampleWindow {
  readonly #samples: Float64Array;
  #count = 0;

  constructor(capacity: number) {
    this.#samples = new Float64Array(capacity);
  }

  add(value: number): void {
    this.#samples[this.#count % this.#samples.length] = value;
    this.#count += 1;
  }

  get size(): number {
    return Math.min(this.#count, this.#samples.length);
  }

  /** The value below which a part `q` of the samples lies; undefined without samples. */
  quantile(q: number): number | undefined {
    const size = this.size;
    if (size === 0) return undefined;
    const sorted = this.#samples.slice(0, size).sort();
    return sorted[Math.min(size - 1, Math.floor(q * size))];
  }
}
