/**
 * Judges what a key may do by the scope the venue granted: everything needed, nothing wider than
 * the profile allows, and never a right to move money out.
 */
export type ScopeLevel = 'none' | 'read' | 'read_write';

const rank: Readonly<Record<ScopeLevel, number>> = { none: 0, read: 1, read_write: 2 };

export interface ScopePolicy {
  /** `resource:level` the session cannot work without. */
  readonly needed: readonly string[];
  /** `resource:level` the key may have at most; a resource not named here must be `none`. */
  readonly allowed: readonly string[];
}

/** Trading needs orders, account reads, and `account:read_write` for cancel-on-disconnect. */
export const tradingScopes: ScopePolicy = {
  needed: ['account:read_write', 'trade:read_write'],
  allowed: ['account:read_write', 'trade:read_write', 'block_trade:read', 'block_rfq:read'],
};

/** No profile can allow these: a stolen key must not be able to move money out. */
const forbiddenWrites: ReadonlySet<string> = new Set(['wallet', 'custody']);

export interface ScopeVerdict {
  readonly granted: readonly string[];
  /** Needed and not granted. */
  readonly missing: readonly string[];
  /** Granted beyond the profile. */
  readonly tooWide: readonly string[];
}

/** Compares a granted scope text (space separated) with the policy. */
export function judgeScopes(grantedText: string, policy: ScopePolicy): ScopeVerdict {
  const granted = grantedText.split(/\s+/).filter((scope) => scope !== '');
  const have = levelsOf(granted);
  const allowed = levelsOf(policy.allowed);
  const missing = [...levelsOf(policy.needed)]
    .filter(([resource, level]) => rank[have.get(resource) ?? 'none'] < rank[level])
    .map(([resource, level]) => `${resource}:${level}`);
  const tooWide = [...have]
    .filter(([resource, level]) => isTooWide(resource, level, allowed.get(resource) ?? 'none'))
    .map(([resource, level]) => `${resource}:${level}`);
  return { granted, missing, tooWide };
}

function isTooWide(resource: string, level: ScopeLevel, allowed: ScopeLevel): boolean {
  if (level === 'read_write' && forbiddenWrites.has(resource)) return true;
  return rank[level] > rank[allowed];
}

// `connection`, `mainaccount`, `session:x`, `ip:…`, `expires:…`, `name:…` grant nothing.
function levelsOf(scopes: readonly string[]): Map<string, ScopeLevel> {
  const levels = new Map<string, ScopeLevel>();
  for (const scope of scopes) {
    const [resource = '', level = ''] = scope.split(':');
    if (level !== 'none' && level !== 'read' && level !== 'read_write') continue;
    const before = levels.get(resource) ?? 'none';
    if (rank[level] >= rank[before]) levels.set(resource, level);
  }
  return levels;
}
