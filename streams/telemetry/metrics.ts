/**
 * The one table of metrics. Everything that is measured is declared here, in base units, with a
 * bounded set of label values; the docs page is generated from it, and a name that is not in it
 * cannot be used. A room that needs a metric appends a row to its block.
 */
export interface MetricRow {
  readonly name: string;
  readonly kind: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  /** Label names; their values come from closed lists, never from ids. */
  readonly labels?: readonly string[];
  /** Upper bounds of a histogram, ascending, without +Inf. */
  readonly buckets?: readonly number[];
}

/** From 10 µs to 2.5 s: work on the hot path. */
const fastSeconds = [
  1e-5, 2.5e-5, 5e-5, 1e-4, 1.5e-4, 2e-4, 3e-4, 5e-4, 1e-3, 2.5e-3, 5e-3, 1e-2, 5e-2, 0.25, 2.5,
] as const;
/** From 1 ms to 60 s: talks with other systems. */
const slowSeconds = [
  1e-3, 2.5e-3, 5e-3, 1e-2, 2.5e-2, 5e-2, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60,
] as const;

function counter(name: string, help: string, ...labels: readonly string[]): MetricRow {
  return { name, kind: 'counter', help, labels };
}

function gauge(name: string, help: string, ...labels: readonly string[]): MetricRow {
  return { name, kind: 'gauge', help, labels };
}

function histogram(
  name: string,
  help: string,
  buckets: readonly number[],
  ...labels: readonly string[]
): MetricRow {
  return { name, kind: 'histogram', help, labels, buckets };
}

const market: readonly MetricRow[] = [
  counter('holdfast_market_events_total', 'Market events applied.'),
  counter('holdfast_market_stale_events_total', 'Market events older than the book, ignored.'),
  counter('holdfast_market_dropped_events_total', 'Market events dropped at a bound.'),
  counter('holdfast_market_book_gaps_total', 'Gaps found in book sequences.'),
  counter('holdfast_market_trade_gaps_total', 'Gaps found in trade sequences.'),
  gauge('holdfast_market_books', 'Books by state.', 'state'),
  gauge('holdfast_market_last_event_age_seconds', 'Age of the newest market event.'),
];

const ingress: readonly MetricRow[] = [
  counter('holdfast_gate_decisions_total', 'Ingestion gate decisions.', 'decision'),
  counter('holdfast_gate_anomalies_total', 'Same identity, different payload: quarantined.'),
  gauge('holdfast_gate_quarantine_size', 'Facts in the quarantine store.'),
  gauge('holdfast_gate_backlog', 'Admitted facts that wait for the journal.'),
  gauge('holdfast_gate_health', 'Gate health: 0 green, 1 amber, 2 red.'),
];

const execution: readonly MetricRow[] = [
  counter('holdfast_intents_total', 'Intents classified.', 'class'),
  counter('holdfast_gate_rejects_total', 'Intents refused, by reject code.', 'code'),
  counter('holdfast_dispatch_total', 'Messages handed to the venue.', 'class', 'action'),
  counter('holdfast_dispatch_blocked_total', 'Dispatches stopped at the chokepoint.', 'cause'),
  gauge('holdfast_dispatch_waiting', 'Cancels and reductions that wait for venue credit.'),
  counter('holdfast_reads_shed_total', 'Reads not made, to leave the venue credit to orders.'),
  counter('holdfast_duplicate_intents_total', 'Intents already in the ledger: a no-op.'),
  counter('holdfast_duplicate_dispatch_total', 'Second dispatches of one intent. Must stay 0.'),
  counter(
    'holdfast_illegal_attempts_total',
    'Orders that should not have reached the chokepoint or were malformed. Must stay 0.',
  ),
  counter('holdfast_order_transitions_total', 'Order transitions recorded.', 'to'),
  counter('holdfast_fills_total', 'Fills processed.', 'class'),
  counter('holdfast_duplicate_fills_total', 'Fills seen before: a no-op.'),
  counter('holdfast_naked_events_total', 'Groups that filled in part and had to be contained.'),
  counter('holdfast_capsules_missing_total', 'Reductions sent without a capsule.', 'class'),
  counter(
    'holdfast_missed_trades_dropped_total',
    'Missed trades not followed: too many at a time.',
  ),
  counter('holdfast_emergency_closes_total', 'Containments that closed legs, by end.', 'outcome'),
  gauge('holdfast_in_doubt_intents', 'Intents whose outcome at the venue is unknown.'),
  gauge('holdfast_open_orders', 'Orders open at the venue.'),
  histogram(
    'holdfast_tick_to_dispatch_seconds',
    'Tick received to bytes handed over.',
    fastSeconds,
  ),
  histogram('holdfast_gate_chain_seconds', 'All gates of one intent.', fastSeconds, 'outcome'),
  histogram('holdfast_dispatch_round_trip_seconds', 'Dispatch to answer.', slowSeconds, 'outcome'),
];

const journal: readonly MetricRow[] = [
  counter('holdfast_journal_records_total', 'Records made durable.', 'stream'),
  counter('holdfast_journal_bytes_total', 'Bytes made durable.', 'stream'),
  counter('holdfast_journal_write_errors_total', 'Failed writes, syncs and full queues.', 'stream'),
  gauge('holdfast_journal_queue_depth', 'Records waiting for the writer.', 'stream'),
  gauge('holdfast_journal_queue_capacity', 'Records the queue may hold.', 'stream'),
  counter('holdfast_journal_enqueue_failures_total', 'Records refused at a bound.', 'stream'),
  gauge('holdfast_journal_next_offset', 'Next offset to be given out.', 'stream'),
  gauge('holdfast_journal_epoch', 'Boot epoch of the journal.'),
  histogram('holdfast_ledger_sync_seconds', 'One ledger block: write and sync.', fastSeconds),
  histogram('holdfast_journal_sync_seconds', 'One group commit.', fastSeconds, 'stream'),
];

const guard: readonly MetricRow[] = [
  gauge('holdfast_trading_mode', '1 for the mode in force, 0 for the others.', 'mode'),
  counter('holdfast_mode_transitions_total', 'Changes of the trading mode.', 'to'),
  gauge('holdfast_mode_reason', '1 while the reason stands.', 'reason'),
  gauge('holdfast_open_permission_latched', '1 while the latch blocks OPEN.'),
  counter('holdfast_latch_set_total', 'Times the latch was set.', 'reason'),
  gauge('holdfast_evidence_green', '1 while the evidence chain is green.'),
  gauge('holdfast_policy_age_seconds', 'Age of the policy in force.'),
  gauge('holdfast_clock_drift_seconds', 'Local clock minus venue clock.'),
  histogram(
    'holdfast_orders_cleared_seconds',
    'From a restriction to what the venue shows of its cancelled orders.',
    slowSeconds,
    'outcome',
  ),
  counter(
    'holdfast_monitor_trips_total',
    'Demands of monitors that became graver.',
    'monitor',
    'level',
  ),
  counter(
    'holdfast_risk_conditions_total',
    'Conditions raised behind the risk state.',
    'condition',
  ),
  gauge('holdfast_underlying_spread_ratio', 'Spread over middle, perpetual.', 'underlying'),
  gauge('holdfast_underlying_depth_usd', 'Best five levels, smaller side.', 'underlying'),
  gauge('holdfast_underlying_basis_ratio', 'Mark against last and index.', 'underlying'),
  gauge('holdfast_underlying_volatility_ratio', 'Volatility index.', 'underlying'),
  gauge('holdfast_margin_used_ratio', 'Maintenance margin over equity, worst currency.'),
  gauge('holdfast_day_loss_usd', 'Loss of the UTC day; negative is a profit.'),
  gauge('holdfast_breaker_state', 'Circuit breaker: 0 closed, 1 half open, 2 open.', 'breaker'),
  counter('holdfast_breaker_openings_total', 'Times a circuit breaker opened.', 'breaker'),
  counter('holdfast_loop_late_ticks_total', 'Ticks more than an interval late.', 'loop'),
  gauge('holdfast_bunker_mode', '1 while the network is not trusted.'),
  gauge('holdfast_cache_age_seconds', 'Age of instruments and of fee rates.', 'cache'),
  counter('holdfast_svi_fits_total', 'Fits of the volatility surface, by verdict.', 'verdict'),
  gauge('holdfast_risk_state', '1 for the risk state in force, 0 for the others.', 'state'),
];

const reconciliation: readonly MetricRow[] = [
  counter('holdfast_reconcile_runs_total', 'Reconciliations finished.', 'outcome'),
  counter('holdfast_reconcile_findings_total', 'Differences found.', 'kind'),
  counter('holdfast_adoptions_total', 'Taken over by an operator.', 'kind'),
  gauge('holdfast_reconcile_age_seconds', 'Since the last successful reconciliation.'),
  histogram('holdfast_reconcile_seconds', 'Duration of one reconciliation.', slowSeconds),
];

const evidence: readonly MetricRow[] = [
  counter('holdfast_shipped_rows_total', 'Rows confirmed by the store.', 'table'),
  counter('holdfast_ship_failures_total', 'Batches the store did not confirm.', 'cause'),
  gauge('holdfast_ship_lag_records', 'Journal records not shipped yet.', 'stream'),
  gauge('holdfast_ship_lag_seconds', 'Age of the oldest record not shipped yet.', 'stream'),
  gauge('holdfast_store_up', '1 while the evidence store answers.'),
];

const venue: readonly MetricRow[] = [
  counter('holdfast_venue_rate_refusals_total', 'Requests refused for their rate (10028, 429).'),
  gauge('holdfast_venue_stream_lag_seconds', 'Receive time minus venue time, 95th percentile.'),
  gauge('holdfast_venue_http_p95_seconds', 'HTTP request to answer, 95th percentile.'),
  gauge('holdfast_venue_session_up', '1 while the session is authenticated.'),
];

const strategy: readonly MetricRow[] = [
  counter('holdfast_runner_transitions_total', 'Runner state changes.', 'to'),
  gauge('holdfast_runners', 'Runners by state.', 'state'),
];

const control: readonly MetricRow[] = [
  counter('holdfast_http_requests_total', 'Requests answered.', 'route', 'status'),
  counter('holdfast_http_rejected_total', 'Requests refused at the door.', 'cause'),
  counter('holdfast_commands_total', 'Operator commands.', 'command', 'outcome'),
  gauge('holdfast_attach_clients', 'Live attach clients.', 'transport'),
  counter('holdfast_attach_messages_total', 'Messages sent to live clients.', 'topic'),
  counter('holdfast_attach_dropped_total', 'Messages a slow client missed.', 'topic'),
  histogram('holdfast_http_request_seconds', 'Request to answer.', slowSeconds, 'route'),
];

const host: readonly MetricRow[] = [
  gauge('holdfast_event_loop_delay_seconds', 'Event-loop delay.', 'statistic'),
  gauge('holdfast_disk_used_ratio', 'Used share of that file system.'),
  gauge('holdfast_memory_rss_bytes', 'Resident memory.'),
  gauge('holdfast_log_dropped_lines', 'Log lines lost at the bound of the log buffer.'),
  gauge('holdfast_build_info', 'Always 1; labels say what runs.', 'version', 'node'),
  gauge('holdfast_up_since_seconds', 'Epoch seconds at which this process became ready.'),
];

/** Every metric of the house. */
export const metricTable: readonly MetricRow[] = [
  ...market,
  ...ingress,
  ...execution,
  ...journal,
  ...guard,
  ...reconciliation,
  ...evidence,
  ...venue,
  ...strategy,
  ...control,
  ...host,
];
