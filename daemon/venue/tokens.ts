/**
 * Who is asking: keys, signatures, tokens. A token of scope `connection` dies with its connection
 * and works nowhere else. Comparisons of secrets take constant time.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Random } from '../../streams/ports/index.ts';
import { refusal, unauthorized } from '../../streams/venues/simulated/index.ts';
import type { Customer } from './customer.ts';
import { type Grant, grantScopes } from './scopes.ts';

/** A signature is valid this long around its timestamp. */
const signatureWindowMs = 60_000;
/** Named sessions of one key; the oldest is ended first. */
const sessionsPerKeyMax = 16;
/** Tokens kept; the oldest is forgotten first. */
const tokensMax = 1_024;

export interface Identity {
  readonly customer: Customer;
  readonly grant: Grant;
}

interface Token extends Identity {
  readonly access: string;
  readonly refresh: string;
  readonly expiresUs: number;
  /** Connection the token is bound to; 0 when it works anywhere. */
  readonly sessionId: number;
}

function sameText(a: string, b: string): boolean {
  const left = Buffer.from(a);
  const right = Buffer.from(b);
  return left.length === right.length && timingSafeEqual(left, right);
}

/** Lower-case hex HMAC-SHA256 of the text. */
export function signHex(secret: string, text: string): string {
  return createHmac('sha256', secret).update(text).digest('hex');
}

export class Tokens {
  readonly #customers: ReadonlyMap<string, Customer>;
  readonly #random: Random;
  /** Times a signature may be stamped with: our clock's and the market's. */
  readonly #clocksUs: () => readonly number[];
  readonly #byAccess = new Map<string, Token>();
  readonly #byRefresh = new Map<string, Token>();

  constructor(
    customers: ReadonlyMap<string, Customer>,
    random: Random,
    clocksUs: () => readonly number[],
  ) {
    this.#customers = customers;
    this.#random = random;
    this.#clocksUs = clocksUs;
  }

  /** Every customer of the venue. */
  get all(): Customer[] {
    return [...this.#customers.values()];
  }

  /** The customer of a client id and its plain secret; 13004 otherwise. */
  byCredentials(clientId: string, secret: string): Customer {
    const customer = this.#customers.get(clientId);
    if (customer === undefined || !sameText(customer.secret, secret)) throw refusal(13004);
    return customer;
  }

  /** The customer who signed `text`; 13004 for a bad signature, 13009 for an old one. */
  bySignature(clientId: string, timestampMs: number, text: string, signature: string): Customer {
    const customer = this.#customers.get(clientId);
    if (customer === undefined || !sameText(signHex(customer.secret, text), signature))
      throw refusal(13004);
    const fresh = this.#clocksUs().some(
      (nowUs) => Math.abs(nowUs / 1_000 - timestampMs) <= signatureWindowMs,
    );
    if (!fresh) throw unauthorized('signature_expired');
    return customer;
  }

  /** Issues a pair of tokens. `sessionId` binds the access token unless the scope is portable. */
  issue(
    customer: Customer,
    requestedScope: string | undefined,
    sessionId: number,
    nowUs: number,
  ): Token {
    const grant = grantScopes(customer.scope, requestedScope);
    const token: Token = {
      customer,
      grant,
      access: `${Math.floor(nowUs / 1_000)}.1${this.#random.hex(18)}`,
      refresh: `${Math.floor(nowUs / 1_000)}.2${this.#random.hex(18)}`,
      expiresUs: nowUs + grant.expiresInS * 1_000_000,
      sessionId: grant.sessionName === undefined ? sessionId : 0,
    };
    if (grant.sessionName !== undefined) this.#nameSession(customer, grant.sessionName);
    this.#byAccess.set(token.access, token);
    this.#byRefresh.set(token.refresh, token);
    const oldest = this.#byAccess.values().next().value;
    if (this.#byAccess.size > tokensMax && oldest !== undefined) this.#forget(oldest);
    return token;
  }

  /** A key has at most so many named sessions: the oldest one ends. */
  #nameSession({ sessionNames: names, clientId }: Customer, name: string): void {
    if (!names.includes(name)) names.push(name);
    if (names.length <= sessionsPerKeyMax) return;
    const oldest = names.shift();
    for (const token of this.#byAccess.values())
      if (token.customer.clientId === clientId && token.grant.sessionName === oldest)
        this.#forget(token);
  }

  /** The identity of an access token used on connection `sessionId` (0: HTTP). Throws 13009. */
  byToken(access: string, sessionId: number, nowUs: number): Identity {
    const token = this.#byAccess.get(access);
    if (token === undefined) throw unauthorized('invalid_token');
    if (token.expiresUs < nowUs) throw unauthorized('token_expired');
    if (token.sessionId !== 0 && token.sessionId !== sessionId) throw unauthorized('invalid_token');
    return token;
  }

  /** The grant behind a refresh token, which is not spent; 13009 when it is unknown. */
  byRefresh(refresh: string): Identity {
    const token = this.#byRefresh.get(refresh);
    if (token === undefined) throw unauthorized('invalid_token');
    return token;
  }

  /** Spends a refresh token; 13009 when it is unknown. */
  takeRefresh(refresh: string): Token {
    const token = this.#byRefresh.get(refresh);
    if (token === undefined) throw unauthorized('invalid_token');
    this.#forget(token);
    return token;
  }

  /** Forgets everything bound to a connection that is gone. */
  endSession(sessionId: number): void {
    for (const token of this.#byAccess.values())
      if (token.sessionId === sessionId) this.#forget(token);
  }

  #forget(token: Token): void {
    this.#byAccess.delete(token.access);
    this.#byRefresh.delete(token.refresh);
  }
}
