/**
 * Who may command. Roles by bearer token from the environment, two tokens a role while one is
 * rotated; only hashes are kept, and they are compared in constant time.
 */
import { timingSafeEqual } from 'node:crypto';
import { HoldfastError } from '../../streams/facts/errors.ts';
import { sha256Bytes } from '../../streams/facts/hash.ts';
import type { Secrets } from '../../streams/ports/index.ts';

/** Ascending: a role may do all that a smaller one may. */
export const roles = ['viewer', 'engineer', 'supervisor', 'owner'] as const;
export type Role = (typeof roles)[number];

/** A token that people can guess protects nothing. */
const tokenLengthMin = 16;

interface TokenRow {
  readonly role: Role;
  readonly hash: Buffer;
}

export class TokenTable {
  readonly #rows: TokenRow[] = [];

  /** Adds a token. Throws CONFIG_INVALID when it is too short. */
  add(role: Role, token: string): void {
    if (token.length < tokenLengthMin) {
      throw new HoldfastError(
        'CONFIG_INVALID',
        `the ${role} token is shorter than ${tokenLengthMin} characters: make it longer`,
      );
    }
    this.#rows.push({ role, hash: sha256Bytes(Buffer.from(token)) });
  }

  get isEmpty(): boolean {
    return this.#rows.length === 0;
  }

  /** The role of an Authorization header. Throws UNAUTHORIZED. Looks at every row, always. */
  roleOf(authorization: string | undefined): Role {
    const token = /^Bearer (\S+)$/i.exec(authorization ?? '')?.[1];
    if (token === undefined) {
      throw new HoldfastError('UNAUTHORIZED', 'send the token as `Authorization: Bearer …`');
    }
    const hash = sha256Bytes(Buffer.from(token));
    let found: Role | undefined;
    for (const row of this.#rows) if (timingSafeEqual(row.hash, hash)) found = row.role;
    if (found === undefined) throw new HoldfastError('UNAUTHORIZED', 'this token is not known');
    return found;
  }
}

/** Reads `HOLDFAST_TOKEN_<ROLE>`; two tokens are separated by a comma while one is rotated. */
export function tokensFrom(secrets: Secrets): TokenTable {
  const table = new TokenTable();
  for (const role of roles) {
    const value = secrets.get(`HOLDFAST_TOKEN_${role.toUpperCase()}`)?.reveal() ?? '';
    for (const token of value.split(',').filter((part) => part !== '')) table.add(role, token);
  }
  return table;
}

/** Throws FORBIDDEN when `role` is smaller than `needed`. */
export function requireRole(role: Role, needed: Role): void {
  if (roles.indexOf(role) < roles.indexOf(needed)) {
    throw new HoldfastError(
      'FORBIDDEN',
      `this command needs the role ${needed}; the token has ${role}`,
    );
  }
}
