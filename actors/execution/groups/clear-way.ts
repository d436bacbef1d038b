/**
 * An emergency order that would trade with an order of ours is refused; so what stands in its way is
 * cancelled, and the step is tried again. What may not be cancelled, because it protects, stays: then
 * no waiting helps, and the step is spent.
 */
import type { CancelPath } from '../cancel-path.ts';
import type { LegOutcome } from '../contract.ts';
import type { SentStep } from '../submit-path.ts';

/** What became of a step's leg, once its way was looked at. */
export function clearWay(
  leg: LegOutcome,
  { decision }: SentStep['group'],
  cancels: Pick<CancelPath, 'cancel'>,
): LegOutcome {
  if (leg.kind !== 'refused' || leg.code !== 'SelfTradePrevented') return leg;
  const standing = String(leg.facts.intent_id);
  const outcome = cancels.cancel(standing, decision.strategyId, decision.traceId);
  return outcome.kind === 'blocked' ? { ...leg, code: outcome.code, gate: 'cancel' } : leg;
}
