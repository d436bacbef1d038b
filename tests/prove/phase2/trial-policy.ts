/**
 * What trials change in the shipped policy. Limits that detect are as shipped, except that silence
 * counts after 5 s; waits before anything is released are short, so that a trial shows its end;
 * limits that a shared machine alone would trip are wide, except where a trial is about them.
 */
export const trialGuard = {
  reason_clear_stable_s: 0.5,
  emergency_reduceonly_cooldown_s: 1,
  spread_depth_cooldown_s: 1,
  basis_reduceonly_cooldown_s: 1,
  dvol_cooldown_s: 1,
  bunker_exit_stable_s: 1,
  evidenceguard_window_s: 2,
  evidenceguard_global_cooldown_s: 2,
  ws_zombie_silence_ms: 5_000,
  max_daily_loss_usd: 10_000_000,
  stale_order_s: 20,
  sweep_interval_s: 2,
  loop_stall_ms: 30_000,
  time_drift_threshold_ms: 1_000,
  bunker_http_p95_ms: 30_000,
  bunker_jitter_threshold_ms: 15_000,
  bunker_timeout_rate: 0.5,
  basis_price_max_age_ms: 15_000,
};

export const trialExecution = {
  max_order_rate_per_s: 50,
  repeated_execution_max: 499,
  min_edge_usd: -1_000,
};

/** Resting orders beside the market. */
export function quotes(instrument: string, cooldown_ms = 200) {
  return {
    id: `quotes-${instrument.slice(0, 3).toLowerCase()}`,
    kind: 'resting-quotes',
    parameters: { instrument, order_amount: 100, cooldown_ms },
  };
}

/** Takes and gives back the perpetual: something is held nearly always. */
export const crosser = {
  id: 'crosser',
  kind: 'perpetual-crosser',
  parameters: {
    instrument: 'BTC-PERPETUAL',
    order_amount: 1_000,
    position_amount_max: 10_000,
    enter_bps: 0.1,
    exit_bps: 0.05,
    hold_s_max: 20,
    cooldown_ms: 200,
    imbalance_gain_bps: 6,
    trend_gain: 0.8,
    flow_gain_bps: 4,
  },
};

/** An atomic pair of perpetuals, opened and closed all the time. */
export function pairs(hold_ms = 1_000, cooldown_ms = 300) {
  return {
    id: 'pairs',
    kind: 'pairs',
    parameters: {
      buys: 'BTC-PERPETUAL',
      sells: 'ETH-PERPETUAL',
      order_amount: 1_000,
      hold_ms,
      cooldown_ms,
    },
  };
}
