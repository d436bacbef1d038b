/**
 * How long to wait before the next connection: doubling from a base to a ceiling, with jitter so
 * that clients cut off together do not come back together. Never zero, never unbounded.
 */
import type { LossKind } from '../../machines/venue-session.ts';
import type { Random } from '../../streams/ports/random.ts';

export interface BackoffParams {
  readonly baseMs: number;
  readonly maxMs: number;
  /** Wait after the venue ended the session for its request rate: credits must refill. */
  readonly rateTerminatedMs: number;
  /** Wait after the key was refused: only a person can mend it. */
  readonly keyRefusedMs: number;
}

export const defaultBackoff: BackoffParams = {
  baseMs: 250,
  maxMs: 15_000,
  rateTerminatedMs: 5_000,
  keyRefusedMs: 60_000,
};

/** Part of the wait that is random. */
const jitterRatio = 0.5;
/** Doubling stops here so that the power cannot overflow. */
const maxDoublings = 16;

/** The wait in whole ms for the `failures`-th failure in a row (1 is the first). */
export function backoffMs(
  params: BackoffParams,
  failures: number,
  kind: LossKind,
  random: Random,
): number {
  const doublings = Math.min(maxDoublings, Math.max(0, failures - 1));
  const grown = Math.min(params.maxMs, params.baseMs * 2 ** doublings);
  const floor = {
    lost: 0,
    rate_terminated: params.rateTerminatedMs,
    key_refused: params.keyRefusedMs,
  };
  const base = Math.max(grown, floor[kind]);
  return Math.ceil(base * (1 - jitterRatio + random.next() * 2 * jitterRatio));
}
