/**
 * What operators look at besides the status: is the system able to work, do its loops turn, what does the
 * account hold against its limits, what does the process know of itself. What is not known is null, and
 * `unknown` says why.
 */
import { z } from 'zod';

const utc = z.string().nullable();
const count = z.int().nonnegative();
const traceId = z.string();
const unknown = z.record(z.string(), z.string());

export const breakerSchema = z.strictObject({
  key: z.string(),
  state: z.enum(['closed', 'open', 'half_open']),
  failures: count,
  openings_in_a_row: count,
  last_error_code: z.string().nullable(),
  next_probe_at: utc,
});

export const loggedErrorSchema = z.strictObject({
  at: z.string(),
  level: z.enum(['warn', 'error', 'fatal']),
  event: z.string(),
  code: z.string().nullable(),
  /** Cut, secrets taken out. */
  text: z.string(),
});

export const schedulerSchema = z.strictObject({
  /** Loops run, and none of them is late. */
  active: z.boolean(),
  supervisor_loop_active: z.boolean(),
  timeout_worker_active: z.boolean(),
  last_tick_at: utc,
  loops: z.array(
    z.strictObject({
      name: z.string(),
      interval_ms: z.number().positive(),
      last_tick_at: utc,
      next_tick_at: z.string(),
      ticks: count,
      late_ticks: count,
      late: z.boolean(),
    }),
  ),
  breakers: z.array(breakerSchema),
  internal_errors: z.array(loggedErrorSchema),
  unknown,
  trace_id: traceId,
});

const blockerSchema = z.strictObject({
  code: z.string(),
  message: z.string(),
  severity: z.string(),
  trace_id: traceId,
  related_provider: z.string().optional(),
  suggested_fix: z.string().optional(),
});

export const systemStatusSchema = z.strictObject({
  /** BLOCKED: no new risk may be taken. DEGRADED: it may, and something is not well. */
  system_status: z.enum(['OK', 'DEGRADED', 'BLOCKED']),
  autonomy_allowed: z.boolean(),
  blockers: z.array(blockerSchema),
  degraded: z.array(blockerSchema),
  integrations: z.strictObject({ configured: count, connected: count, degraded: count }),
  scheduler: z.strictObject({
    active: z.boolean(),
    supervisor_loop_active: z.boolean(),
    timeout_worker_active: z.boolean(),
    circuit_breakers_open: count,
    last_tick_at: utc,
    trace_id: traceId,
  }),
  proof_of_use: z.strictObject({
    providers_used_24h: count.nullable(),
    provider_last_used_map: z.record(z.string(), z.string()),
  }),
  runners: z.strictObject({
    per_state: z.record(z.string(), count),
    per_tier: z.record(z.string(), count).nullable(),
    blocked: z.array(z.strictObject({ runner_id: z.string(), blockers: z.array(z.string()) })),
  }),
  unknown,
  trace_id: traceId,
});

export const limitSchema = z.strictObject({
  /** As the policy names it. */
  limit: z.string(),
  /** What it is held against: an instrument, an underlying, or the account. */
  scope: z.string(),
  unit: z.enum(['usd', 'ratio', 'count']),
  max: z.number().nullable(),
  current_float: z.number().nullable(),
  /** max − current; negative: beyond it. */
  distance_float: z.number().nullable(),
});

export const accountsSchema = z.strictObject({
  accounts: z.array(
    z.strictObject({
      account: z.string(),
      venue: z.string(),
      figures_age_ms: z.number().nonnegative().nullable(),
      currencies: z.array(
        z.strictObject({
          currency: z.string(),
          equity_float: z.number(),
          balance_float: z.number(),
          available_float: z.number(),
          initial_margin_float: z.number(),
          maintenance_margin_float: z.number(),
          margin_use_ratio: z.number(),
        }),
      ),
      positions: z.array(
        z.strictObject({
          instrument: z.string(),
          amount: z.string(),
          unit: z.enum(['usd', 'coin']),
          average_price_float: z.number().nullable(),
          realised_usd_float: z.number(),
          unrealised_usd_float: z.number().nullable(),
        }),
      ),
      orders: z.array(
        z.strictObject({
          intent_id: z.string(),
          venue_order_id: z.string().nullable(),
          instrument: z.string(),
          class: z.string(),
          side: z.enum(['buy', 'sell']),
          limit_price: z.string(),
          amount: z.string(),
          filled_amount: z.string(),
          reduce_only: z.boolean(),
          state: z.string(),
        }),
      ),
      limits: z.array(limitSchema),
    }),
  ),
  trace_id: traceId,
});

export const diagnosticsSchema = z.strictObject({
  build_id: z.string(),
  contract_version: z.string(),
  node: z.string(),
  platform: z.string(),
  pid: count,
  run_id: z.string(),
  uptime_s: z.number().nonnegative(),
  runtime_config_hash: z.string(),
  policy_rev: z.string(),
  journal_epoch: count,
  queues: z.array(
    z.strictObject({
      name: z.string(),
      depth: count,
      capacity: count.nullable(),
      refused: count.nullable(),
    }),
  ),
  loop_delay_ms: z.strictObject({ p50: z.number(), p99: z.number(), max: z.number() }),
  memory: z.strictObject({ rss_bytes: count, heap_used_bytes: count }),
  cpu_s: z.number().nonnegative(),
  store: z.strictObject({
    kind: z.string(),
    state: z.string(),
    code: z.string().nullable(),
    reason: z.string().nullable(),
    restarts: count,
    probe_age_ms: z.number().nullable(),
    lag_records: count.nullable(),
  }),
  breakers: z.array(breakerSchema),
  /** Newest first. */
  last_errors: z.array(loggedErrorSchema),
  trace_id: traceId,
});

export type SchedulerV1 = z.infer<typeof schedulerSchema>;
export type SystemStatusV1 = z.infer<typeof systemStatusSchema>;
export type AccountsV1 = z.infer<typeof accountsSchema>;
export type DiagnosticsV1 = z.infer<typeof diagnosticsSchema>;
export type LoggedError = z.infer<typeof loggedErrorSchema>;
export type BreakerRow = z.infer<typeof breakerSchema>;
