/**
 * Policy parameters of guard, monitors and reconciliation, with unit (in the name), bounds and
 * default. Ratios end in `_pct` by tradition. Limits that need a human decision have no default:
 * null means "not set", and the capability that needs one stays blocked.
 */
import { z } from 'zod';

const seconds = (fallback: number) => z.number().positive().max(31_536_000).default(fallback);
const ms = (fallback: number) => z.int().positive().max(86_400_000).default(fallback);
const ratio = (fallback: number) => z.number().min(0).max(1).default(fallback);
const bps = (fallback: number) => z.number().positive().max(10_000).default(fallback);
const count = (fallback: number) => z.int().positive().max(1_000_000).default(fallback);
const usd = (fallback: number) => z.number().nonnegative().max(1e12).default(fallback);

const shape = {
  guard_tick_ms: ms(100),
  reason_clear_stable_s: seconds(30),
  /** Every tightening after the first Active needs an operator. Forced on in MICRO_LIVE and PROD. */
  strict_monotonic: z.boolean().default(false),
  /** Restrict on the certificate below MICRO_LIVE as well. */
  certificate_required: z.boolean().default(false),
  max_daily_loss_usd: z.number().positive().nullable().default(null),
  mm_util_max_age_ms: ms(30_000),
  disk_used_max_age_ms: ms(30_000),
  mm_util_reject_opens: ratio(0.7),
  mm_util_reduceonly: ratio(0.85),
  mm_util_kill: ratio(0.95),
  watchdog_reduce_only_s: seconds(5),
  watchdog_kill_s: seconds(10),
  loop_stall_ms: ms(2_000),
  emergency_reduceonly_cooldown_s: seconds(300),
  max_policy_age_s: seconds(300),
  policy_recompute_s: seconds(60),
  disk_pause_archives_pct: ratio(0.8),
  disk_degraded_pct: ratio(0.85),
  disk_kill_pct: ratio(0.92),
  fee_cache_soft_s: seconds(300),
  fee_cache_hard_s: seconds(900),
  ws_zombie_silence_ms: ms(15_000),
  ws_zombie_activity_window_ms: ms(60_000),
  evidenceguard_window_s: seconds(60),
  evidenceguard_global_cooldown_s: seconds(120),
  evidenceguard_counters_max_age_ms: ms(60_000),
  evidence_queue_trip_pct: ratio(0.9),
  evidence_queue_clear_pct: ratio(0.7),
  evidence_queue_trip_window_s: seconds(5),
  queue_clear_window_s: seconds(120),
  reconcile_trade_lookback_s: seconds(300),
  reconcile_interval_s: seconds(5),
  sweep_interval_s: seconds(10),
  stale_order_s: seconds(30),
  /** An underlying whose perpetual the venue does not list restricts. Off: it is not watched. */
  cortex_perpetual_required: z.boolean().default(true),
  spread_max_bps: bps(25),
  spread_kill_bps: bps(75),
  depth_min: usd(300_000),
  depth_kill_min: usd(100_000),
  cortex_kill_window_s: seconds(10),
  dvol_jump_pct: ratio(0.1),
  dvol_jump_window_s: seconds(60),
  dvol_cooldown_s: seconds(300),
  spread_depth_cooldown_s: seconds(120),
  basis_price_max_age_ms: ms(5_000),
  basis_reduceonly_bps: bps(50),
  basis_reduceonly_window_s: seconds(5),
  basis_reduceonly_cooldown_s: seconds(300),
  basis_kill_bps: bps(150),
  basis_kill_window_s: seconds(5),
  bunker_http_p95_ms: ms(750),
  bunker_jitter_threshold_ms: ms(2_000),
  bunker_timeout_rate: ratio(0.02),
  bunker_exit_stable_s: seconds(120),
  exchange_health_stale_s: seconds(180),
  time_drift_threshold_ms: ms(50),
  instrument_cache_ttl_s: seconds(3_600),
  f1_cert_freshness_window_s: seconds(86_400),
  fee_stale_buffer: ratio(0.2),
  public_trade_feed_max_age_ms: ms(5_000),
  feedback_loop_window_s: seconds(10),
  feedback_loop_cooldown_s: seconds(300),
  self_trade_fraction_trip: ratio(0.5),
  self_trade_min_self_notional_usd: usd(5_000),
  self_trade_notional_trip_usd: usd(20_000),
  /** Fit the option chain and judge the fits. */
  svi_guard_enabled: z.boolean().default(false),
  svi_rmse_max: ratio(0.05),
  svi_rmse_thin_max: ratio(0.08),
  svi_drift_max: ratio(0.2),
  svi_drift_thin_max: ratio(0.4),
  svi_guard_trip_count: count(3),
  svi_guard_trip_window_s: seconds(300),
  limits_fetch_failures_trip_count: count(3),
  limits_fetch_failure_window_s: seconds(300),
  incident_cooldown_s: seconds(21_600),
  canary_cooldown_s: seconds(21_600),
};

/** Marks that must rise: a later mark below an earlier one would never be reached. */
const ascending = [
  ['mm_util_reject_opens', 'mm_util_reduceonly', 'mm_util_kill'],
  ['disk_pause_archives_pct', 'disk_degraded_pct', 'disk_kill_pct'],
  ['watchdog_reduce_only_s', 'watchdog_kill_s'],
  ['evidence_queue_clear_pct', 'evidence_queue_trip_pct'],
  ['fee_cache_soft_s', 'fee_cache_hard_s'],
  ['spread_max_bps', 'spread_kill_bps'],
  ['depth_kill_min', 'depth_min'],
  ['basis_reduceonly_bps', 'basis_kill_bps'],
  ['policy_recompute_s', 'max_policy_age_s'],
  ['svi_rmse_max', 'svi_rmse_thin_max'],
  ['svi_drift_max', 'svi_drift_thin_max'],
  ['self_trade_min_self_notional_usd', 'self_trade_notional_trip_usd'],
] as const;

/** Strict: an unknown key is an error. */
export const guardPolicySchema = z.strictObject(shape).superRefine((policy, context) => {
  for (const marks of ascending) {
    for (let index = 1; index < marks.length; index += 1) {
      const low = marks[index - 1] as (typeof marks)[number];
      const high = marks[index] as (typeof marks)[number];
      if (policy[low] < policy[high]) continue;
      context.addIssue({
        code: 'custom',
        path: [high],
        message: `must be above ${low} (${String(policy[low])})`,
      });
    }
  }
});

export type GuardPolicy = Readonly<z.infer<typeof guardPolicySchema>>;

/** The policy in force, read through at each look: who was handed it at the start follows every reload. */
export function guardPolicyInForce(read: () => GuardPolicy): GuardPolicy {
  const members = (Object.keys(shape) as (keyof GuardPolicy)[]).map((key) => [
    key,
    { get: () => read()[key], enumerable: true },
  ]);
  return Object.defineProperties({}, Object.fromEntries(members)) as GuardPolicy;
}

/** All defaults. */
export function defaultGuardPolicy(overrides: Partial<GuardPolicy> = {}): GuardPolicy {
  return guardPolicySchema.parse(overrides);
}
