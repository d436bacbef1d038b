/**
 * `/api/v1/status`, version 1. Every documented key is always present; what is not known now is
 * null, and `unknown` says why. `trading_mode` is Active exactly when `mode_reasons` is empty.
 */
import { z } from 'zod';

const ratio = z.number().min(0).nullable();
const count = z.int().nonnegative().nullable();
const tsMs = z.int().nonnegative().nullable();

export const ownerViewSchema = z.strictObject({
  primary_code: z.string(),
  message: z.string(),
  since_utc: z.string().nullable(),
  codes: z.array(
    z.strictObject({
      code: z.string(),
      reason: z.string(),
      message: z.string(),
      severity: z.string(),
      clears: z.enum(['AUTO', 'MANUAL']),
      condition: z.string(),
      /** What stands now against the condition; null: not a value. */
      current: z.union([z.string(), z.number(), z.boolean()]).nullable(),
      since_utc: z.string().nullable(),
    }),
  ),
});

export const positionSummarySchema = z.strictObject({
  instrument: z.string(),
  /** Signed decimal amount in the instrument's unit. */
  amount: z.string(),
  unit: z.enum(['usd', 'coin']),
  average_price_float: z.number().nullable(),
  realised_pnl_usd_float: z.number().nullable(),
});

/** What the venue shows without an intent of ours, and how a command names it. */
export const adoptableSchema = z.strictObject({
  kind: z.enum(['trade', 'order', 'position']),
  instrument: z.string(),
  /** Trade or order id of the venue; null: a position. */
  id: z.string().nullable(),
  /** Signed decimal amount; of an order what is left of it. */
  amount: z.string(),
  /** As the ledger has it; null: not a position. */
  ledger_amount: z.string().nullable(),
  price: z.string().nullable(),
  /** When it traded or was placed, by the venue's clock; null: a position. */
  at_utc: z.string().nullable(),
});

export const reconciliationSummarySchema = z.strictObject({
  /** Of the last run; null: none has finished. */
  outcome: z.enum(['proven', 'differences', 'failed']).nullable(),
  finished_utc: z.string().nullable(),
  /** The account that commands name. */
  account: z.string(),
  /** Open orders that an operator took over. */
  adopted_orders: z.int().nonnegative(),
  adoptable_count: z.int().nonnegative(),
  /** The first of them. */
  adoptable: z.array(adoptableSchema),
});
export type ReconciliationSummary = z.infer<typeof reconciliationSummarySchema>;

export const runnerSummarySchema = z.strictObject({
  runner_id: z.string(),
  bundle: z.string(),
  state: z.string(),
  cause: z.string().nullable(),
  decisions: z.int().nonnegative(),
  late: z.int().nonnegative(),
  failures: z.int().nonnegative(),
});

export const statusSchema = z.strictObject({
  status_schema_version: z.literal(1),
  contract_version: z.string(),
  build_id: z.string(),
  runtime_config_hash: z.string(),
  run_id: z.string(),
  profile: z.string(),
  deployment_environment: z.enum(['DEV', 'STAGING', 'PAPER', 'MICRO_LIVE', 'PROD']),
  execution: z.enum(['simulated', 'live']),
  uptime_s: z.number().nonnegative(),
  now_utc: z.string(),

  trading_mode: z.enum(['Active', 'ReduceOnly', 'Kill']),
  mode_reasons: z.array(z.string()),
  mode_floor: z.enum(['Active', 'ReduceOnly', 'Kill']),
  mode_since_utc: z.string().nullable(),
  risk_state: z.enum(['Healthy', 'Degraded', 'Maintenance', 'Kill']),
  evidence_chain_state: z.enum(['GREEN', 'NOT_GREEN']),
  bunker_mode_active: z.boolean(),
  connectivity_degraded: z.boolean(),
  open_permission_blocked_latch: z.boolean(),
  open_permission_reason_codes: z.array(z.string()),
  open_permission_requires_reconcile: z.boolean(),
  policy_rev: z.string(),
  policy_age_sec: z.number().nonnegative().nullable(),
  last_policy_update_ts: tsMs,
  policy_missing_required: z.array(z.string()),
  f1_cert_state: z.enum(['PASS', 'FAIL', 'STALE', 'MISSING', 'INVALID']),
  f1_cert_expires_at: z.string().nullable(),

  disk_used_pct: ratio,
  disk_used_last_update_ts_ms: tsMs,
  mm_util: ratio,
  mm_util_last_update_ts_ms: tsMs,
  snapshot_coverage_pct: ratio,
  atomic_naked_events_24h: count,
  '429_count_5m': count,
  '10028_count_5m': count,
  wal_queue_depth: z.int().nonnegative(),
  wal_queue_capacity: z.int().positive(),
  wal_queue_enqueue_failures: z.int().nonnegative(),
  venue_http_p95_ms: z.number().nonnegative().nullable(),
  ws_event_lag_ms: z.number().nullable(),
  loop_tick_last_ts_ms: tsMs,
  loop_delay_p99_ms: z.number().nonnegative().nullable(),

  venue: z.strictObject({
    name: z.string(),
    environment: z.string(),
    session_state: z.string(),
    session_epoch: z.int().nonnegative(),
    last_market_event_age_ms: z.number().nonnegative().nullable(),
    instruments: z.int().nonnegative(),
    books_valid: z.int().nonnegative(),
  }),
  ingress: z.strictObject({
    health: z.enum(['GREEN', 'AMBER', 'RED']),
    admitted: z.int().nonnegative(),
    duplicates: z.int().nonnegative(),
    quarantined: z.int().nonnegative(),
  }),
  store: z.strictObject({
    kind: z.string(),
    state: z.string(),
    lag_records: count,
    rows_written: count,
  }),
  orders: z.strictObject({
    dispatched: z.int().nonnegative(),
    open: z.int().nonnegative(),
    in_doubt: z.int().nonnegative(),
    fills: z.int().nonnegative(),
    rejected_by_gates: z.int().nonnegative(),
    duplicate_dispatch_count: z.int().nonnegative(),
    illegal_order_attempts: z.int().nonnegative(),
  }),
  positions: z.array(positionSummarySchema),
  reconciliation: reconciliationSummarySchema,
  runners: z.array(runnerSummarySchema),
  owner_view: ownerViewSchema,
  /** Keys that are null now, each with the reason. */
  unknown: z.record(z.string(), z.string()),
});

export type StatusV1 = z.infer<typeof statusSchema>;

export const healthSchema = z.strictObject({
  ok: z.boolean(),
  build_id: z.string(),
  contract_version: z.string(),
  uptime_s: z.number().nonnegative(),
});

export const readySchema = z.strictObject({
  ready: z.boolean(),
  reasons: z.array(z.string()),
});
