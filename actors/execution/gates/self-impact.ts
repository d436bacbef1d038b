/** Our own trades became the market we decide on: nothing is opened there until it has cooled down. */
import type { OrderIntent } from '../../../streams/facts/intent.ts';
import { usPerSecond } from '../../../streams/facts/time.ts';
import { type GateResult, type GateView, reject } from './gate.ts';

export function selfImpactGate(intent: OrderIntent, view: GateView): GateResult {
  if (intent.class !== 'OPEN' || view.nowMonotonicUs >= view.impactBlockedUntilUs) return undefined;
  const leftS = (view.impactBlockedUntilUs - view.nowMonotonicUs) / usPerSecond;
  return reject('FeedbackLoopGuardActive', { left_s: leftS });
}
