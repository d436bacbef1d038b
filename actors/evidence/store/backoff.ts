/** How long to wait after the nth failure in a row: doubling, bounded, with full jitter. */
import type { Random } from '../../../streams/ports/index.ts';

export interface BackoffLimits {
  /** Wait after the first failure, before jitter. */
  readonly firstMs: number;
  /** No wait is longer: the store is asked at least this often. */
  readonly maxMs: number;
}

/** A wait in [half, whole] of the doubled value, so that writers do not come back together. */
export function backoffMs(
  limits: BackoffLimits,
  failures: number,
  random: Pick<Random, 'next'>,
): number {
  // Beyond 2^20 doublings mean nothing: every limit is reached long before.
  const doubled = limits.firstMs * 2 ** Math.min(failures - 1, 20);
  const whole = Math.min(limits.maxMs, doubled);
  return Math.round(whole / 2 + (whole / 2) * random.next());
}
