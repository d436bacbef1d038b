/**
 * What every new connection goes through before it may carry anything: authentication, the key's
 * scopes, heartbeats, cancel-on-disconnect. Any step that fails ends the connection.
 */
import { HoldfastError } from '../../../facts/errors.ts';
import type { Ports } from '../../../ports/index.ts';
import { isObject } from '../codec/json.ts';
import type { Params, SessionMethod } from '../methods.ts';
import {
  authParams,
  type Credentials,
  decodeToken,
  type Grant,
  refreshParams,
  type Token,
} from './authentication.ts';
import { judgeScopes, type ScopePolicy, type ScopeVerdict } from './scopes.ts';

/** The venue sends a heartbeat this often; 10 s is its minimum. */
export const heartbeatS = 10;
/** How long each step may take. */
const stepTimeoutMs = 5_000;

export interface HandshakeOptions {
  readonly ports: Pick<Ports, 'clock' | 'random'>;
  readonly credentials: Credentials;
  readonly grant: Grant;
  readonly scopes: ScopePolicy;
  readonly request: (method: SessionMethod, params: Params, timeoutMs: number) => Promise<unknown>;
}

export interface Handshake {
  readonly token: Token;
  readonly verdict: ScopeVerdict;
}

/** Runs all steps. Throws VENUE_AUTH (`details.reason` is `KEY_SCOPE_INVALID` for scopes) or VENUE_*. */
export async function shakeHands(options: HandshakeOptions): Promise<Handshake> {
  const { request } = options;
  const auth = authParams(options.grant, options.credentials, options.ports);
  const token = decodeToken(await request('public/auth', auth, stepTimeoutMs));
  const verdict = checkScopes(token, options.scopes);
  await request('public/set_heartbeat', { interval: heartbeatS }, stepTimeoutMs);
  await request('private/enable_cancel_on_disconnect', { scope: 'connection' }, stepTimeoutMs);
  return { token, verdict };
}

/** Reads back whether the venue would cancel our orders if this connection broke. Throws VENUE_*. */
export async function isArmed({ request }: Pick<HandshakeOptions, 'request'>): Promise<boolean> {
  const method = 'private/get_cancel_on_disconnect';
  const answer = await request(method, { scope: 'connection' }, stepTimeoutMs);
  return isObject(answer) && answer.enabled === true;
}

/** Renews the token on the same connection; the whole grant again when the refresh is refused. */
export async function renewToken(options: HandshakeOptions, token: Token): Promise<Token> {
  const { request } = options;
  let renewed: Token;
  try {
    renewed = decodeToken(await request('public/auth', refreshParams(token), stepTimeoutMs));
  } catch {
    const auth = authParams(options.grant, options.credentials, options.ports);
    renewed = decodeToken(await request('public/auth', auth, stepTimeoutMs));
  }
  checkScopes(renewed, options.scopes);
  return renewed;
}

function checkScopes(token: Token, policy: ScopePolicy): ScopeVerdict {
  const verdict = judgeScopes(token.scope, policy);
  if (verdict.missing.length === 0 && verdict.tooWide.length === 0) return verdict;
  const problems = [
    ...verdict.missing.map((scope) => `lacks ${scope}`),
    ...verdict.tooWide.map((scope) => `is wider than the profile: ${scope}`),
  ];
  throw new HoldfastError(
    'VENUE_AUTH',
    `the key ${problems.join(', ')}: use a key with exactly ${policy.needed.join(' ')}`,
    { details: { reason: 'KEY_SCOPE_INVALID', ...verdict } },
  );
}
