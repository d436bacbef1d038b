/** The files of the restart loop: the shipped profile, with order flow. */
import { writeConfiguration } from '../../fixtures/system/profile-files.ts';

/**
 * Limits that would end the flow are wide, waits that protect against a far venue are short; nothing
 * that proves anything is weaker: latch, reconciliation, fence and the two reads stay as they are.
 */
const execution = {
  order_validity_open_ms: 1_000,
  order_validity_reducing_ms: 1_000,
  order_ack_timeout_ms: 500,
  in_doubt_fence_skew_ms: 200,
  max_order_rate_per_s: 50,
  venue_order_credits_per_s: 30,
  venue_order_burst: 100,
  repeated_execution_max: 499,
  min_edge_usd: -1_000,
};
const guard = {
  reason_clear_stable_s: 0.05,
  max_daily_loss_usd: 10_000_000,
  stale_order_s: 1,
  sweep_interval_s: 1,
  // A starved machine is not what is tried here: stalls and a slow venue restrict only briefly.
  loop_stall_ms: 30_000,
  emergency_reduceonly_cooldown_s: 1,
  time_drift_threshold_ms: 10_000,
  bunker_http_p95_ms: 60_000,
  bunker_jitter_threshold_ms: 60_000,
  bunker_timeout_rate: 0.99,
  bunker_exit_stable_s: 0.1,
  dvol_cooldown_s: 0.1,
  spread_depth_cooldown_s: 0.1,
  basis_reduceonly_cooldown_s: 0.1,
};
const crosser = {
  instrument: 'BTC-PERPETUAL',
  order_amount: 1_000,
  position_amount_max: 10_000,
  enter_bps: 0.1,
  exit_bps: 0.05,
  hold_s_max: 1,
  cooldown_ms: 20,
  imbalance_gain_bps: 6,
  trend_gain: 0.8,
  flow_gain_bps: 4,
};
const quotes = { instrument: 'ETH-PERPETUAL', order_amount: 100, cooldown_ms: 80 };

/** Writes profile and policy into the lane's directory; returns the path of the profile. */
export function writeLoopConfiguration(directory: string, withQuotes: boolean): string {
  return writeConfiguration(directory, {
    guard,
    edit: ({ profile, policy }) => {
      Object.assign(policy.execution as object, execution);
      (profile.policy as { strategies: unknown }).strategies = [
        { id: 'crosser', kind: 'perpetual-crosser', parameters: crosser },
        ...(withQuotes ? [{ id: 'quotes', kind: 'resting-quotes', parameters: quotes }] : []),
      ];
    },
  });
}
