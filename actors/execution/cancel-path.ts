/** Cancels, through the same chokepoint: of orders of ours, and of orders nobody accounts for. */
import { canonicalHash } from '../../streams/facts/hash.ts';
import type { Pins } from '../../streams/facts/pins.ts';
import type { VenueOrder } from '../../streams/facts/venue-records.ts';
import type { Dispatch } from './chokepoint.ts';
import type { CancelOutcome } from './contract.ts';
import type { ExecutionMetrics } from './execution-metrics.ts';
import type { IntentLedger } from './ledger.ts';
import type { OrderDesk } from './order-desk.ts';
import type { OrderTracker } from './order-tracker.ts';
import type { Positions } from './positions.ts';

export interface CancelPathOptions {
  readonly pins: Pins;
  readonly metrics: ExecutionMetrics;
  readonly tracker: OrderTracker;
  readonly positions: Positions;
  readonly ledger: IntentLedger;
  readonly desk: OrderDesk;
  readonly dispatch: Dispatch;
}

export class CancelPath {
  readonly #options: CancelPathOptions;
  #cancels = 0;

  constructor(options: CancelPathOptions) {
    this.#options = options;
  }

  cancel(id: string, strategyId: string, traceId: string): CancelOutcome {
    const { tracker, positions, dispatch, metrics, desk, ledger, pins } = this.#options;
    const order = tracker.get(id) ?? tracker.byVenueId(id);
    if (order === undefined) return { kind: 'nothing_to_cancel', cause: 'not an order of ours' };
    const { venueOrderId, intent } = order;
    const open = [...tracker.openOrders(intent.instrument.name)];
    if (venueOrderId === null || !open.some((other) => other.intentId === intent.intentId)) {
      return { kind: 'nothing_to_cancel', cause: `the order is ${order.state}` };
    }
    const held = positions.lots(intent.instrument.name);
    const protects = intent.reduceOnly && (intent.side === 'buy' ? held < 0 : held > 0);
    const result = dispatch({
      kind: 'cancel',
      venueOrderId,
      targetReduceOnly: intent.reduceOnly,
      riskIncreasing: protects,
    });
    if (result.kind === 'blocked') {
      metrics.blocked.increment(1, result.code);
      return result;
    }
    if (result.kind === 'waiting') return { kind: 'nothing_to_cancel', cause: result.cause };
    if (result.kind !== 'cancelling' || !result.sent) {
      return { kind: 'nothing_to_cancel', cause: 'the session is down' };
    }
    metrics.dispatched.increment(1, 'CANCEL', 'cancel');
    desk.watchCancel(order, result.reply);
    this.#cancels += 1;
    const sequence = this.#cancels;
    const payload = {
      intent_id: canonicalHash(['cancel', pins.run_id, venueOrderId, sequence]),
      sequence,
      strategy_id: strategyId,
      target_intent_id: intent.intentId,
      target_order_id: venueOrderId,
    };
    ledger.recordCancel(intent.instrument, payload, traceId);
    return { kind: 'sent' };
  }

  /** Cancels an order of the account that no intent of this ledger accounts for. */
  cancelGhost(ghost: VenueOrder): CancelOutcome {
    const { dispatch, metrics, positions } = this.#options;
    const held = positions.lots(ghost.instrument.name);
    const protects = ghost.reduceOnly && (ghost.side === 'buy' ? held < 0 : held > 0);
    const result = dispatch({
      kind: 'cancel',
      venueOrderId: ghost.orderId,
      targetReduceOnly: ghost.reduceOnly,
      riskIncreasing: protects,
    });
    if (result.kind === 'blocked') return result;
    if (result.kind === 'waiting') return { kind: 'nothing_to_cancel', cause: result.cause };
    if (result.kind !== 'cancelling' || !result.sent) {
      return { kind: 'nothing_to_cancel', cause: 'the session is down' };
    }
    metrics.dispatched.increment(1, 'CANCEL', 'cancel');
    // The answer is not awaited: the next reconciliation looks whether the order is gone.
    void result.reply;
    return { kind: 'sent' };
  }
}
