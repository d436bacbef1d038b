/**
 * The dispatch chokepoint: the one function through which an order or a cancel can reach a venue.
 * It alone claims the capability and builds the trading client (docs/dispatch_chokepoint.md).
 * Everything is checked again here, in the same turn in which the bytes leave; a group's legs are
 * checked together before the first of them goes.
 */
import type { IntentClass } from '../../streams/facts/intent.ts';
import type { RejectCode } from '../../streams/facts/reject-codes.ts';
import type { CapabilityOffice, DeribitSession } from '../../streams/venues/deribit/index.ts';
import { DeribitTradingClient } from '../../streams/venues/deribit/trading-client.ts';
import type {
  CancelReply,
  PlaceReply,
  TradingClient,
} from '../../streams/venues/trading-client.ts';
import type { DispatchTally } from './dispatch-tally.ts';
import type { StageView } from './gates/gate.ts';
import type { GuardGate, GuardView, PermissionRequest } from './guard-gate.ts';
import type { OrderRecord } from './order-record.ts';
import type { RateLimiter } from './rate-limiter.ts';

export interface ChokepointOptions {
  readonly office: CapabilityOffice;
  readonly session: DeribitSession;
  readonly ackTimeoutMs: () => number;
  readonly guard: GuardGate;
  readonly limiter: RateLimiter;
  readonly tally: DispatchTally;
  readonly stage: StageView;
  readonly monotonicUs: () => number;
  readonly nowUs: () => number;
  /** The intent is in the ledger, durable. */
  readonly isDurable: (order: OrderRecord) => boolean;
  /** CLOSE and HEDGE: still provably reducing, on positions as they are now. */
  readonly stillReduces: (orders: readonly OrderRecord[], guard: GuardView) => boolean;
}

export type DispatchCommand =
  | {
      readonly kind: 'place';
      readonly orders: readonly OrderRecord[];
      /** An emergency close or its hedge: what Kill still permits when containment is eligible. */
      readonly containment?: boolean;
    }
  | {
      readonly kind: 'cancel';
      readonly venueOrderId: string;
      readonly targetReduceOnly: boolean;
      readonly riskIncreasing: boolean;
    };

export interface SentOrder {
  readonly order: OrderRecord;
  /** False: the session had gone; no byte left and none will. */
  readonly sent: boolean;
  readonly reply: Promise<PlaceReply>;
}

export type DispatchResult =
  | { readonly kind: 'blocked'; readonly code: RejectCode; readonly cause: string }
  | { readonly kind: 'placed'; readonly orders: readonly SentOrder[] }
  | { readonly kind: 'cancelling'; readonly sent: boolean; readonly reply: Promise<CancelReply> };

export type Dispatch = (command: DispatchCommand) => DispatchResult;

function blocked(code: RejectCode, cause: string): DispatchResult {
  return { kind: 'blocked', code, cause };
}

/** What no gate would have let through: it is stopped here, and counted. */
function illegality(
  { tally, isDurable }: ChokepointOptions,
  order: OrderRecord,
): DispatchResult | undefined {
  const { intent } = order;
  if (order.dispatched) {
    tally.duplicate(intent, 'came to the chokepoint again');
    return blocked('DuplicateIntent', 'this intent was handed over before');
  }
  const wrong = (code: RejectCode, cause: string): DispatchResult => {
    tally.illegalAttempt(intent, cause);
    return blocked(code, cause);
  };
  if (!isDurable(order)) return wrong('LedgerWriteFailed', 'not durable in the ledger');
  if (intent.class === 'OPEN' && order.expectation.capsuleId === null) {
    return wrong('CapsuleWriteFailed', 'no capsule for this OPEN');
  }
  if (intent.class === 'CLOSE' && !intent.reduceOnly) {
    return wrong('ReduceOnlyNotReducing', 'a CLOSE without the reduce-only flag');
  }
  return undefined;
}

function placeBlocked(
  options: ChokepointOptions,
  orders: readonly OrderRecord[],
  containment: boolean,
): DispatchResult | undefined {
  const { guard, stage, limiter } = options;
  const view = guard.evaluate();
  for (const order of orders) {
    const { intent } = order;
    const refusal = guard.refusal(view, { class: intent.class, containment });
    if (refusal !== undefined) return blocked(refusal, `mode ${view.mode} at dispatch`);
    const wrong = illegality(options, order);
    if (wrong !== undefined) return wrong;
  }
  if (!stage.permitted) return blocked('StageForbidsVenue', `${stage.stage}: ${stage.host}`);
  const reducing = orders.filter((order) => order.intent.class !== 'OPEN');
  if (reducing.length > 0 && !options.stillReduces(reducing, view)) {
    return blocked('ReduceOnlyNotReducing', 'the reduction is not provable any more');
  }
  // Last, because it alone consumes: the credit is taken only for what is about to leave.
  const cls: IntentClass = reducing.length === orders.length ? 'CLOSE' : 'OPEN';
  if (limiter.take(cls, orders.length, options.monotonicUs())) return undefined;
  return blocked('RateLimitBrownout', 'no venue credit left');
}

function placeAll(
  options: ChokepointOptions,
  client: TradingClient,
  orders: readonly OrderRecord[],
  containment: boolean,
): DispatchResult {
  const refused = placeBlocked(options, orders, containment);
  if (refused !== undefined) return refused;
  const placed: SentOrder[] = [];
  for (const order of orders) {
    order.dispatched = true;
    order.sentUs = options.nowUs();
    order.sentMonotonicUs = options.monotonicUs();
    const { sent, reply } = client.place(order.intent);
    placed.push({ order, sent, reply });
  }
  return { kind: 'placed', orders: placed };
}

function cancelOne(
  options: ChokepointOptions,
  client: TradingClient,
  command: Extract<DispatchCommand, { kind: 'cancel' }>,
): DispatchResult {
  const { guard, stage, limiter } = options;
  const request: PermissionRequest = {
    class: 'CANCEL',
    targetReduceOnly: command.targetReduceOnly,
    riskIncreasing: command.riskIncreasing,
  };
  const view = guard.evaluate();
  const refusal = guard.refusal(view, request);
  if (refusal !== undefined) return blocked(refusal, `mode ${view.mode} at dispatch`);
  if (!stage.permitted) return blocked('StageForbidsVenue', `${stage.stage}: ${stage.host}`);
  if (!limiter.take('CANCEL', 1, options.monotonicUs())) {
    return blocked('RateLimitBrownout', 'no venue credit left');
  }
  const { sent, reply } = client.cancel(command.venueOrderId);
  return { kind: 'cancelling', sent, reply };
}

/**
 * Claims the capability and answers the one dispatch function. Throws VENUE_METHOD_FORBIDDEN when
 * the capability is taken: there is one chokepoint a daemon.
 */
export function openChokepoint(options: ChokepointOptions): Dispatch {
  const client: TradingClient = new DeribitTradingClient(options.office.claim(), options.session, {
    ackTimeoutMs: options.ackTimeoutMs,
  });
  return (command) =>
    command.kind === 'place'
      ? placeAll(options, client, command.orders, command.containment === true)
      : cancelOne(options, client, command);
}
