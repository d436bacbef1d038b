/**
 * From a plan that breaks an invariant to a smaller one that breaks the same: entries are taken away
 * as long as it still breaks, then the rest is made shorter.
 */
import type { HistoryResult } from './history-result.ts';
import type { Plan, PlanEntry } from './plan.ts';
import { runPlan } from './run-seed.ts';

/** Histories a shrink may play: minutes at most. */
const triesMax = 80;

export interface Shrunk {
  readonly plan: Plan;
  readonly result: HistoryResult;
  readonly tries: number;
}

function without(entries: readonly PlanEntry[], from: number, count: number): PlanEntry[] {
  return [...entries.slice(0, from), ...entries.slice(from + count)];
}

/** Resolves with the smallest plan found; the given one when nothing can go. */
export async function shrink(plan: Plan, result: HistoryResult): Promise<Shrunk> {
  const wanted = result.violations[0]?.invariant;
  let best = { plan, result, tries: 0 };
  const attempt = async (smaller: Plan): Promise<boolean> => {
    if (best.tries >= triesMax) return false;
    const played = await runPlan(smaller);
    const same = played.violations.some(({ invariant }) => invariant === wanted);
    const tries = best.tries + 1;
    best = same ? { plan: smaller, result: played, tries } : { ...best, tries };
    return same;
  };
  for (let size = Math.ceil(plan.entries.length / 2); size >= 1; ) {
    let removed = false;
    for (let at = 0; at < best.plan.entries.length; ) {
      const entries = without(best.plan.entries, at, size);
      if (await attempt({ ...best.plan, entries })) removed = true;
      else at += size;
    }
    if (size === 1 && !removed) break;
    size = size === 1 ? 1 : Math.floor(size / 2);
    if (best.tries >= triesMax) break;
  }
  const { trading } = best.plan;
  if (best.plan.store === true) await attempt({ ...best.plan, store: false });
  for (const simpler of [
    { ...trading, withStrategy: false },
    { ...trading, withStrategy: false, nonsense: 0 },
    { ...trading, withStrategy: false, nonsense: 0, groups: 0 },
  ])
    await attempt({ ...best.plan, trading: simpler });
  for (const faultS of [5, 10, 20, 40]) {
    if (faultS >= best.plan.faultS) break;
    const entries = best.plan.entries.filter(({ atS }) => atS < faultS);
    if (await attempt({ ...best.plan, faultS, entries })) break;
  }
  return best;
}
