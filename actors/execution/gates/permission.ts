/** The guard's verdict on the class, as it stands now. The guard alone decides; this only reports. */
import type { OrderIntent } from '../../../streams/facts/intent.ts';
import { type GateResult, type GateView, reject } from './gate.ts';

export function permissionGate(intent: OrderIntent, view: GateView): GateResult {
  const code = view.guardRefusal;
  if (code === undefined) return undefined;
  const { mode, riskState, evidence } = view.guard;
  return reject(code, { mode, risk_state: riskState, evidence, class: intent.class });
}
