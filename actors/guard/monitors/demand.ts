/** What a monitor asks of the guard, and which of several demands is the gravest. */
import { type OverrideLevel, overrideLevels } from '../risk-conditions.ts';

export interface MonitorDemand {
  readonly level: OverrideLevel;
  /** The level holds at least this long after it was last demanded, seconds. */
  readonly cooldownS: number;
  /** For logs and metrics: a few words of a closed list; empty without a demand. */
  readonly cause: string;
}

export const noDemand: MonitorDemand = { level: 'None', cooldownS: 0, cause: '' };

/** The gravest; of equal levels the one that holds longest. */
export function gravest(demands: readonly MonitorDemand[]): MonitorDemand {
  const rank = ({ level }: MonitorDemand): number => overrideLevels.indexOf(level);
  return demands.reduce((worst, next) => {
    if (rank(next) !== rank(worst)) return rank(next) > rank(worst) ? next : worst;
    return next.cooldownS > worst.cooldownS ? next : worst;
  }, noDemand);
}
