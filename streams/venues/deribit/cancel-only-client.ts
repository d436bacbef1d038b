/**
 * What the watchdog may do at the venue when the daemon is silent: look, and cancel. It
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

export interface OpenOrderRow {
  readonly orderId: string;
  readonly reduceOnly: boolean;
}

/** `order_not_found`, `already_closed`, `order_not_open`, `not_open_order`: it is gone, which was the wish. */
const goneCodes: ReadonlySet<number> = new Set([10004, 10010, 11008, 11044]);
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

  /** What is open now. Throws VENUE_*, NETWORK_*. */
  async openOrders(): Promise<OpenOrderRow[]> {
    const rows = await this.#ask('private/get_open_orders');
    if (!Array.isArray(rows)) {
      throw new HoldfastError(
        'VENUE_PROTOCOL',
        'the venue answered get_open_orders without a list',
      );
    }
    return rows.map((row: unknown) => {
      const order = isObject(row) ? row : {};
      if (typeof order.order_id !== 'string') {
        throw new HoldfastError('VENUE_PROTOCOL', 'the venue shows an open order without an id');
      }
      // What does not say that it only reduces may add.
      return { orderId: order.order_id, reduceOnly: order.reduce_only === true };
    });
  }

  /** Cancels one order. One that is gone already is no error. Throws VENUE_*, NETWORK_*. */
  async cancel(orderId: string): Promise<void> {
    try {
      await this.#ask('private/cancel', { order_id: orderId });
    } catch (error) {
      if (!goneCodes.has(Number(asHoldfastError(error).details?.venueCode))) throw error;
    }
  }

  /** How many orders are open now. Throws VENUE_*, NETWORK_*. */
  async openOrderCount(): Promise<number> {
    const rows = await this.#ask('private/get_open_orders');
    if (Array.isArray(rows)) return rows.length;
    throw new HoldfastError('VENUE_PROTOCOL', 'the venue answered get_open_orders without a list');
  }

  async #ask(
    method: 'private/cancel_all' | 'private/cancel' | 'private/get_open_orders',
    params: Readonly<Record<string, string>> = {},
  ): Promise<unknown> {
    const { ports, baseUrl, credentials, timeoutMs } = this.#options;
    const query = new URLSearchParams(params).toString();
    const target = `/api/v2/${method}${query === '' ? '' : `?${query}`}`;
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
