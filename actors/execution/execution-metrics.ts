/** Every metric of the room, created once: names are declared in the metrics table. */
import type { Counter, Gauge, Histogram, Metrics } from '../../streams/ports/telemetry.ts';

export interface ExecutionMetrics {
  readonly intents: Counter;
  readonly rejects: Counter;
  readonly dispatched: Counter;
  readonly blocked: Counter;
  readonly readsShed: Counter;
  readonly duplicateIntents: Counter;
  readonly duplicateDispatches: Counter;
  readonly illegalAttempts: Counter;
  readonly transitions: Counter;
  readonly fills: Counter;
  readonly duplicateFills: Counter;
  readonly nakedEvents: Counter;
  readonly emergencyCloses: Counter;
  readonly capsulesMissing: Counter;
  readonly missedDropped: Counter;
  readonly inDoubt: Gauge;
  readonly openOrders: Gauge;
  readonly waiting: Gauge;
  readonly tickToDispatch: Histogram;
  readonly gateChain: Histogram;
  readonly roundTrip: Histogram;
}

export function executionMetrics(metrics: Metrics): ExecutionMetrics {
  return {
    intents: metrics.counter('holdfast_intents_total'),
    rejects: metrics.counter('holdfast_gate_rejects_total'),
    dispatched: metrics.counter('holdfast_dispatch_total'),
    blocked: metrics.counter('holdfast_dispatch_blocked_total'),
    readsShed: metrics.counter('holdfast_reads_shed_total'),
    duplicateIntents: metrics.counter('holdfast_duplicate_intents_total'),
    duplicateDispatches: metrics.counter('holdfast_duplicate_dispatch_total'),
    illegalAttempts: metrics.counter('holdfast_illegal_attempts_total'),
    transitions: metrics.counter('holdfast_order_transitions_total'),
    fills: metrics.counter('holdfast_fills_total'),
    duplicateFills: metrics.counter('holdfast_duplicate_fills_total'),
    nakedEvents: metrics.counter('holdfast_naked_events_total'),
    emergencyCloses: metrics.counter('holdfast_emergency_closes_total'),
    capsulesMissing: metrics.counter('holdfast_capsules_missing_total'),
    missedDropped: metrics.counter('holdfast_missed_trades_dropped_total'),
    inDoubt: metrics.gauge('holdfast_in_doubt_intents'),
    openOrders: metrics.gauge('holdfast_open_orders'),
    waiting: metrics.gauge('holdfast_dispatch_waiting'),
    tickToDispatch: metrics.histogram('holdfast_tick_to_dispatch_seconds'),
    gateChain: metrics.histogram('holdfast_gate_chain_seconds'),
    roundTrip: metrics.histogram('holdfast_dispatch_round_trip_seconds'),
  };
}
