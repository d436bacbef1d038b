/** What a policy changes of the one in force, key by key, and whether that loosens it. */
import { isReadAtStart, isTightening } from '../../streams/facts/policy/direction.ts';
import type { LaunchPolicy } from '../config/schema.ts';

type Values = Readonly<Record<string, unknown>>;

export interface PolicyChange {
  /** `guard.spread_max_bps`. */
  readonly key: string;
  readonly from: unknown;
  readonly to: unknown;
  readonly loosens: boolean;
  /** In force after a restart only. */
  readonly atStart: boolean;
}

/** Sections flattened one level down; what is not set is null. */
function leaves(policy: LaunchPolicy): Values {
  const inside = (name: string, section: object): Array<[string, unknown]> =>
    Object.entries(section).map(([key, value]) => [`${name}.${key}`, value]);
  const { execution, guard, ...rest } = policy;
  return Object.fromEntries([
    ...Object.entries(rest),
    ...inside('execution', execution),
    ...inside('guard', guard),
  ]);
}

/** What differs, key by key. */
export function policyChanges(before: LaunchPolicy, after: LaunchPolicy): PolicyChange[] {
  const old = leaves(before);
  const next = leaves(after);
  const keys = [...new Set([...Object.keys(old), ...Object.keys(next)])].sort();
  return keys
    .map((key) => ({ key, from: old[key] ?? null, to: next[key] ?? null }))
    .filter(({ from, to }) => JSON.stringify(from) !== JSON.stringify(to))
    .map((change) => ({
      ...change,
      loosens: !isTightening(change.key, change.from, change.to),
      atStart: isReadAtStart(change.key),
    }));
}
