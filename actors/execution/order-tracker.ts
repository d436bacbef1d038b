/**
 * All orders of this ledger and what became of them. Applies the lifecycle to what the venue says,
 * keeps exposure reserved until an order has ended and every reported fill has its trade, and
 * remembers every intent and trade id so that nothing is sent or applied twice.
 */
import {
  isTerminal,
  type OrderLifecycleEventType,
  type OrderLifecycleState,
  orderTransition,
} from '../../machines/order-lifecycle.ts';
import type { OrderIntent } from '../../streams/facts/intent.ts';
import type { OpenOrder } from '../../streams/facts/positions.ts';
import type { OrderTransitionPayload } from '../../streams/facts/schemas/execution.ts';
import type { VenueOrder, VenueOrderState } from '../../streams/facts/venue-records.ts';
import type { ExposureBook } from './exposure.ts';
import { KnownIntents, KnownPlaces } from './known-ids.ts';
import { parseLabel, resolveLabel } from './label.ts';
import { isSettled, type OrderRecord, openOrderOf, outstandingLots } from './order-record.ts';

/** Settled orders kept whole for late messages and `explain`; older ones keep only their id. */
export const settledOrdersMax = 10_000;

export interface TransitionNote {
  readonly event: OrderLifecycleEventType;
  readonly evidenceId?: string;
  readonly cause?: string;
}

export interface AppliedTransition extends TransitionNote {
  readonly from: string;
  readonly anomaly: string | null;
}

export interface TrackerListener {
  /** The order has its new state already. Called for anomalies without a change of state too. */
  onTransition(order: OrderRecord, change: AppliedTransition): void;
  /** The venue has a second order for this intent: it was sent twice. */
  onSecondOrder(order: OrderRecord, venueOrderId: string): void;
}

export type OrderMatch =
  | { readonly kind: 'one'; readonly order: OrderRecord }
  /** Not ours: no label of this house. */
  | { readonly kind: 'foreign' }
  /** Our label, and no intent of this ledger. */
  | { readonly kind: 'ghost' }
  | { readonly kind: 'ambiguous' };

const venueEvents: Readonly<Record<VenueOrderState, OrderLifecycleEventType | undefined>> = {
  open: 'venue.acked',
  filled: 'venue.filled',
  rejected: 'venue.rejected',
  cancelled: 'venue.cancelled',
  // Trigger orders are never sent by this house.
  untriggered: undefined,
  triggered: undefined,
};

function isStop(event: string, to: OrderLifecycleState): boolean {
  return event === 'dispatch.refused' && to === 'not_sent';
}

export class OrderTracker {
  readonly #exposure: ExposureBook;
  readonly #listener: TrackerListener;
  readonly #orders = new Map<string, OrderRecord>();
  readonly #live = new Map<string, OrderRecord>();
  /** Live orders by group: asked for every order. */
  readonly #liveGroups = new Map<string, number>();
  readonly #byVenueId = new Map<string, OrderRecord>();
  readonly #byLabel = new Map<string, OrderRecord[]>();
  readonly #known = new KnownIntents();
  readonly #places = new KnownPlaces();
  #settled: string[] = [];

  constructor(exposure: ExposureBook, listener: TrackerListener) {
    this.#exposure = exposure;
    this.#listener = listener;
  }

  /** Ever recorded in this ledger. */
  knows(intentId: string): boolean {
    return this.#known.has(intentId);
  }

  /** Recorded for this leg, attempt, instrument and side of the group already, at whatever price. */
  placeTaken(intent: OrderIntent): boolean {
    return this.#places.has(intent);
  }

  get(intentId: string): OrderRecord | undefined {
    return this.#orders.get(intentId);
  }

  /** An intent with this label was ever recorded in this ledger. */
  hasLabel(label: string): boolean {
    const parts = parseLabel(label);
    return parts !== undefined && this.#known.has(parts.intent16);
  }

  byVenueId(orderId: string): OrderRecord | undefined {
    return this.#byVenueId.get(orderId);
  }

  /** Not settled: open, in doubt, or ended with a fill whose trade is missing. */
  get live(): Iterable<OrderRecord> {
    return this.#live.values();
  }

  get liveCount(): number {
    return this.#live.size;
  }

  get liveGroupCount(): number {
    return this.#liveGroups.size;
  }

  *openOrders(instrumentName?: string): Iterable<OpenOrder> {
    for (const order of this.#live.values()) {
      if (isTerminal(order.state)) continue;
      if (instrumentName !== undefined && order.intent.instrument.name !== instrumentName) continue;
      yield openOrderOf(order);
    }
  }

  /** Takes a recorded order in, with its exposure reserved. */
  add(order: OrderRecord): void {
    const { intentId } = order.intent;
    this.#orders.set(intentId, order);
    this.#known.add(intentId);
    this.#places.add(order.intent);
    const labelled = this.#byLabel.get(order.intent.label);
    if (labelled === undefined) this.#byLabel.set(order.intent.label, [order]);
    else labelled.push(order);
    if (order.venueOrderId !== null) this.#byVenueId.set(order.venueOrderId, order);
    this.#account(order);
  }

  /** The intent a venue order or trade belongs to. */
  match(seen: Pick<VenueOrder, 'orderId' | 'label' | 'instrument' | 'side' | 'lots'>): OrderMatch {
    const known = this.#byVenueId.get(seen.orderId);
    if (known !== undefined) return { kind: 'one', order: known };
    if (parseLabel(seen.label) === undefined) return { kind: 'foreign' };
    const records = this.#byLabel.get(seen.label) ?? [];
    const [only] = records;
    if (records.length === 1 && only !== undefined) return { kind: 'one', order: only };
    const resolution = resolveLabel(
      seen.label,
      { instrumentName: seen.instrument.name, side: seen.side, lots: seen.lots },
      records.map((order) => order.intent),
    );
    if (resolution.kind === 'none') return { kind: 'ghost' };
    if (resolution.kind === 'ambiguous') return { kind: 'ambiguous' };
    return { kind: 'one', order: this.#orders.get(resolution.intent.intentId) as OrderRecord };
  }

  bind(order: OrderRecord, venueOrderId: string): void {
    if (order.venueOrderId === venueOrderId) return;
    if (order.venueOrderId !== null) {
      this.#listener.onSecondOrder(order, venueOrderId);
      return;
    }
    order.venueOrderId = venueOrderId;
    this.#byVenueId.set(venueOrderId, order);
  }

  /** Applies what the venue reports of an order. Older reports cannot take filled lots back. */
  applyVenueOrder(order: OrderRecord, seen: VenueOrder): void {
    this.bind(order, seen.orderId);
    order.reportedLots = Math.max(order.reportedLots, seen.filledLots);
    const partial = seen.state === 'open' && order.reportedLots > 0;
    const event = partial ? 'venue.partiallyFilled' : venueEvents[seen.state];
    if (event === undefined) return;
    const cause = seen.cancelReason ?? undefined;
    this.apply(order, {
      event,
      evidenceId: `${seen.orderId}:${seen.updatedUs}:${seen.state}:${seen.filledLots}`,
      ...(cause === undefined ? {} : { cause }),
    });
  }

  /** Accounts a recorded trade to its order and moves the order if the trade tells news. */
  applyTrade(order: OrderRecord, lots: number, evidenceId: string): void {
    order.tradedLots += lots;
    const expected = order.tradedLots <= order.reportedLots;
    order.reportedLots = Math.max(order.reportedLots, order.tradedLots);
    const complete = order.tradedLots >= order.intent.qtyLots;
    // A trade of a fill that the order's own report announced is no news.
    const told = isTerminal(order.state) && expected;
    if (told || (order.state === 'partially_filled' && !complete)) this.#account(order);
    else
      this.apply(order, { event: complete ? 'venue.filled' : 'venue.partiallyFilled', evidenceId });
  }

  /** The one place where an order changes state. */
  apply(order: OrderRecord, note: TransitionNote): void {
    const from = order.state;
    const { to, anomaly } = orderTransition(from, note.event);
    order.state = to;
    order.stopped ||= isStop(note.event, to);
    const isTold = to !== from || anomaly !== null;
    // What the venue says twice is two facts: with one number they would be one to whoever replaces by id.
    if (isTold) order.sequence += 1;
    this.#account(order);
    if (isTold) this.#listener.onTransition(order, { ...note, from, anomaly });
  }

  /** A recorded transition, taken as it stands: replay tells nobody. */
  restore(order: OrderRecord, payload: OrderTransitionPayload): void {
    order.state = payload.to as OrderLifecycleState;
    order.stopped ||= isStop(payload.event, order.state);
    order.sequence = Math.max(order.sequence, payload.sequence);
    order.reportedLots = Math.max(order.reportedLots, payload.reported_lots);
    if (payload.venue_order_id !== null) this.bind(order, payload.venue_order_id);
    this.#account(order);
  }

  /** Restores a trade during replay: no event, the recorded transitions speak for themselves. */
  replayTrade(order: OrderRecord, lots: number): void {
    order.tradedLots += lots;
    order.reportedLots = Math.max(order.reportedLots, order.tradedLots);
    this.#account(order);
  }

  #account(order: OrderRecord): void {
    const { intentId, instrument, side, groupId } = order.intent;
    this.#exposure.reserve(intentId, instrument, side, outstandingLots(order));
    const wasLive = this.#live.has(intentId);
    if (isSettled(order) !== wasLive) return;
    const others = this.#liveGroups.get(groupId) ?? 0;
    if (!wasLive) {
      this.#live.set(intentId, order);
      this.#liveGroups.set(groupId, others + 1);
      return;
    }
    this.#live.delete(intentId);
    if (others === 1) this.#liveGroups.delete(groupId);
    else this.#liveGroups.set(groupId, others - 1);
    this.#retire(intentId);
  }

  #retire(intentId: string): void {
    this.#settled.push(intentId);
    if (this.#settled.length <= settledOrdersMax * 2) return;
    for (const old of this.#settled.slice(0, settledOrdersMax)) {
      const order = this.#orders.get(old);
      if (order === undefined || this.#live.has(old)) continue;
      this.#orders.delete(old);
      this.#byLabel.delete(order.intent.label);
      if (order.venueOrderId !== null) this.#byVenueId.delete(order.venueOrderId);
    }
    this.#settled = this.#settled.slice(settledOrdersMax);
  }
}
