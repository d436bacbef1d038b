/**
 * Quiet stretches: minutes in which nothing is planned, little is traded and the market hardly
 * moves, so that cooldowns, windows, ages and polls of real length run out between two bursts.
 */
import type { Random } from '../../streams/ports/index.ts';
import type { Plan, Quiet } from './plan.ts';

/** Bounds of one stretch, seconds. */
const stretchS = { min: 60, max: 180 };
const stretchesMax = 2;

/** The plan with stretches put into it; what was planned after one comes that much later. */
export function withQuiet(plan: Plan, random: Random): Plan {
  const cuts = Array.from(
    { length: 1 + random.integer(stretchesMax) },
    () => Math.round(random.next() * plan.faultS * 10) / 10,
  ).sort((a, b) => a - b);
  const quiet: Quiet[] = [];
  let addedS = 0;
  for (const cut of cuts) {
    const forS = stretchS.min + random.integer(stretchS.max - stretchS.min);
    quiet.push({ atS: cut + addedS, forS });
    addedS += forS;
  }
  const later = (atS: number): number =>
    atS + quiet.reduce((sum, { forS }, index) => ((cuts[index] ?? 0) <= atS ? sum + forS : sum), 0);
  const entries = plan.entries.map((entry) => ({ ...entry, atS: later(entry.atS) }));
  return { ...plan, faultS: plan.faultS + addedS, quiet, entries };
}
