/**
 * How old what we know of instruments and fees is. Instruments older than their time to live are
 * Degraded. Fees age in epoch time, so that a restart does not make them young: a little old, they
 * are reckoned with a margin; too old, the guard restricts by the age of its `fee_cache` input.
 */
import type { GuardPolicy } from '../../../streams/facts/policy/guard.ts';
import { usPerSecond } from '../../../streams/facts/time.ts';
import type { Clock } from '../../../streams/ports/clock.ts';
import type { Guard } from '../guard-types.ts';

type Limits = Pick<GuardPolicy, 'instrument_cache_ttl_s' | 'fee_cache_soft_s' | 'fee_stale_buffer'>;

/** Ages trip strictly. */
export function isInstrumentCacheOld(ageS: number, limits: Limits): boolean {
  return ageS > limits.instrument_cache_ttl_s;
}

/** What fees are multiplied with before an edge is judged: 1, or more while they are soft-stale. */
export function feeFactor(ageS: number, limits: Limits): number {
  return ageS > limits.fee_cache_soft_s ? 1 + limits.fee_stale_buffer : 1;
}

export interface CacheReading {
  /** Monotonic µs of the last whole instrument list; undefined: never. */
  readonly instrumentsReadUs: number | undefined;
  /** Epoch µs of the last fees; undefined: never. */
  readonly feesReadEpochUs: number | undefined;
}

export interface CacheWatch {
  readonly clock: Pick<Clock, 'every' | 'monotonicUs' | 'nowUs'>;
  readonly guard: Pick<Guard, 'set' | 'raise' | 'clear'>;
  readonly read: () => CacheReading;
  readonly limits: Limits;
}

/** Ages are minutes, ms. */
const lookMs = 1_000;

/** Looks now and on an interval. Returns the stop. */
export function watchCaches({ clock, guard, read, limits }: CacheWatch): () => void {
  const startedUs = clock.monotonicUs();
  let isOld = false;
  const look = (): void => {
    const { instrumentsReadUs, feesReadEpochUs } = read();
    const nowUs = clock.monotonicUs();
    const ageS = (nowUs - (instrumentsReadUs ?? startedUs)) / usPerSecond;
    const old = isInstrumentCacheOld(ageS, limits);
    if (old && !isOld)
      guard.raise('instrument_cache', { riskState: 'Degraded', owner: 'DATA_INPUT_MISSING' });
    if (!old && isOld) guard.clear('instrument_cache');
    isOld = old;
    if (feesReadEpochUs === undefined) return;
    // A clock set back must not make fees younger than now.
    guard.set('fee_cache', true, nowUs - Math.max(0, clock.nowUs() - feesReadEpochUs));
  };
  look();
  return clock.every(lookMs, look);
}
