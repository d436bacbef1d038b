/**
 * What comes back from the venue, in whatever order and however often: answers, order reports,
 * trades, silence. Each is applied once through the tracker and the booking; what cannot be known
 * becomes in doubt and is looked up.
 */
import { isTerminal } from '../../machines/order-lifecycle.ts';
import { asHoldfastError, type HoldfastError } from '../../streams/facts/errors.ts';
import { usPerSecond } from '../../streams/facts/time.ts';
import type { VenueOrder, VenueTrade } from '../../streams/facts/venue-records.ts';
import type { CancelTimer, Clock } from '../../streams/ports/clock.ts';
import type { Log } from '../../streams/ports/telemetry.ts';
import type { CancelReply, PlaceReply } from '../../streams/venues/trading-client.ts';
import type { AdoptedOrders } from './adopted-orders.ts';
import type { Booking } from './booking.ts';
import type { SentOrder } from './chokepoint.ts';
import type { DispatchTally } from './dispatch-tally.ts';
import type { ExecutionMetrics } from './execution-metrics.ts';
import type { GuardGate } from './guard-gate.ts';
import type { OrderRecord } from './order-record.ts';
import type { OrderTracker } from './order-tracker.ts';

export interface OrderDeskOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: ExecutionMetrics;
  readonly tracker: OrderTracker;
  readonly adopted: AdoptedOrders;
  readonly tally: DispatchTally;
  readonly booking: Booking;
  readonly guard: GuardGate;
  /** As the policy in force says, asked for every order. */
  readonly ackTimeoutMs: () => number;
  readonly onGhost: (order: VenueOrder) => void;
  /** The venue answered an order, or did not in time; an answer may come after that. */
  readonly onAnswered: (order: OrderRecord, reply: PlaceReply) => void;
  readonly onWriteError: (error: HoldfastError) => void;
}

export class OrderDesk {
  readonly #options: OrderDeskOptions;
  readonly #ackTimers = new Map<string, CancelTimer>();

  constructor(options: OrderDeskOptions) {
    this.#options = options;
  }

  /** The bytes have left: the clock on the answer runs. */
  watch({ order, reply }: SentOrder): void {
    const { clock } = this.#options;
    const ackTimeoutMs = this.#options.ackTimeoutMs();
    const { intentId } = order.intent;
    this.#ackTimers.set(
      intentId,
      clock.after(ackTimeoutMs, () => {
        this.#ackTimers.delete(intentId);
        this.#unanswered(order, `no answer in ${ackTimeoutMs} ms`);
      }),
    );
    void reply.then((answer) => this.#answered(order, answer));
  }

  watchCancel(order: OrderRecord, reply: Promise<CancelReply>): void {
    void reply.then((answer) => {
      if (answer.kind === 'cancelled') this.onVenueOrder(answer.order);
      // Gone, or nobody knows: either way the order has to be looked up, not cancelled again.
      else if (!isTerminal(order.state)) {
        const cause = answer.kind === 'refused' ? answer.message : answer.cause;
        this.#options.tracker.apply(order, { event: 'sight.lost', cause: `cancel: ${cause}` });
      }
    });
  }

  onVenueOrder(seen: VenueOrder): void {
    const { tracker, guard, log, onGhost } = this.#options;
    const match = tracker.match(seen);
    switch (match.kind) {
      case 'one':
        this.#stopTimer(match.order);
        tracker.applyVenueOrder(match.order, seen);
        return;
      case 'foreign':
        this.#options.adopted.report(seen);
        return;
      case 'ghost':
        log.error('order with our label and no intent', { order_id: seen.orderId });
        guard.report({ kind: 'reconcile', cause: `ghost order ${seen.orderId}` });
        onGhost(seen);
        return;
      case 'ambiguous':
        guard.report({ kind: 'degraded', cause: `label ${seen.label} is ambiguous` });
    }
  }

  /** A failed write is reported, not thrown: this is called from the read loop. */
  onVenueTrades(trades: readonly VenueTrade[]): void {
    try {
      this.#options.booking.book(trades);
    } catch (thrown) {
      this.#options.onWriteError(asHoldfastError(thrown));
    }
  }

  /** The session is gone: what was open may have been cancelled by it. */
  loseSight(cause: string): void {
    const { tracker } = this.#options;
    for (const order of Array.from(tracker.live)) {
      if (isTerminal(order.state)) continue;
      this.#stopTimer(order);
      tracker.apply(order, { event: 'sight.lost', cause });
    }
  }

  stop(): void {
    for (const cancel of this.#ackTimers.values()) cancel();
    this.#ackTimers.clear();
  }

  #answered(order: OrderRecord, reply: PlaceReply): void {
    const { clock, metrics, tracker, tally } = this.#options;
    this.#stopTimer(order);
    order.answeredMonotonicUs ??= clock.monotonicUs();
    const tookUs = order.answeredMonotonicUs - (order.sentMonotonicUs ?? 0);
    metrics.roundTrip.observe(tookUs / usPerSecond, reply.kind);
    if (reply.kind !== 'unknown') this.#options.onAnswered(order, reply);
    switch (reply.kind) {
      case 'acked':
        tracker.applyVenueOrder(order, reply.order);
        this.onVenueTrades(reply.trades);
        return;
      case 'refused': {
        const cause = `${reply.code} ${reply.message}`;
        tally.venueRefused(order.intent, reply.code, reply.message);
        tracker.apply(order, { event: 'venue.rejected', evidenceId: String(reply.code), cause });
        return;
      }
      case 'unknown':
        this.#unanswered(order, reply.cause);
    }
  }

  #unanswered(order: OrderRecord, cause: string): void {
    if (isTerminal(order.state) || order.state === 'in_doubt') return;
    const waiting = order.state === 'sent' || order.state === 'recorded';
    const event = waiting ? 'ack.timedOut' : 'sight.lost';
    this.#options.onAnswered(order, { kind: 'unknown', cause });
    this.#options.tracker.apply(order, { event, cause });
  }

  #stopTimer(order: OrderRecord): void {
    const { intentId } = order.intent;
    this.#ackTimers.get(intentId)?.();
    this.#ackTimers.delete(intentId);
  }
}
