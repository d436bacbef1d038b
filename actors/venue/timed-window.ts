/** The last N samples of a measure with their times, for quantiles over the recent past. Adding costs two stores. */
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
    const recent = this.#since(sinceUs);
    if (recent.length === 0) return undefined;
    return recent.reduce((sum, value) => sum + value, 0) / recent.length;
  }

  #since(sinceUs: number): Float64Array {
    return this.#values.filter(
      (_, at) => at < this.#count && (this.#timesUs[at] as number) >= sinceUs,
    );
  }
}
