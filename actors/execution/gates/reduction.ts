/** What calls itself a reduction must be one, provably, against positions and everything pending. */
import type { OrderIntent } from '../../../streams/facts/intent.ts';
import { provesReduction } from '../portfolio-delta.ts';
import { type GateResult, type GateView, reject } from './gate.ts';

export function reductionGate(intent: OrderIntent, view: GateView): GateResult {
  if (intent.class === 'OPEN') return undefined;
  const bound = view.policy.hedge_bound_usd ?? view.policy.max_position_delta_usd;
  if (provesReduction(intent, view, view.group.earlier, bound)) return undefined;
  const row = view.exposure.row(intent.instrument.name);
  return reject('ReduceOnlyNotReducing', {
    class: intent.class,
    lots: intent.qtyLots,
    held_lots: row?.signedLots ?? 0,
  });
}
