/**
 * The execution part of the launch policy: limits, collars, validity, rates. Names, units and
 * defaults are those of the parameter page; a required key has no default and its absence blocks
 * new risk with `ConfigMissing`. Names ending in `_pct` or `_share` hold ratios.
 */
import { z } from 'zod';
import type { RejectCode } from '../reject-codes.ts';

const positive = z.number().positive();
const count = z.int().positive();
const nonNegative = z.number().nonnegative();

export const executionPolicySchema = z.strictObject({
  // Required: no default, `ConfigMissing` without them.
  min_edge_usd: z.number().optional(),
  max_order_notional_usd: positive.optional(),
  max_group_notional_usd: positive.optional(),
  max_order_rate_per_s: positive.max(1_000).optional(),
  /** Worst-case absolute position of one instrument, USD. */
  max_position_usd: positive.optional(),
  /** Worst-case absolute delta of one underlying, USD. */
  max_position_delta_usd: positive.optional(),
  /** Delta of one underlying at which the inventory skew is at its full, USD. */
  delta_limit_usd: positive.optional(),
  /** Instrument names that may be traded; `BTC-*` allows a prefix. */
  instruments_allowed: z.array(z.string().min(1)).optional(),

  contracts_amount_match_tolerance: positive.max(0.1).default(0.001),
  expiry_delist_buffer_s: nonNegative.default(60),
  max_slippage_bps: nonNegative.default(10),
  max_slippage_ticks_options: nonNegative.default(2),
  l2_book_snapshot_max_age_ms: positive.default(1_000),
  price_collar_bps: positive.default(200),
  price_collar_ticks: count.default(20),
  open_orders_max: count.max(500).default(50),
  open_groups_max: count.max(100).default(10),
  order_ack_timeout_ms: positive.default(2_000),
  order_validity_open_ms: positive.default(5_000),
  order_validity_reducing_ms: positive.default(15_000),
  in_doubt_fence_skew_ms: nonNegative.default(2_000),
  /** Two complete reads must stand at least this far apart before absence is believed. */
  in_doubt_read_gap_ms: z.int().min(1_000).default(1_000),
  /** Absent: the position limit in delta. */
  hedge_bound_usd: positive.optional(),
  /** Matching-engine credits: the venue's smallest tier, so that no account is over its rate. */
  venue_order_credits_per_s: positive.default(5),
  venue_order_burst: count.default(20),
  /** Credits new risk may not touch: they are kept for cancels and reduction. */
  venue_order_reserve: z.int().nonnegative().default(5),
  /** An order is at most this share of the best five levels it meets. */
  order_depth_share_max: positive.max(100).default(0.25),
  /** Executions of one strategy, instrument and side within the window; one more needs an operator. */
  repeated_execution_max: count.max(1_000_000).default(10),
  repeated_execution_window_s: positive.max(3_600).default(10),
  /** UTC windows in which risk may be opened, minutes of the day; none: any time. */
  sessions_utc: z
    .array(
      z.strictObject({
        from_minute: z.int().min(0).max(1_439),
        to_minute: z.int().min(0).max(1_440),
      }),
    )
    .max(10)
    .default([]),
  /** Maintenance margin use from which nothing is opened. */
  mm_util_reject_opens: positive.max(1).default(0.7),
  /** Correlated worst-case delta of all underlyings, USD. Absent: 1.5 times that of one. */
  max_portfolio_delta_usd: positive.optional(),
  /** Held and reserved delta of one instrument at its worst, USD. Absent: `max_position_usd`. */
  pending_exposure_max_usd: positive.optional(),
  /** How much more (or less) edge a trade needs that adds to (or takes from) a full inventory, ratio. */
  inventory_skew_k: nonNegative.max(10).default(0.5),
  /** Ticks that a trade adding to a full inventory is moved away from the touch. */
  inventory_skew_tick_penalty_max: z.int().nonnegative().max(100).default(3),
  /** What predictions of slippage are multiplied with until fills have taught better, factor. */
  realism_penalty_default: z.number().min(1).max(2.5).default(1.3),
  /** Ticks a rescue crosses the spread by, and how many there may be. */
  rescue_cross_spread_ticks: z.int().nonnegative().max(100).default(2),
  rescue_attempts_max: z.int().nonnegative().max(2).default(2),
  /** Ticks an emergency close goes past the best price; doubled with each attempt: 5, 10, 20. */
  close_buffer_ticks: count.max(100).default(5),
  close_attempts_max: count.max(5).default(3),
  /** More flattens of one key than this within the window block its opening. */
  churn_flattens_max: count.default(2),
  churn_window_s: positive.default(300),
  churn_blacklist_s: positive.default(900),
  /** Book levels a side in a decision snapshot. */
  snapshot_levels: count.max(50).default(10),
});

export type ExecutionPolicy = z.infer<typeof executionPolicySchema>;

/** The critical keys without a default: each one missing rejects new risk with its code. */
export const requiredExecutionKeys = [
  'min_edge_usd',
  'max_order_notional_usd',
  'max_group_notional_usd',
  'max_order_rate_per_s',
  'max_position_usd',
  'max_position_delta_usd',
  'instruments_allowed',
  'delta_limit_usd',
] as const satisfies readonly (keyof ExecutionPolicy)[];

export type CompleteExecutionPolicy = Required<
  Pick<ExecutionPolicy, (typeof requiredExecutionKeys)[number]>
> &
  ExecutionPolicy;

/** What an OPEN is refused with while a key is missing: `ConfigMissing` but where a gate has a word of its own. */
export function missingKeyCode(key: (typeof requiredExecutionKeys)[number]): RejectCode {
  return key === 'delta_limit_usd' ? 'InventorySkewDeltaLimitMissing' : 'ConfigMissing';
}

/** The required keys that are not set. */
export function missingExecutionKeys(
  policy: ExecutionPolicy,
): (typeof requiredExecutionKeys)[number][] {
  return requiredExecutionKeys.filter((key) => policy[key] === undefined);
}
