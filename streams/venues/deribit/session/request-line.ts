/**
 * Sends requests over one connection and matches their replies. Bytes that were not handed to the
 * socket surely never left; everything else that ends without an answer is an unknown outcome.
 */
import { HoldfastError } from '../../../facts/errors.ts';
import type { Clock } from '../../../ports/clock.ts';
import type { Socket } from '../../../ports/sockets.ts';
import { errorClassOf, errorOfReply } from '../codec/errors.ts';
import type { OrderMethod, Params, QueryMethod, SessionMethod } from '../methods.ts';
import { type LateReply, PendingRequests, type RequestOutcome } from './pending.ts';

/** Queries waiting for an answer at once: beyond it the venue is slower than we ask. */
const maxQueriesInFlight = 64;
/** Orders and cancels waiting at once; far above any rate limit, so only a dead link reaches it. */
const maxOrdersInFlight = 512;
/** Requests above this are refused by the venue (32 kB frames). */
const maxRequestBytes = 32_000;

export interface Sent {
  /** False: no byte left this process. Then `outcome` is `lost` with the reason. */
  readonly sent: boolean;
  readonly outcome: Promise<RequestOutcome>;
}

export interface LineObserver {
  /** A request was answered after `ms`. */
  onRoundTrip(method: string, ms: number): void;
  /** An answer came after its request was given up. */
  onLate(reply: LateReply): void;
}

export class RequestLine {
  readonly #pending: PendingRequests;
  readonly #observer: LineObserver;
  #socket: Socket | undefined;
  #queriesInFlight = 0;
  #ordersInFlight = 0;

  constructor(clock: Clock, observer: LineObserver) {
    this.#pending = new PendingRequests(clock);
    this.#observer = observer;
  }

  attach(socket: Socket): void {
    this.#socket = socket;
  }

  /** The connection is gone. Everything in flight is lost. */
  detach(cause: string): void {
    this.#socket = undefined;
    this.#pending.loseAll(cause);
  }

  /** Sends a session request. Throws VENUE_* as the answer says. */
  async request(
    method: QueryMethod | SessionMethod,
    params: Params,
    timeoutMs: number,
  ): Promise<unknown> {
    const { sent, outcome } = this.#send(method, JSON.stringify(params), timeoutMs);
    return resultOf(method, sent, await outcome);
  }

  /** Sends a query. Throws VENUE_BUSY when too many wait, VENUE_* as the answer says. */
  async query(method: QueryMethod, params: Params, timeoutMs: number): Promise<unknown> {
    if (this.#queriesInFlight >= maxQueriesInFlight) {
      throw new HoldfastError(
        'VENUE_BUSY',
        `${method}: ${maxQueriesInFlight} queries wait already`,
      );
    }
    this.#queriesInFlight += 1;
    try {
      return await this.request(method, params, timeoutMs);
    } finally {
      this.#queriesInFlight -= 1;
    }
  }

  /** Hands an order request to the socket before it returns. `paramsJson` is exact JSON text. */
  order(method: OrderMethod, paramsJson: string, timeoutMs: number): Sent {
    if (this.#ordersInFlight >= maxOrdersInFlight) {
      return neverLeft(`${maxOrdersInFlight} order requests wait already`);
    }
    const handed = this.#send(method, paramsJson, timeoutMs);
    if (!handed.sent) return handed;
    this.#ordersInFlight += 1;
    const outcome = handed.outcome.finally(() => {
      this.#ordersInFlight -= 1;
    });
    return { sent: true, outcome };
  }

  /** Takes a reply. False when no request of ours has this id. */
  settle(id: number, outcome: RequestOutcome): boolean {
    const settled = this.#pending.settle(id, outcome);
    if (settled === undefined) return false;
    if (settled.late === undefined) this.#observer.onRoundTrip('', settled.ageMs);
    else this.#observer.onLate(settled.late);
    return true;
  }

  #send(method: string, paramsJson: string, timeoutMs: number): Sent {
    const socket = this.#socket;
    if (socket === undefined || !socket.isOpen) return neverLeft('the session is down');
    const id = this.#pending.takeId();
    const text = `{"jsonrpc":"2.0","id":${id},"method":"${method}","params":${paramsJson}}`;
    if (text.length > maxRequestBytes)
      return neverLeft(`a request of ${text.length} bytes is too large`);
    // Registered first: on a virtual network the reply may arrive before `send` returns.
    const outcome = this.#pending.wait(id, method);
    if (socket.send(text)) {
      this.#pending.limit(id, timeoutMs);
      return { sent: true, outcome };
    }
    this.#pending.settle(id, { kind: 'lost', cause: 'the socket was closed' });
    return { sent: false, outcome };
  }
}

function neverLeft(cause: string): Sent {
  return { sent: false, outcome: Promise.resolve({ kind: 'lost', cause }) };
}

/** The result of a query, or the typed error. */
function resultOf(method: string, sent: boolean, outcome: RequestOutcome): unknown {
  switch (outcome.kind) {
    case 'result':
      return outcome.result;
    case 'error':
      throw errorOfReply(method, outcome.error, false);
    case 'lost': {
      const code =
        sent && outcome.cause.startsWith('no answer') ? 'NETWORK_TIMEOUT' : 'VENUE_SESSION_DOWN';
      throw new HoldfastError(code, `${method}: ${outcome.cause}`, { details: { method } });
    }
  }
}

/** True when the answer to an order request proves that nothing happened. */
export function provesNothingHappened(code: number): boolean {
  return errorClassOf(code, true) !== 'unknown_outcome';
}
