/** Every critical key is set, or no new risk is taken. Reduction does not wait for configuration. */

import type { OrderIntent } from '../../../streams/facts/intent.ts';
import {
  type ExecutionPolicy,
  missingExecutionKeys,
  missingKeyCode,
} from '../../../streams/facts/policy/execution.ts';
import { type GateResult, type GateView, reject } from './gate.ts';

// A policy is an immutable object: its verdict is worked out once, not per intent.
const verdicts = new WeakMap<ExecutionPolicy, GateResult>();

export function configurationGate(intent: OrderIntent, view: GateView): GateResult {
  if (intent.class !== 'OPEN') return undefined;
  if (!verdicts.has(view.policy)) {
    const missing = missingExecutionKeys(view.policy).filter(
      (key) => missingKeyCode(key) === 'ConfigMissing',
    );
    const verdict =
      missing.length === 0 ? undefined : reject('ConfigMissing', { keys: missing.join(',') });
    verdicts.set(view.policy, verdict);
  }
  return verdicts.get(view.policy);
}
