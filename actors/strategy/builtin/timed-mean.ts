/** Exponentially weighted mean over domain time: irregular events, half-life in microseconds. */
export class TimedMean {
  readonly #halfLifeUs: number;
  #value = Number.NaN;
  #atUs = 0;

  constructor(halfLifeUs: number) {
    this.#halfLifeUs = halfLifeUs;
  }

  /** NaN until the first value. */
  get value(): number {
    return this.#value;
  }

  update(value: number, nowUs: number): void {
    if (Number.isNaN(this.#value)) this.#value = value;
    else {
      const age = Math.max(0, nowUs - this.#atUs);
      const keep = 0.5 ** (age / this.#halfLifeUs);
      this.#value = keep * this.#value + (1 - keep) * value;
    }
    this.#atUs = nowUs;
  }

  /** Adds an impulse and lets what was there decay: a decaying sum instead of a mean. */
  add(impulse: number, nowUs: number): void {
    const age = Math.max(0, nowUs - this.#atUs);
    const kept = Number.isNaN(this.#value) ? 0 : this.#value * 0.5 ** (age / this.#halfLifeUs);
    this.#value = kept + impulse;
    this.#atUs = nowUs;
  }
}
