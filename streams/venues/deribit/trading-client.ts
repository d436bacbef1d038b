/**
 * The only thing that can place or cancel an order at this venue. It takes the dispatch capability
 * to build one. Bytes are with the socket before `place` returns; replies are classified, and an
 * answer that does not prove that nothing happened is `unknown`.
 */
import { asHoldfastError } from '../../facts/errors.ts';
import type { OrderIntent } from '../../facts/intent.ts';
import {
  type CancelHandle,
  type CancelReply,
  neverSentCode,
  type PlaceHandle,
  type PlaceReply,
  type TradingClient,
} from '../trading-client.ts';
import { assertCapability, type DispatchCapability } from './capability.ts';
import { errorName, type VenueError } from './codec/errors.ts';
import { decodeOrder, decodeUserTrades, type FindInstrument, objectOf } from './codec/orders.ts';
import { cancelParamsJson, orderParamsJson } from './order-wire.ts';
import type { RequestOutcome } from './session/pending.ts';
import { provesNothingHappened } from './session/request-line.ts';
import type { DeribitSession, OrderLine } from './session/session.ts';

/** `order_ack_timeout_ms`: after this the order is in doubt. */
export const defaultAckTimeoutMs = 2_000;

export class DeribitTradingClient implements TradingClient {
  readonly #line: OrderLine;
  readonly #ackTimeoutMs: () => number;

  /** Throws VENUE_METHOD_FORBIDDEN without the genuine capability. */
  constructor(
    capability: DispatchCapability,
    session: DeribitSession,
    options: { readonly ackTimeoutMs?: () => number } = {},
  ) {
    assertCapability(capability);
    this.#line = session.orderLine(capability);
    this.#ackTimeoutMs = options.ackTimeoutMs ?? (() => defaultAckTimeoutMs);
  }

  place(order: OrderIntent): PlaceHandle {
    const method = order.side === 'buy' ? 'private/buy' : 'private/sell';
    const find = this.#line.instruments.find;
    const { sent, outcome } = this.#hand(method, orderParamsJson(order));
    return { sent, reply: outcome.then((answer) => placeReply(answer, sent, find)) };
  }

  cancel(orderId: string): CancelHandle {
    const find = this.#line.instruments.find;
    const { sent, outcome } = this.#hand('private/cancel', cancelParamsJson(orderId));
    return { sent, reply: outcome.then((answer) => cancelReply(answer, sent, find)) };
  }

  #hand(method: 'private/buy' | 'private/sell' | 'private/cancel', paramsJson: string) {
    if (this.#line.isUp) return this.#line.order(method, paramsJson, this.#ackTimeoutMs());
    const lost: RequestOutcome = { kind: 'lost', cause: 'the session is not authenticated' };
    return { sent: false, outcome: Promise.resolve(lost) };
  }
}

type NoAck =
  | { kind: 'refused'; code: number; message: string }
  | { kind: 'unknown'; cause: string };

function withoutAck(outcome: Exclude<RequestOutcome, { kind: 'result' }>, sent: boolean): NoAck {
  if (outcome.kind === 'error') return ofError(outcome.error);
  if (sent) return { kind: 'unknown', cause: outcome.cause };
  return { kind: 'refused', code: neverSentCode, message: `never left: ${outcome.cause}` };
}

function ofError(error: VenueError): NoAck {
  const said = error.detail === '' ? error.message : `${error.message} (${error.detail})`;
  if (provesNothingHappened(error.code)) {
    return { kind: 'refused', code: error.code, message: said };
  }
  return {
    kind: 'unknown',
    cause: `venue answered ${error.code} ${errorName(error.code)}: ${said}`,
  };
}

function placeReply(outcome: RequestOutcome, sent: boolean, find: FindInstrument): PlaceReply {
  if (outcome.kind !== 'result') return withoutAck(outcome, sent);
  try {
    const result = objectOf(outcome.result, 'order reply');
    const order = decodeOrder(result.order, find);
    return { kind: 'acked', order, trades: decodeUserTrades(result.trades ?? [], find) };
  } catch (thrown) {
    // The venue took it; we cannot read what it says. Only reconciliation can tell.
    return { kind: 'unknown', cause: asHoldfastError(thrown).message };
  }
}

function cancelReply(outcome: RequestOutcome, sent: boolean, find: FindInstrument): CancelReply {
  if (outcome.kind !== 'result') return withoutAck(outcome, sent);
  try {
    return { kind: 'cancelled', order: decodeOrder(outcome.result, find) };
  } catch (thrown) {
    return { kind: 'unknown', cause: asHoldfastError(thrown).message };
  }
}
