/** No policy comes into force with a limit that cannot trip: not at start, not while running. */
import { proveExecutionLimits } from '../../actors/execution/index.ts';
import { proveLimits } from '../../actors/guard/index.ts';
import { HoldfastError } from '../../streams/facts/errors.ts';
import type { LaunchPolicy } from '../config/schema.ts';

/** The policy itself. Throws CONFIG_INVALID with every limit that protects nothing. */
export function provenPolicy(policy: LaunchPolicy): LaunchPolicy {
  const named = (section: string, proofs: ReturnType<typeof proveLimits>): string[] =>
    proofs.filter(({ trips }) => !trips).map(({ limit }) => `${section}.${limit}`);
  const dead = [
    ...named('execution', proveExecutionLimits(policy.execution)),
    ...named('guard', proveLimits(policy.guard)),
  ];
  if (dead.length === 0) return policy;
  throw new HoldfastError(
    'CONFIG_INVALID',
    `these limits cannot trip, whatever is observed: ${dead.join(', ')}. Lower them, or remove them for their defaults`,
  );
}
