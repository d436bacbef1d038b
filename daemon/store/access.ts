/**
 * Who may speak to the front. Passwords are drawn anew at every start by the parent and live in the
 * environment of the child only, so another user of this machine can neither write nor read.
 */
import { timingSafeEqual } from 'node:crypto';
import { sha256Bytes } from '../../streams/facts/hash.ts';

export type StoreUser = 'writer' | 'reader';

export interface StorePasswords {
  readonly writer: string;
  readonly reader: string;
}

interface Claim {
  readonly user: string;
  readonly password: string;
}

function basicClaim(header: string): Claim | undefined {
  const [scheme, encoded] = header.split(' ', 2);
  if (scheme?.toLowerCase() !== 'basic' || encoded === undefined) return undefined;
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  if (colon < 0) return undefined;
  return { user: text.slice(0, colon), password: text.slice(colon + 1) };
}

function claimOf(headers: Readonly<Record<string, string>>): Claim | undefined {
  if (headers.authorization !== undefined) return basicClaim(headers.authorization);
  const user = headers['x-clickhouse-user'];
  const password = headers['x-clickhouse-key'];
  return user === undefined || password === undefined ? undefined : { user, password };
}

function sameText(left: string, right: string): boolean {
  return timingSafeEqual(sha256Bytes(Buffer.from(left)), sha256Bytes(Buffer.from(right)));
}

/** The user these headers prove, or undefined. Takes the same time for a wrong and a right password. */
export function authenticate(
  headers: Readonly<Record<string, string>>,
  passwords: StorePasswords,
): StoreUser | undefined {
  const claim = claimOf(headers);
  if (claim === undefined) return undefined;
  if (claim.user !== 'writer' && claim.user !== 'reader') return undefined;
  return sameText(claim.password, passwords[claim.user]) ? claim.user : undefined;
}
