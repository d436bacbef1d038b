/** Counts orders whose fate is unknown, tells the guard when the count changes, and logs oddities. */
import type { Log } from '../../streams/ports/telemetry.ts';
import type { ExecutionMetrics } from './execution-metrics.ts';
import type { GuardGate } from './guard-gate.ts';
import type { OrderRecord } from './order-record.ts';
import type { AppliedTransition } from './order-tracker.ts';

export class InDoubtWatch {
  readonly #guard: GuardGate;
  readonly #metrics: ExecutionMetrics;
  readonly #log: Log;
  readonly #inDoubt = new Set<string>();
  readonly #anomalies = new Map<string, number>();
  /** Called when an order became doubtful: someone has to look it up. */
  onDoubt: () => void = () => undefined;

  constructor(guard: GuardGate, metrics: ExecutionMetrics, log: Log) {
    this.#guard = guard;
    this.#metrics = metrics;
    this.#log = log;
  }

  get count(): number {
    return this.#inDoubt.size;
  }

  /** Lifecycle anomalies since start, by kind. */
  get anomalies(): ReadonlyMap<string, number> {
    return this.#anomalies;
  }

  /** After a replay: the orders that were in doubt before are so still, and nobody told yet. */
  restore(orders: Iterable<OrderRecord>): void {
    for (const order of orders)
      if (order.state === 'in_doubt') this.#inDoubt.add(order.intent.intentId);
    this.#metrics.inDoubt.set(this.#inDoubt.size);
    this.#guard.report({ kind: 'in_doubt', count: this.#inDoubt.size });
  }

  transitioned(order: OrderRecord, change: AppliedTransition, liveCount: number): void {
    const { intentId, groupId, traceId } = order.intent;
    if (change.from !== order.state) this.#metrics.transitions.increment(1, order.state);
    this.#metrics.openOrders.set(liveCount);
    if (change.anomaly !== null) {
      this.#anomalies.set(change.anomaly, (this.#anomalies.get(change.anomaly) ?? 0) + 1);
      // A venue says most things twice, in its reply and on the channel: that is no news.
      const write = change.anomaly === 'duplicate' ? this.#log.debug : this.#log.warn;
      write.call(this.#log, 'order anomaly', {
        intent_id: intentId,
        group_id: groupId,
        trace_id: traceId,
        anomaly: change.anomaly,
        state: order.state,
        event: change.event,
      });
    }
    const before = this.#inDoubt.size;
    if (order.state === 'in_doubt') this.#inDoubt.add(intentId);
    else this.#inDoubt.delete(intentId);
    const count = this.#inDoubt.size;
    if (count !== before) {
      this.#metrics.inDoubt.set(count);
      this.#guard.report({ kind: 'in_doubt', count });
    }
    // A fill reported without its trade has to be looked up as well.
    if (count > before || order.reportedLots > order.tradedLots) this.onDoubt();
  }
}
