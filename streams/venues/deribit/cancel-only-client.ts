/**
 * What the watchdog may do at the venue when the daemon is silent: cancel everything, and look. It
 * has no way to place an order. Each request is signed by itself over HTTP: no session is needed.
 *
 * The venue has no cancel-only scope, so the restriction is this type; the key itself could trade.
 */
import { asHoldfastError, HoldfastError } from '../../facts/errors.ts';
import type { Ports } from '../../ports/index.ts';
import { decodeVenueError, errorOfReply } from './codec/errors.ts';
import { isObject } from './codec/json.ts';
import { type Credentials, hmacHeader } from './session/authentication.ts';

export interface CancelOnlyOptions {
  readonly ports: Pick<Ports, 'clock' | 'random' | 'http'>;
  /** `https://host` without path. */
  readonly baseUrl: string;
  readonly credentials: Credentials;
  readonly timeoutMs: number;
}

const maxResponseBytes = 4 * 1_024 * 1_024;

export class DeribitCancelOnlyClient {
  readonly #options: CancelOnlyOptions;

  constructor(options: CancelOnlyOptions) {
    this.#options = options;
  }

  /**
   * Cancels every order of the account, queued requests included; answers how many. Asking again is
   * harmless. Throws VENUE_*, NETWORK_*; an order may be cancelled although no answer came.
   */
  async cancelAll(): Promise<number> {
    const count = await this.#ask('private/cancel_all');
    if (typeof count === 'number') return count;
    throw new HoldfastError('VENUE_PROTOCOL', 'the venue answered cancel_all without a number');
  }

  /** How many orders are open now. Throws VENUE_*, NETWORK_*. */
  async openOrderCount(): Promise<number> {
    const rows = await this.#ask('private/get_open_orders');
    if (Array.isArray(rows)) return rows.length;
    throw new HoldfastError('VENUE_PROTOCOL', 'the venue answered get_open_orders without a list');
  }

  async #ask(method: 'private/cancel_all' | 'private/get_open_orders'): Promise<unknown> {
    const { ports, baseUrl, credentials, timeoutMs } = this.#options;
    const target = `/api/v2/${method}`;
    const request = {
      timestampMs: Math.floor(ports.clock.nowUs() / 1_000),
      nonce: ports.random.hex(8),
      method: 'GET',
    } as const;
    const response = await ports.http.request({
      method: 'GET',
      url: baseUrl + target,
      headers: { authorization: hmacHeader(credentials, request, target, '') },
      timeoutMs,
      maxResponseBytes,
    });
    return resultIn(method, response.status, response.body);
  }
}

function resultIn(method: string, status: number, body: Buffer): unknown {
  let message: unknown;
  try {
    message = JSON.parse(body.toString('utf8'));
  } catch (thrown) {
    throw new HoldfastError('VENUE_PROTOCOL', `${method} was answered ${status} without JSON`, {
      cause: asHoldfastError(thrown),
    });
  }
  if (isObject(message) && message.error !== undefined) {
    throw errorOfReply(method, decodeVenueError(message.error), true);
  }
  if (isObject(message) && 'result' in message && status < 400) return message.result;
  throw new HoldfastError('VENUE_PROTOCOL', `${method} was answered ${status} without a result`);
}
