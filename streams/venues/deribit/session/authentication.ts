/** The parameters of `public/auth`, and the reading of its answer. Reveals the secret here only. */
import { createHmac } from 'node:crypto';
import { HoldfastError } from '../../../facts/errors.ts';
import type { Clock } from '../../../ports/clock.ts';
import type { Random } from '../../../ports/random.ts';
import type { Secret } from '../../../ports/secrets.ts';
import { isObject } from '../codec/json.ts';
import type { Params } from '../methods.ts';

/**
 * `client_signature` keeps the secret off the wire but is refused when our clock is 60 s off;
 * `client_credentials` works with any clock, which a daemon that must reduce risk prefers.
 */
export type Grant = 'client_credentials' | 'client_signature';

export interface Credentials {
  readonly clientId: string;
  readonly secret: Secret;
}

export interface Token {
  readonly accessToken: string;
  readonly refreshToken: string;
  readonly expiresInS: number;
  readonly scope: string;
}

/** Lower-case hex HMAC-SHA256, as the venue signs everything. */
export function signHex(secret: string, text: string): string {
  return createHmac('sha256', secret).update(text).digest('hex');
}

/** Parameters of the first authentication on a connection. */
export function authParams(
  grant: Grant,
  credentials: Credentials,
  ports: { readonly clock: Clock; readonly random: Random },
): Params {
  const { clientId, secret } = credentials;
  if (grant === 'client_credentials') {
    return { grant_type: grant, client_id: clientId, client_secret: secret.reveal() };
  }
  const timestamp = Math.floor(ports.clock.nowUs() / 1_000);
  const nonce = ports.random.hex(8);
  const signature = signHex(secret.reveal(), `${timestamp}\n${nonce}\n`);
  return { grant_type: grant, client_id: clientId, timestamp, nonce, data: '', signature };
}

export function refreshParams(token: Token): Params {
  return { grant_type: 'refresh_token', refresh_token: token.refreshToken };
}

/** The header of a signed HTTP request; `target` is path and query string. */
export function hmacHeader(
  credentials: Credentials,
  request: {
    readonly timestampMs: number;
    readonly nonce: string;
    readonly method: 'GET' | 'POST';
  },
  target: string,
  body: string,
): string {
  const { timestampMs, nonce, method } = request;
  const text = `${timestampMs}\n${nonce}\n${method}\n${target}\n${body}\n`;
  const signature = signHex(credentials.secret.reveal(), text);
  return `deri-hmac-sha256 id=${credentials.clientId},ts=${timestampMs},sig=${signature},nonce=${nonce}`;
}

/** The answer of `public/auth`. Throws VENUE_PROTOCOL when it carries no usable token. */
export function decodeToken(result: unknown): Token {
  const row = isObject(result) ? result : {};
  const { access_token: accessToken, refresh_token: refreshToken, expires_in: expiresInS } = row;
  if (typeof accessToken !== 'string' || typeof refreshToken !== 'string') {
    throw new HoldfastError('VENUE_PROTOCOL', 'the venue authenticated us without a token');
  }
  const scope = typeof row.scope === 'string' ? row.scope : '';
  const seconds = typeof expiresInS === 'number' && expiresInS > 0 ? expiresInS : 0;
  return { accessToken, refreshToken, expiresInS: seconds, scope };
}

/** Longest wait before a refresh: timers cannot wait longer than 2^31 ms, and keys change. */
const maxRefreshMs = 24 * 3_600_000;
/** Never refresh more often than this, whatever the venue says. */
const minRefreshMs = 5_000;
/** Refresh when this part of the life of a token is over: leaves room for several tries. */
const refreshAtRatio = 0.8;

/** When to refresh a token, in ms after it was granted. */
export function refreshDelayMs(expiresInS: number): number {
  return Math.min(maxRefreshMs, Math.max(minRefreshMs, expiresInS * 1_000 * refreshAtRatio));
}
