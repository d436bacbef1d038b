/** Key scopes: what a key may be granted, what a request was granted, what a method needs. */
export type Access =
  | 'public'
  | 'account:read'
  | 'account:read_write'
  | 'trade:read'
  | 'trade:read_write';

const rank: Readonly<Record<string, number>> = { none: 0, read: 1, read_write: 2 };

export interface Grant {
  /** The scope text of the reply. */
  readonly text: string;
  readonly levels: ReadonlyMap<string, number>;
  /** Lifetime of the token, s. */
  readonly expiresInS: number;
  /** Name of the session; such a token works on other connections and over HTTP. */
  readonly sessionName: string | undefined;
}

const defaultLifetimeS = 900;
const lifetimeMaxS = 31_536_000;

function levelsOf(text: string): Map<string, number> {
  const levels = new Map<string, number>();
  for (const part of text.split(' ')) {
    const [resource = '', level = ''] = part.split(':');
    const value = rank[level];
    if (value !== undefined) levels.set(resource, value);
  }
  return levels;
}

/** The grant for a requested scope: never more than the key has; everything it has when none is named. */
export function grantScopes(keyScope: string, requested: string | undefined): Grant {
  const allowed = levelsOf(keyScope);
  const asked = levelsOf(requested ?? '');
  const parts = (requested ?? '').split(' ').filter((part) => part !== '');
  const levels = new Map<string, number>();
  for (const [resource, level] of allowed) {
    const granted = asked.size === 0 ? level : Math.min(level, asked.get(resource) ?? 0);
    if (granted > 0) levels.set(resource, granted);
  }
  const session = parts.find((part) => part.startsWith('session:'));
  const expires = Number(
    parts.find((part) => part.startsWith('expires:'))?.slice('expires:'.length),
  );
  const rights = [...levels].map(
    ([resource, level]) => `${resource}:${level === 2 ? 'read_write' : 'read'}`,
  );
  return {
    text: [session ?? 'connection', 'mainaccount', ...rights].join(' '),
    levels,
    expiresInS: expires > 0 ? Math.min(lifetimeMaxS, Math.floor(expires)) : defaultLifetimeS,
    sessionName: session?.slice('session:'.length),
  };
}

export function permits(grant: Grant, access: Access): boolean {
  if (access === 'public') return true;
  const [resource = '', level = ''] = access.split(':');
  return (grant.levels.get(resource) ?? 0) >= (rank[level] ?? 0);
}
