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

/** Who calls. The id tells tokens apart and says nothing about them. */
export interface Caller {
  readonly role: Role;
  readonly tokenId: string;
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

  /**
   * Whose token an Authorization header carries. Looks at every row, always. A token listed under
   * several roles has the greatest. Throws UNAUTHORIZED.
   */
  identify(authorization: string | undefined): Caller {
    if (this.isEmpty) {
      throw new HoldfastError(
        'UNAUTHORIZED',
        'no token is configured, so every command is refused: set HOLDFAST_TOKEN_SUPERVISOR',
      );
    }
    const token = /^Bearer +(\S{1,512})$/i.exec(authorization ?? '')?.[1];
    if (token === undefined) {
      throw new HoldfastError('UNAUTHORIZED', 'send the token as `Authorization: Bearer …`');
    }
    const hash = sha256Bytes(Buffer.from(token));
    let found = -1;
    for (const { role, hash: known } of this.#rows) {
      const rank = roles.indexOf(role);
      if (timingSafeEqual(known, hash) && rank > found) found = rank;
    }
    const role = roles[found];
    if (role === undefined) throw new HoldfastError('UNAUTHORIZED', 'this token is not known');
    return { role, tokenId: hash.toString('hex', 0, 8) };
  }
}

/** Reads `HOLDFAST_TOKEN_<ROLE>`; two tokens are separated by a comma while one is rotated. */
export function tokensFrom(secrets: Secrets): TokenTable {
  const table = new TokenTable();
  for (const role of roles) {
    const value = secrets.get(`HOLDFAST_TOKEN_${role.toUpperCase()}`)?.reveal() ?? '';
    const tokens = value.split(',').map((part) => part.trim());
    for (const token of tokens.filter((part) => part !== '')) table.add(role, token);
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
