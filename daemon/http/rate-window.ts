/** How often within a window of time, per key. The first beyond the limit is refused, and all after it. */
import type { Clock } from '../../streams/ports/index.ts';

/** Keys are tokens: a handful. More than this, and the oldest window is forgotten. */
const keysMax = 256;

interface Window {
  startUs: number;
  count: number;
}

export class RateWindow {
  readonly #clock: Pick<Clock, 'monotonicUs'>;
  readonly #windowUs: number;
  readonly #max: number;
  readonly #windows = new Map<string, Window>();

  /** `max` per `windowMs` and key. */
  constructor(clock: Pick<Clock, 'monotonicUs'>, windowMs: number, max: number) {
    this.#clock = clock;
    this.#windowUs = windowMs * 1_000;
    this.#max = max;
  }

  /** Counts one, and says whether it is within the limit. */
  admit(key: string): boolean {
    const nowUs = this.#clock.monotonicUs();
    const known = this.#windows.get(key);
    if (known === undefined || nowUs - known.startUs >= this.#windowUs) {
      this.#windows.delete(key);
      this.#windows.set(key, { startUs: nowUs, count: 1 });
      this.#forget();
      return this.#max >= 1;
    }
    known.count += 1;
    return known.count <= this.#max;
  }

  #forget(): void {
    for (const key of this.#windows.keys()) {
      if (this.#windows.size <= keysMax) return;
      this.#windows.delete(key);
    }
  }
}
