/** Counts failures within a window of time: too many of them are a condition. Pure; bounded. */
import { usPerSecond } from '../../../streams/facts/time.ts';

export class FailureWindow {
  readonly #max: () => number;
  readonly #windowS: () => number;
  /** Oldest first; never more than what trips. */
  #failuresUs: number[] = [];

  /** Trips at `max` failures within `windowS`, both ends included; asked at each look. */
  constructor(max: () => number, windowS: () => number) {
    this.#max = max;
    this.#windowS = windowS;
  }

  failed(nowUs: number): void {
    this.#failuresUs = [...this.#failuresUs, nowUs].slice(-this.#max());
  }

  /** True while the last `max` failures lie within one window that reaches to now. */
  isTripped(nowUs: number): boolean {
    const windowUs = this.#windowS() * usPerSecond;
    const recent = this.#failuresUs.filter((atUs) => nowUs - atUs <= windowUs);
    return recent.length >= this.#max();
  }
}
