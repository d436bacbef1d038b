/**
 * What the exchange says about itself, and whether its clock is ours: a platform that is locked, or
 * announced to be within the hour, is Maintenance, an exchange nobody could ask for too long forces ReduceOnly, and a clock that is
 * surely too far off is Degraded. A single unanswered question changes nothing.
 */
import type { GuardPolicy } from '../../../streams/facts/policy/guard.ts';
import type { Clock } from '../../../streams/ports/clock.ts';
import type { Guard } from '../guard-types.ts';

type Limits = Pick<GuardPolicy, 'exchange_health_stale_s' | 'time_drift_threshold_ms'>;

export interface ExchangeReading {
  /** Undefined before the first answer. */
  readonly locked: 'true' | 'partial' | 'false' | undefined;
  /** Until the next announced maintenance begins, ms; not positive: it goes on. Undefined: none. */
  readonly maintenanceInMs: number | undefined;
  /** Age of the last answer, ms; Infinity before the first. */
  readonly polledAgeMs: number;
  /** Local clock minus venue clock, ms; undefined before the first answer. */
  readonly clockDriftMs: number | undefined;
  /** How far the measurement may be off: half of its round trip, ms. */
  readonly clockDriftErrorMs: number;
}

export interface ExchangeVerdict {
  readonly maintenance: boolean;
  readonly stale: boolean;
  readonly drifted: boolean;
}

/** Maintenance that begins within this is at hand, ms. */
const maintenanceAheadMs = 3_600_000;

/** `sinceStartMs` stands in for the age until there was an answer. All marks trip strictly. */
export function exchangeVerdict(
  reading: ExchangeReading,
  sinceStartMs: number,
  limits: Limits,
): ExchangeVerdict {
  const ageMs = Math.min(reading.polledAgeMs, sinceStartMs);
  const isLocked = reading.locked !== undefined && reading.locked !== 'false';
  const drift = Math.abs(reading.clockDriftMs ?? 0) - reading.clockDriftErrorMs;
  return {
    maintenance:
      isLocked || (reading.maintenanceInMs ?? Number.POSITIVE_INFINITY) <= maintenanceAheadMs,
    stale: ageMs > limits.exchange_health_stale_s * 1_000,
    drifted: drift > limits.time_drift_threshold_ms,
  };
}

/** The exchange is asked far less often than its last answer is looked at, ms. */
const lookMs = 250;

export interface ExchangeWatch {
  readonly clock: Pick<Clock, 'every' | 'monotonicUs'>;
  readonly guard: Pick<Guard, 'raise' | 'clear' | 'override'>;
  readonly read: () => ExchangeReading;
  readonly limits: Limits;
}

/** Looks on an interval. Returns the stop. */
export function watchExchangeHealth({ clock, guard, read, limits }: ExchangeWatch): () => void {
  const startedUs = clock.monotonicUs();
  let before: ExchangeVerdict = { maintenance: false, stale: false, drifted: false };
  return clock.every(lookMs, () => {
    const next = exchangeVerdict(read(), (clock.monotonicUs() - startedUs) / 1_000, limits);
    if (next.maintenance && !before.maintenance)
      guard.raise('exchange', { riskState: 'Maintenance', owner: 'EXT_EXCHANGE_MAINTENANCE' });
    if (!next.maintenance && before.maintenance) guard.clear('exchange');
    if (next.drifted && !before.drifted)
      guard.raise('clock_drift', { riskState: 'Degraded', owner: 'DATA_TIME_DRIFT_EXCEEDED' });
    if (!next.drifted && before.drifted) guard.clear('clock_drift');
    if (next.stale !== before.stale)
      guard.override('exchange', next.stale ? 'ForceReduceOnly' : 'None');
    before = next;
  });
}
