/**
 * Basis: mark, last and index of one perpetual must tell one story. Mark far from either for a few
 * seconds forces ReduceOnly, farther forces Kill; a price that is old or missing forces ReduceOnly.
 */
import type { GuardPolicy } from '../../../streams/facts/policy/guard.ts';
import { usPerSecond } from '../../../streams/facts/time.ts';
import { type MonitorDemand, noDemand } from './demand.ts';
import { Persistence, reaches } from './persistence.ts';

export type BasisLimits = Pick<
  GuardPolicy,
  | 'basis_price_max_age_ms'
  | 'basis_reduceonly_bps'
  | 'basis_reduceonly_window_s'
  | 'basis_reduceonly_cooldown_s'
  | 'basis_kill_bps'
  | 'basis_kill_window_s'
>;

/** Quote currency; undefined or not positive: missing. */
export interface BasisReading {
  readonly markFloat: number | undefined;
  readonly lastFloat: number | undefined;
  readonly indexFloat: number | undefined;
  /** Age of the oldest of the three, ms. */
  readonly ageMs: number;
}

/** |mark − other| over other, basis points; the greater of last and index. */
export function basisBps({ markFloat, lastFloat, indexFloat }: BasisReading): number | undefined {
  if (markFloat === undefined || lastFloat === undefined || indexFloat === undefined)
    return undefined;
  if (!(markFloat > 0 && lastFloat > 0 && indexFloat > 0)) return undefined;
  const off = (other: number): number => (Math.abs(markFloat - other) / other) * 10_000;
  return Math.max(off(lastFloat), off(indexFloat));
}

export class BasisDetector {
  readonly #limits: BasisLimits;
  readonly #kill = new Persistence();
  readonly #reduceOnly = new Persistence();

  constructor(limits: BasisLimits) {
    this.#limits = limits;
  }

  observe(reading: BasisReading, nowUs: number): MonitorDemand {
    const limits = this.#limits;
    const isFresh = reading.ageMs <= limits.basis_price_max_age_ms;
    const bps = isFresh ? basisBps(reading) : undefined;
    const at = (level: number): boolean | undefined =>
      bps === undefined ? undefined : reaches(bps, level);
    const killUs = this.#kill.observe(at(limits.basis_kill_bps), nowUs);
    const reduceUs = this.#reduceOnly.observe(at(limits.basis_reduceonly_bps), nowUs);
    if (killUs !== undefined && killUs >= limits.basis_kill_window_s * usPerSecond) {
      return { level: 'ForceKill', cooldownS: 0, cause: 'basis' };
    }
    const cooldownS = limits.basis_reduceonly_cooldown_s;
    if (reduceUs !== undefined && reduceUs >= limits.basis_reduceonly_window_s * usPerSecond) {
      return { level: 'ForceReduceOnly', cooldownS, cause: 'basis' };
    }
    if (bps !== undefined) return noDemand;
    return { level: 'ForceReduceOnly', cooldownS: 0, cause: 'price old or missing' };
  }
}
