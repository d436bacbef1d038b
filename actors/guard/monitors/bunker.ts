/**
 * Bunker mode: the way to the exchange is too slow, too late or too lossy to open anything.
 * Judged once a second. Entered by HTTP answers that are slow three times in a row, by a late
 * stream, by requests that time out, or by any of these not being known any more; left after
 * `bunker_exit_stable_s` below every mark. Until all three have been
 * good once nothing is concluded: a start is no outage, and the guard holds the input for missing.
 */
import type { GuardPolicy } from '../../../streams/facts/policy/guard.ts';
import { usPerSecond } from '../../../streams/facts/time.ts';
import type { Clock } from '../../../streams/ports/clock.ts';
import type { Guard } from '../guard-types.ts';

export type BunkerLimits = Pick<
  GuardPolicy,
  | 'bunker_http_p95_ms'
  | 'bunker_jitter_threshold_ms'
  | 'bunker_timeout_rate'
  | 'bunker_exit_stable_s'
>;

/** Undefined: not measured within its window. */
export interface NetworkReading {
  /** 95th percentile of HTTP answers of the last 30 s. */
  readonly httpP95Ms: number | undefined;
  /** Receive time minus venue time of market events, clocks corrected. */
  readonly streamLagMs: number | undefined;
  /** Part of the HTTP requests of the last 60 s that timed out, 0–1. */
  readonly timeoutRatio: number | undefined;
}

/** Slow answers in a row that are no accident. */
const slowRoundsMax = 3;
/** One evaluation a second. */
const lookMs = 1_000;

export class BunkerDetector {
  readonly #limits: BunkerLimits;
  #slowRounds = 0;
  #goodSinceUs: number | undefined;
  /** Undefined until everything has been good once. */
  #isOn: boolean | undefined;

  constructor(limits: BunkerLimits) {
    this.#limits = limits;
  }

  /** Once a second. Undefined: nothing can be concluded yet. */
  observe(
    { httpP95Ms, streamLagMs, timeoutRatio }: NetworkReading,
    nowUs: number,
  ): boolean | undefined {
    const limits = this.#limits;
    const isWhole =
      httpP95Ms !== undefined && streamLagMs !== undefined && timeoutRatio !== undefined;
    const isSlow = httpP95Ms !== undefined && httpP95Ms > limits.bunker_http_p95_ms;
    this.#slowRounds = isSlow ? this.#slowRounds + 1 : 0;
    const isLate = (streamLagMs ?? 0) > limits.bunker_jitter_threshold_ms;
    const isLossy = (timeoutRatio ?? 0) > limits.bunker_timeout_rate;
    const isGood = isWhole && !isSlow && !isLate && !isLossy;
    if (!isGood && this.#isOn === undefined) return undefined;
    this.#goodSinceUs = isGood ? (this.#goodSinceUs ?? nowUs) : undefined;
    if (!isWhole || isLate || isLossy || this.#slowRounds >= slowRoundsMax) this.#isOn = true;
    else if (this.#isOn !== true || this.#isStable(nowUs)) this.#isOn = false;
    return this.#isOn;
  }

  #isStable(nowUs: number): boolean {
    const stableUs = this.#limits.bunker_exit_stable_s * usPerSecond;
    return this.#goodSinceUs !== undefined && nowUs - this.#goodSinceUs >= stableUs;
  }
}

export interface BunkerWatch {
  readonly clock: Pick<Clock, 'every' | 'monotonicUs'>;
  readonly guard: Pick<Guard, 'set'>;
  readonly read: () => NetworkReading;
  readonly limits: BunkerLimits;
}

/** Looks once a second. Returns the stop. */
export function watchBunker({ clock, guard, read, limits }: BunkerWatch): () => void {
  const detector = new BunkerDetector(limits);
  return clock.every(lookMs, () => {
    guard.set('bunker_mode', detector.observe(read(), clock.monotonicUs()));
  });
}
