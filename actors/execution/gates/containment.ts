/** While a broken group is being contained, and while its key churns, nothing else is opened. */
import type { OrderIntent } from '../../../streams/facts/intent.ts';
import { usPerSecond } from '../../../streams/facts/time.ts';
import { type GateResult, type GateView, reject } from './gate.ts';

/** A rescue belongs to the group that is contained: it is not kept out by itself. */
export function containmentGate(intent: OrderIntent, view: GateView): GateResult {
  if (intent.class !== 'OPEN' || !view.containing) return undefined;
  return reject('RiskStateNotHealthy', { cause: 'a group is being contained' });
}

export function churnGate(intent: OrderIntent, view: GateView): GateResult {
  if (intent.class !== 'OPEN' || view.nowMonotonicUs >= view.churnBlockedUntilUs) return undefined;
  const leftS = (view.churnBlockedUntilUs - view.nowMonotonicUs) / usPerSecond;
  return reject('ChurnBreakerActive', { left_s: leftS });
}
