/**
 * The account's own rate limits, read at run time. Until they were read the conservative defaults
 * of the policy hold; `limits_fetch_failures_trip_count` failed reads within the window are
 * Degraded, until one succeeds.
 */
import type { GuardPolicy } from '../../../streams/facts/policy/guard.ts';
import type { CancelTimer, Clock } from '../../../streams/ports/clock.ts';
import type { Guard } from '../guard-types.ts';
import { FailureWindow } from './failure-window.ts';

type Limits = Pick<
  GuardPolicy,
  'limits_fetch_failures_trip_count' | 'limits_fetch_failure_window_s'
>;

export interface VenueLimitsWatch<L> {
  readonly clock: Pick<Clock, 'after' | 'monotonicUs'>;
  readonly guard: Pick<Guard, 'raise' | 'clear'>;
  /** Rejects, or answers undefined, when they could not be read. */
  readonly fetch: () => Promise<L | undefined>;
  readonly onLimits: (limits: L) => void;
  readonly limits: Limits;
}

/** Tiers change by the hour; a failed read is tried again as soon, ms. */
const fetchMs = 60_000;

/** Reads now and on an interval. Returns the stop. */
export function watchVenueLimits<L>(watch: VenueLimitsWatch<L>): CancelTimer {
  const { clock, guard, limits } = watch;
  const failures = new FailureWindow(
    () => limits.limits_fetch_failures_trip_count,
    () => limits.limits_fetch_failure_window_s,
  );
  let next: CancelTimer = () => undefined;
  let stopped = false;
  const look = async (): Promise<void> => {
    const read = await watch.fetch().catch(() => undefined);
    if (stopped) return;
    next = clock.after(fetchMs, () => void look());
    if (read !== undefined) {
      watch.onLimits(read);
      guard.clear('venue_limits');
      return;
    }
    const nowUs = clock.monotonicUs();
    failures.failed(nowUs);
    if (failures.isTripped(nowUs)) {
      guard.raise('venue_limits', { riskState: 'Degraded', owner: 'EXT_RATE_LIMITED' });
    }
  };
  void look();
  return () => {
    stopped = true;
    next();
  };
}
