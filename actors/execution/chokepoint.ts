/**
 * The dispatch chokepoint: the one function through which an order or a cancel can reach a venue.
 * It alone claims the capability and builds the trading client (docs/dispatch_chokepoint.md).
 * Everything is checked again here, in the same turn in which the bytes leave; a group's legs are
 * checked together before the first of them goes.
 */
import type { RejectCode } from '../../streams/facts/reject-codes.ts';
import type { CapabilityOffice, DeribitSession } from '../../streams/venues/deribit/index.ts';
import { DeribitTradingClient } from '../../streams/venues/deribit/trading-client.ts';
import type {
  CancelReply,
  PlaceReply,
  TradingClient,
} from '../../streams/venues/trading-client.ts';
import type { DispatchQueue } from './dispatch-queue.ts';
import type { DispatchTally } from './dispatch-tally.ts';
import type { StageView } from './gates/gate.ts';
import type { GuardGate, GuardView, PermissionRequest } from './guard-gate.ts';
import type { OrderRecord } from './order-record.ts';

export interface ChokepointOptions {
  readonly office: CapabilityOffice;
  readonly session: DeribitSession;
  readonly ackTimeoutMs: () => number;
  readonly guard: GuardGate;
  /** In front of the credits: who has none is refused, or waits for them here. */
  readonly queue: DispatchQueue;
  readonly tally: DispatchTally;
  readonly stage: StageView;
  readonly monotonicUs: () => number;
  readonly nowUs: () => number;
  /** Venue clock − local clock, µs. */
  readonly venueOffsetUs: () => number;
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
      /** What became of orders that waited for credit: all of them, or those still recorded. */
      readonly onLeft?: (orders: readonly OrderRecord[], result: DispatchResult) => void;
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
  /** No credit yet, and it reduces: it leaves when its turn has come. */
  | { readonly kind: 'waiting'; readonly cause: string }
  | { readonly kind: 'placed'; readonly orders: readonly SentOrder[] }
  /** `sent` is true as well for what waits for its credit. */
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
  const { guard, stage } = options;
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
  return undefined;
}

type Place = Extract<DispatchCommand, { kind: 'place' }>;
type Cancel = Extract<DispatchCommand, { kind: 'cancel' }>;
const noCredit = blocked('RateLimitBrownout', 'no venue credit left');

function handOver(
  options: ChokepointOptions,
  client: TradingClient,
  orders: readonly OrderRecord[],
): DispatchResult {
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

function placeAll(
  options: ChokepointOptions,
  client: TradingClient,
  { orders, containment = false, onLeft }: Place,
): DispatchResult {
  const refused = placeBlocked(options, orders, containment);
  if (refused !== undefined) return refused;
  const { queue } = options;
  const isReducing = orders.every(({ intent }) => intent.class !== 'OPEN');
  const reducing = containment ? 'EMERGENCY_CLOSE' : 'HEDGE';
  // Last, because it alone consumes: the credit is taken only for what is about to leave.
  if (queue.take(isReducing ? reducing : 'OPEN', orders.length)) {
    return handOver(options, client, orders);
  }
  if (!isReducing || onLeft === undefined) return noCredit;
  const waits = queue.wait({
    cls: reducing,
    count: orders.length,
    mayLeave: () => {
      // What went out of sight meanwhile is looked up at the venue: it must not be sent after that.
      const left = orders.filter(({ state }) => state === 'recorded');
      const why = left.length < orders.length ? noCredit : lateBlocked(options, left, containment);
      if (why !== undefined && left.length > 0) onLeft(left, why);
      return why === undefined;
    },
    leave: () => onLeft(orders, handOver(options, client, orders)),
  });
  return waits ? { kind: 'waiting', cause: 'no venue credit yet' } : noCredit;
}

/** Everything again, and whether the order could still be valid when it arrives. */
function lateBlocked(
  options: ChokepointOptions,
  orders: readonly OrderRecord[],
  containment: boolean,
): DispatchResult | undefined {
  const venueNowUs = options.nowUs() + options.venueOffsetUs();
  const isOver = orders.some(({ intent }) => intent.validUntilUs <= venueNowUs);
  return isOver ? noCredit : placeBlocked(options, orders, containment);
}

function cancelBlocked(
  { guard, stage }: ChokepointOptions,
  { targetReduceOnly, riskIncreasing }: Cancel,
): DispatchResult | undefined {
  const request: PermissionRequest = { class: 'CANCEL', targetReduceOnly, riskIncreasing };
  const view = guard.evaluate();
  const refusal = guard.refusal(view, request);
  if (refusal !== undefined) return blocked(refusal, `mode ${view.mode} at dispatch`);
  if (!stage.permitted) return blocked('StageForbidsVenue', `${stage.stage}: ${stage.host}`);
  return undefined;
}

function cancelOne(
  options: ChokepointOptions,
  client: TradingClient,
  command: Cancel,
  cancelsWaiting: Set<string>,
): DispatchResult {
  const refused = cancelBlocked(options, command);
  if (refused !== undefined) return refused;
  const { queue } = options;
  const { venueOrderId } = command;
  if (cancelsWaiting.has(venueOrderId)) {
    return { kind: 'waiting', cause: 'its cancel waits for venue credit already' };
  }
  if (queue.take('CANCEL', 1)) {
    const { sent, reply } = client.cancel(venueOrderId);
    return { kind: 'cancelling', sent, reply };
  }
  let answer: (reply: CancelReply) => void = () => undefined;
  const reply = new Promise<CancelReply>((resolve) => {
    answer = resolve;
  });
  const waits = queue.wait({
    cls: 'CANCEL',
    count: 1,
    mayLeave: () => {
      const why = cancelBlocked(options, command);
      if (why === undefined) return true;
      cancelsWaiting.delete(venueOrderId);
      answer({ kind: 'unknown', cause: 'forbidden while it waited for venue credit' });
      return false;
    },
    leave: () => {
      cancelsWaiting.delete(venueOrderId);
      void client.cancel(venueOrderId).reply.then(answer);
    },
  });
  if (!waits) return noCredit;
  cancelsWaiting.add(venueOrderId);
  return { kind: 'cancelling', sent: true, reply };
}

/**
 * Claims the capability and answers the one dispatch function. Throws VENUE_METHOD_FORBIDDEN when
 * the capability is taken: there is one chokepoint a daemon.
 */
export function openChokepoint(options: ChokepointOptions): Dispatch {
  const client: TradingClient = new DeribitTradingClient(options.office.claim(), options.session, {
    ackTimeoutMs: options.ackTimeoutMs,
  });
  /** By venue order id: no second cancel waits for the same order. */
  const cancelsWaiting = new Set<string>();
  return (command) =>
    command.kind === 'place'
      ? placeAll(options, client, command)
      : cancelOne(options, client, command, cancelsWaiting);
}
