/**
 * Which way a parameter tightens, and which are read once, at start. A change is tightening only where a
 * row here says so, and in that direction; everything else counts as loosening.
 */
/** Smaller is tighter. */
const lowerTightens: ReadonlySet<string> = new Set([
  'execution.max_order_notional_usd',
  'execution.max_group_notional_usd',
  'execution.max_order_rate_per_s',
  'execution.max_position_usd',
  'execution.max_position_delta_usd',
  'execution.max_portfolio_delta_usd',
  'execution.pending_exposure_max_usd',
  'execution.max_slippage_bps',
  'execution.max_slippage_ticks_options',
  'execution.l2_book_snapshot_max_age_ms',
  'execution.price_collar_bps',
  'execution.price_collar_ticks',
  'execution.open_orders_max',
  'execution.open_groups_max',
  'execution.order_depth_share_max',
  'execution.repeated_execution_max',
  'execution.mm_util_reject_opens',
  'execution.churn_flattens_max',
  'guard.max_daily_loss_usd',
  'guard.mm_util_reject_opens',
  'guard.mm_util_reduceonly',
  'guard.mm_util_kill',
  'guard.watchdog_reduce_only_s',
  'guard.watchdog_kill_s',
  'guard.loop_stall_ms',
  'guard.max_policy_age_s',
  'guard.disk_pause_archives_pct',
  'guard.disk_degraded_pct',
  'guard.disk_kill_pct',
  'guard.fee_cache_soft_s',
  'guard.fee_cache_hard_s',
  'guard.ws_zombie_silence_ms',
  'guard.spread_max_bps',
  'guard.spread_kill_bps',
  'guard.cortex_kill_window_s',
  'guard.dvol_jump_pct',
  'guard.basis_price_max_age_ms',
  'guard.basis_reduceonly_bps',
  'guard.basis_reduceonly_window_s',
  'guard.basis_kill_bps',
  'guard.basis_kill_window_s',
  'guard.bunker_http_p95_ms',
  'guard.bunker_jitter_threshold_ms',
  'guard.bunker_timeout_rate',
  'guard.exchange_health_stale_s',
  'guard.time_drift_threshold_ms',
  'guard.instrument_cache_ttl_s',
  'guard.public_trade_feed_max_age_ms',
  'guard.self_trade_fraction_trip',
  'guard.self_trade_min_self_notional_usd',
  'guard.self_trade_notional_trip_usd',
]);

/** Greater is tighter. */
const higherTightens: ReadonlySet<string> = new Set([
  'execution.min_edge_usd',
  'execution.expiry_delist_buffer_s',
  'execution.inventory_skew_k',
  'execution.churn_window_s',
  'execution.churn_blacklist_s',
  'execution.repeated_execution_window_s',
  'execution.venue_order_reserve',
  'guard.reason_clear_stable_s',
  'guard.depth_min',
  'guard.depth_kill_min',
  'guard.dvol_cooldown_s',
  'guard.spread_depth_cooldown_s',
  'guard.basis_reduceonly_cooldown_s',
  'guard.bunker_exit_stable_s',
  'guard.emergency_reduceonly_cooldown_s',
  'guard.feedback_loop_cooldown_s',
  'guard.fee_stale_buffer',
]);

/** Lists of what is allowed: fewer is tighter. */
const fewerTightens: ReadonlySet<string> = new Set(['execution.instruments_allowed']);
/** Switches: on is tighter. */
const onTightens: ReadonlySet<string> = new Set([
  'guard.strict_monotonic',
  'guard.certificate_required',
  'guard.cortex_perpetual_required',
  'guard.svi_guard_enabled',
]);

/** Read once, when the loop or the window is made. */
const readAtStart: ReadonlySet<string> = new Set(['venue_hosts_allowed', 'guard.guard_tick_ms']);

/** How a parameter tightens, for people; undefined: any change of it loosens. */
export function tighterText(key: string): string | undefined {
  if (lowerTightens.has(key)) return 'lower';
  if (higherTightens.has(key)) return 'higher';
  if (fewerTightens.has(key)) return 'fewer';
  return onTightens.has(key) ? 'on' : undefined;
}

/** In force after a restart only. */
export function isReadAtStart(key: string): boolean {
  return readAtStart.has(key);
}

/** Whether this change of `guard.…` or `execution.…` permits nothing that was not permitted before. */
export function isTightening(key: string, from: unknown, to: unknown): boolean {
  if (typeof to === 'number') {
    // What is not set blocks or has a default of its own: a value in its place may permit more.
    if (typeof from !== 'number') return false;
    return to < from ? lowerTightens.has(key) : higherTightens.has(key);
  }
  if (typeof to === 'boolean') return to && onTightens.has(key);
  if (!Array.isArray(to) || !Array.isArray(from)) return false;
  return fewerTightens.has(key) && to.every((one) => from.includes(one));
}
