/** Payloads of the evidence around an order: what was seen, what was known, what a fill cost. */
import { z } from 'zod';
import { decimalSchema } from '../instrument.ts';
import type { FactSchemaTable, Upcaster } from './schema-table.ts';

const hex64 = z.string().regex(/^[0-9a-f]{64}$/);
const side = z.enum(['buy', 'sell']);
const float = z.number().nullable();

export const edgeSchema = z.strictObject({
  gross_usd_float: z.number(),
  fee_usd_float: z.number(),
  slippage_usd_float: z.number(),
});

const level = z.tuple([decimalSchema, decimalSchema]);

const snapshotInstrument = z.strictObject({
  instrument: z.string(),
  instrument_revision: hex64,
  state: z.string(),
  book_valid: z.boolean(),
  bids: z.array(level),
  asks: z.array(level),
  /** Identity of the last applied book frame: what this snapshot was built from. */
  book_change_id: z.int(),
  book_ts_us: z.int(),
  book_age_ms: z.int(),
  ticker_ts_us: z.int().nullable(),
  ticker_age_ms: z.int().nullable(),
  last_trade_seq: z.int().nullable(),
  mark_price_float: float,
  index_price_float: float,
  /** Absent in version 1; the digest is over what stands here. */
  underlying_price_float: float.optional(),
  mark_iv_percent_float: float,
  funding_8h_float: float,
  delta_float: float,
  gamma_float: float,
  vega_float: float,
  theta_float: float,
  spread_ticks: z.int().nullable(),
  bid_depth_lots: z.int().nonnegative(),
  ask_depth_lots: z.int().nonnegative(),
});
export type SnapshotInstrument = z.infer<typeof snapshotInstrument>;

/**
 * The admitted facts the decision could know: those of `stream` (`world`: rows of a sealed recording)
 * below `next_offset`, and the `waiting` ones after them, admitted and not yet given their offsets.
 */
const inputBasis = z.strictObject({
  stream: z.enum(['traffic', 'world']),
  next_offset: z.int().nonnegative(),
  waiting: z.int().nonnegative(),
});

export const snapshotRecordedPayloadSchema = z.strictObject({
  snapshot_id: hex64,
  /** sha256 of the canonical JSON of `instruments`. */
  digest: hex64,
  decision_id: z.string(),
  group_id: hex64,
  input_event_id: z.string(),
  /** Null in version 1. */
  input_basis: inputBasis.nullable(),
  instruments: z.array(snapshotInstrument),
});
export type SnapshotRecordedPayload = z.infer<typeof snapshotRecordedPayloadSchema>;

/** How the leg is to be worked, and what containment may try when its group breaks. */
const plan = z.strictObject({
  order_type: z.literal('limit'),
  time_in_force: z.enum(['immediate_or_cancel', 'good_til_cancelled']),
  post_only: z.boolean(),
  rescue_attempts_max: z.int().nonnegative(),
  rescue_cross_spread_ticks: z.int().nonnegative(),
  close_attempts_max: z.int().nonnegative(),
});

/** Raw SVI: w(k) = a + b(ρ(k − m) + √((k − m)² + σ²)) over k = ln(strike / forward). */
const surfaceFit = z.strictObject({
  expiry_us: z.int(),
  /** When it was fitted; it was the last that was found good. */
  fitted_us: z.int(),
  a_float: z.number(),
  b_float: z.number(),
  rho_float: z.number(),
  m_float: z.number(),
  sigma_float: z.number(),
  /** Root mean square error in volatility, fraction. */
  rmse_float: z.number(),
});

export const capsuleRecordedPayloadSchema = z.strictObject({
  /** Revision of the policy it was judged by; null in version 1, whose envelope has it. */
  policy_rev: hex64.nullable(),
  /** Model state: the strategy bundle, and the surface's last good fit for an option's expiry (null: none). */
  bundle_ref: z.string().nullable(),
  surface_fit: surfaceFit.nullable(),
  /** Which rule reckoned the edge, what it reckoned, and the least it had to be. */
  net_edge_version: z.int().positive().nullable(),
  edge_reckoned: edgeSchema.nullable(),
  min_edge_usd_float: float,
  plan: plan.nullable(),
  /** Share of the size that the visible book offers within the limit; null for an order that rests. */
  fill_probability_float: float,
  /** Venue clock as estimated, and how far ahead of the local one it is, µs. */
  venue_us: z.int().nullable(),
  clock_drift_us: z.int().nullable(),
  capsule_id: hex64,
  intent_id: hex64,
  group_id: hex64,
  leg_idx: z.int().nonnegative(),
  strategy_id: z.string(),
  decision_id: z.string(),
  snapshot_id: hex64,
  snapshot_digest: hex64,
  edge: edgeSchema.nullable(),
  group_style: z.enum(['atomic', 'independent']),
  limit_price: decimalSchema,
  fair_price_float: float,
  predicted_slippage_bps_float: float,
  gates_passed: z.array(z.string()),
  mode: z.string(),
  decided_us: z.int(),
  local_us: z.int(),
});
export type CapsuleRecordedPayload = z.infer<typeof capsuleRecordedPayloadSchema>;

const greeks = z.strictObject({
  delta_float: z.number(),
  gamma_float: z.number(),
  theta_float: z.number(),
  vega_float: z.number(),
});

/**
 * Where the worth of the filled amount went between decision and fill, USD. The parts, without the
 * fees, and the residual add up to the total.
 */
const decomposition = z.strictObject({
  total_usd_float: z.number(),
  delta_usd_float: z.number(),
  gamma_usd_float: z.number(),
  theta_usd_float: z.number(),
  vega_usd_float: z.number(),
  /** Negative when paid. */
  fees_usd_float: float,
  residual_usd_float: z.number(),
  /** At the decision, of one coin, as the venue states them: USD per USD, per USD², per day, per 1 %. */
  greeks,
  /** Of the filled amount, signed: delta in USD, gamma in USD of delta per 1 % of spot, theta in USD per day, vega in USD per 1 %. */
  greeks_normalised: greeks,
});

export const attributionRecordedPayloadSchema = z.strictObject({
  /** Null: the market at the decision is not known (version 1, or decided before a restart). */
  decomposition: decomposition.nullable(),
  /** What predictions of slippage were to be multiplied with, as fills had taught until then. */
  realism_penalty_float: float,
  trade_id: z.string(),
  order_id: z.string(),
  intent_id: hex64,
  capsule_id: hex64.nullable(),
  group_id: hex64,
  strategy_id: z.string(),
  instrument: z.string(),
  side,
  mode: z.enum(['live', 'paper', 'shadow']),
  amount: decimalSchema,
  limit_price: decimalSchema,
  fill_price: decimalSchema,
  fair_price_float: float,
  /** Positive: worse than. */
  slippage_fair_bps_float: float,
  slippage_limit_bps_float: float,
  predicted_slippage_bps_float: float,
  /** Against the touch at the decision, as predictions are; null in versions 1 and 2. */
  slippage_touch_bps_float: float,
  fee: decimalSchema,
  fee_currency: z.string(),
  fee_usd_float: float,
  gross_edge_usd_float: float,
  net_edge_usd_float: float,
  liquidity: z.enum(['maker', 'taker']),
  decided_us: z.int().nullable(),
  /** Null: sent by an earlier process, so the send time of this one is unknown. */
  sent_us: z.int().nullable(),
  venue_us: z.int(),
  received_us: z.int(),
  round_trip_us: z.int().nullable(),
});
export type AttributionRecordedPayload = z.infer<typeof attributionRecordedPayloadSchema>;

/** Opportunity cost, one row a horizon: the market after an OPEN that did not trade. */
export const markoutRecordedPayloadSchema = z.strictObject({
  intent_id: hex64,
  group_id: hex64,
  decision_id: z.string(),
  strategy_id: z.string(),
  instrument: z.string(),
  side,
  /** `refused` by a gate, or sent and not filled to the end. */
  missed: z.enum(['refused', 'unfilled']),
  /** Reject code, or the state the order ended in. */
  cause: z.string(),
  missed_us: z.int(),
  horizon_ms: z.int().positive(),
  /** What did not trade, and how much of it the simulator would have filled within the limit. */
  amount: decimalSchema,
  simulated_amount: decimalSchema,
  /** Simulated average price, worsened by the realism penalty; the limit where nothing was there to take. */
  price_float: z.number(),
  /** Null: no mark was known then. */
  mark_price_float: float,
  /** Positive: the market went the way of the trade. */
  markout_bps_float: float,
  /** Of the simulated amount, after fees; null when a price it needs is not known. */
  opportunity_usd_float: float,
});
export type MarkoutRecordedPayload = z.infer<typeof markoutRecordedPayloadSchema>;

/** Version 1 did not say these; unknown is null. */
const capsuleTo2: Upcaster = (payload) => ({
  ...payload,
  policy_rev: null,
  bundle_ref: null,
  surface_fit: null,
  net_edge_version: null,
  edge_reckoned: null,
  min_edge_usd_float: null,
  plan: null,
  fill_probability_float: null,
  venue_us: null,
  clock_drift_us: null,
});

/** Version 2 had room for a fit and no fit to put there. */
const capsuleTo3: Upcaster = (payload) => ({ ...payload, surface_fit: null });

const attributionTo2: Upcaster = (payload) => ({
  ...payload,
  decomposition: null,
  realism_penalty_float: null,
});

const attributionTo3: Upcaster = (payload) => ({ ...payload, slippage_touch_bps_float: null });

const snapshotTo2: Upcaster = (payload) => ({ ...payload, input_basis: null });

export const evidenceFacts = {
  'snapshot.recorded': {
    version: 2,
    upcasters: [snapshotTo2],
    schema: snapshotRecordedPayloadSchema,
    about: 'The market as it stood when the decision was made.',
  },
  'capsule.recorded': {
    version: 3,
    upcasters: [capsuleTo2, capsuleTo3],
    schema: capsuleRecordedPayloadSchema,
    about: 'What was known, decided and intended for one leg, before its dispatch.',
  },
  'attribution.recorded': {
    version: 3,
    upcasters: [attributionTo2, attributionTo3],
    schema: attributionRecordedPayloadSchema,
    about: 'One fill: expected edge against realised friction.',
  },
  'markout.recorded': {
    version: 1,
    schema: markoutRecordedPayloadSchema,
    about: 'What an OPEN that was refused or not filled would have been worth later.',
  },
} as const satisfies FactSchemaTable;
