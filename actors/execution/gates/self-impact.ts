/** Our own trades move what we decide on: no more of that direction until it has cooled down. */
import type { OrderIntent } from '../../../streams/facts/intent.ts';
import { type GateResult, type GateView, reject } from './gate.ts';

/** A tape that hides our own trades proves nothing: that is the latch's business, not a cooldown. */
export function selfImpactGate(intent: OrderIntent, view: GateView): GateResult {
  if (intent.class !== 'OPEN') return undefined;
  const verdict = view.selfImpact(intent);
  if (verdict === 'clear') return undefined;
  if (verdict === 'tape_stale') {
    return reject('OpenPermissionLatched', {
      cause: 'the public tape does not show our own trades',
    });
  }
  return reject('FeedbackLoopGuardActive', { cooling: verdict === 'cooling' });
}
