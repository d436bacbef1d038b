/** A policy that somebody wants to apply: everything a start would check, and what it would change. */
import { asHoldfastError, HoldfastError } from '../../streams/facts/errors.ts';
import { hostProblems } from '../config/cross-checks.ts';
import { parseLaunchPolicy } from '../config/launch-policy-file.ts';
import { configInvalid } from '../config/problems.ts';
import type { LaunchPolicy, Profile } from '../config/schema.ts';
import { type PolicyChange, policyChanges } from './policy-changes.ts';
import { provenPolicy } from './proven-policy.ts';

function checked(document: Readonly<Record<string, unknown>>, profile: Profile): LaunchPolicy {
  const policy = provenPolicy(parseLaunchPolicy(document));
  const problems = hostProblems(profile, policy, 'policy');
  if (problems.length > 0) throw configInvalid(problems);
  return policy;
}

/** Throws REQUEST_INVALID with every problem. */
export function judgedPolicy(
  document: Readonly<Record<string, unknown>>,
  inForce: LaunchPolicy,
  profile: Profile,
): PolicyChange[] {
  try {
    return policyChanges(inForce, checked(document, profile));
  } catch (thrown) {
    const { message, details } = asHoldfastError(thrown);
    throw new HoldfastError('REQUEST_INVALID', message, { details });
  }
}
