/**
 * Queries over HTTP: a way to the venue that shares nothing with the session, so that what a broken
 * session made doubtful can be looked up. Every request is signed by itself; no state, no token.
 */
import { asHoldfastError, HoldfastError } from '../../facts/errors.ts';
import { parseJson } from '../../facts/text.ts';
import type { Ports } from '../../ports/index.ts';
import { decodeVenueError, errorOfReply, tooManyRequestsCode } from './codec/errors.ts';
import { isObject } from './codec/json.ts';
import type { InstrumentIndex } from './instrument-index.ts';
import { assertQueryMethod, type Params, type QueryMethod } from './methods.ts';
import { DeribitQueries } from './queries.ts';
import { type Credentials, hmacHeader } from './session/authentication.ts';

export interface HttpObserver {
  /** One request is over. `status` is 0 when no answer came. */
  /** `status` is 0 when no answer came; `timedOut`: within its deadline. */
  onHttp(method: string, ms: number, status: number, timedOut: boolean): void;
  onRateRefusal?(kind: 'http_429' | 'error_10028'): void;
}

export interface HttpQueryOptions {
  readonly ports: Pick<Ports, 'clock' | 'random' | 'http'>;
  /** `https://host` without path. */
  readonly baseUrl: string;
  readonly credentials: Credentials;
  readonly instruments: InstrumentIndex;
  readonly observer?: HttpObserver;
}

/** A full instrument list is about 1.5 MB. */
const maxResponseBytes = 32 * 1_024 * 1_024;

/** The decoded queries over HTTP GET. */
export class DeribitHttpQueries extends DeribitQueries {
  constructor(options: HttpQueryOptions) {
    super(
      (method, params, timeoutMs) => httpCall(options, method, params, timeoutMs),
      options.instruments,
    );
  }
}

async function httpCall(
  options: HttpQueryOptions,
  method: QueryMethod,
  params: Params,
  timeoutMs: number,
): Promise<unknown> {
  assertQueryMethod(method);
  const target = `/api/v2/${method}${queryText(params)}`;
  const { clock, http } = options.ports;
  const startUs = clock.monotonicUs();
  const observe = (status: number, timedOut: boolean): void =>
    options.observer?.onHttp(method, (clock.monotonicUs() - startUs) / 1_000, status, timedOut);
  try {
    const response = await http.request({
      method: 'GET',
      url: options.baseUrl + target,
      headers: method.startsWith('private/') ? { authorization: signature(options, target) } : {},
      timeoutMs,
      maxResponseBytes,
    });
    observe(response.status, false);
    if (response.status === 429) options.observer?.onRateRefusal?.('http_429');
    return resultIn(options, method, response.body, response.status);
  } catch (thrown) {
    const error = asHoldfastError(thrown);
    if (error.code.startsWith('NETWORK_')) observe(0, error.code === 'NETWORK_TIMEOUT');
    throw error;
  }
}

// The body is judged before the status: errors come as JSON-RPC with a status of their own.
function resultIn(
  options: HttpQueryOptions,
  method: string,
  body: Buffer,
  status: number,
): unknown {
  let message: unknown;
  try {
    message = parseJson(body.toString('utf8'));
  } catch {
    message = undefined;
  }
  if (isObject(message) && message.error !== undefined) {
    const error = decodeVenueError(message.error);
    if (error.code === tooManyRequestsCode) options.observer?.onRateRefusal?.('error_10028');
    throw errorOfReply(method, error, false);
  }
  if (isObject(message) && 'result' in message && status < 400) return message.result;
  const code = status === 429 || status >= 500 ? 'VENUE_BUSY' : 'VENUE_PROTOCOL';
  throw new HoldfastError(code, `${method} over HTTP was answered ${status} without a result`, {
    details: { method, status },
  });
}

function queryText(params: Params): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(params)) query.set(name, String(value));
  const text = query.toString();
  return text === '' ? '' : `?${text}`;
}

function signature(options: HttpQueryOptions, target: string): string {
  const { clock, random } = options.ports;
  const timestampMs = Math.floor(clock.nowUs() / 1_000);
  const request = { timestampMs, nonce: random.hex(8), method: 'GET' } as const;
  return hmacHeader(options.credentials, request, target, '');
}
