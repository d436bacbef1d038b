/**
 * The truth capsule of one leg: what was known, decided and intended, written before dispatch in
 * the same ledger block as the intent. Pure; the canonical text is written by hand, because this
 * runs between a decision and its dispatch (a test proves it equal to the general form).
 */
import { gridText } from '../../streams/facts/decimal.ts';
import { HoldfastError } from '../../streams/facts/errors.ts';
import { sha256Hex } from '../../streams/facts/hash.ts';
import type { EdgeEstimate, OrderIntent } from '../../streams/facts/intent.ts';
import { jsonNumber, jsonText } from '../../streams/facts/json-text.ts';
import type { DecisionSnapshot } from './snapshot.ts';

export interface CapsuleInput {
  readonly capsuleId: string;
  readonly intent: OrderIntent;
  readonly snapshot: Pick<DecisionSnapshot, 'digest' | 'snapshotId'>;
  readonly groupStyle: 'atomic' | 'independent';
  /** Mark at decision, else the touch; price of the instrument. */
  readonly fairPriceFloat: number | null;
  readonly predictedSlippageBpsFloat: number;
  /** The names of the gates as a JSON list. */
  readonly gatesPassedJson: string;
  /** The edge as the house reckons it, by which rule, and the least it had to be; null: none was asked. */
  readonly edgeReckoned: EdgeEstimate | null;
  readonly netEdgeVersion: number;
  readonly minEdgeUsdFloat: number | null;
  /** 0…1; null: the order rests. */
  readonly fillProbabilityFloat: number | null;
  readonly limits: {
    readonly rescueAttemptsMax: number;
    readonly rescueCrossSpreadTicks: number;
    readonly closeAttemptsMax: number;
  };
  readonly bundleRef: string;
  /** The fit of the option's expiry as canonical JSON; null: there is none. */
  readonly surfaceFitJson: string | null;
  readonly policyRev: string;
  /** Venue clock − local clock, µs. */
  readonly clockDriftUs: number;
  readonly mode: string;
  /** Domain time of the decision, epoch µs. */
  readonly decidedUs: number;
  /** Local time, epoch µs. */
  readonly localUs: number;
}

/** A capsule as the ledger takes it. */
export interface TruthCapsule {
  readonly capsuleId: string;
  readonly decisionId: string;
  /** The payload as canonical JSON. */
  readonly text: string;
}

/** Edge in the form facts carry it, as canonical JSON. */
export function edgeJson(edge: EdgeEstimate | null): string {
  if (edge === null) return 'null';
  return (
    `{"fee_usd_float":${jsonNumber(edge.feeUsdFloat)},` +
    `"gross_usd_float":${jsonNumber(edge.grossUsdFloat)},` +
    `"slippage_usd_float":${jsonNumber(edge.slippageUsdFloat)}}`
  );
}

/** One capsule an intent: its id follows from the intent. */
export function capsuleIdOf(intentId: string): string {
  return sha256Hex(`capsule:${intentId}`);
}

function planJson({ intent, limits }: CapsuleInput): string {
  return (
    `{"close_attempts_max":${limits.closeAttemptsMax},"order_type":"limit",` +
    `"post_only":${intent.postOnly},"rescue_attempts_max":${limits.rescueAttemptsMax},` +
    `"rescue_cross_spread_ticks":${limits.rescueCrossSpreadTicks},` +
    `"time_in_force":"${intent.timeInForce}"}`
  );
}

/** Throws INTERNAL when the prediction is not a number: a capsule says nothing it does not know. */
export function truthCapsule(input: CapsuleInput): TruthCapsule {
  const { capsuleId, intent, snapshot } = input;
  if (!Number.isFinite(input.predictedSlippageBpsFloat)) {
    throw new HoldfastError('INTERNAL', 'the predicted slippage of a capsule is not a number');
  }
  const text =
    `{"bundle_ref":${jsonText(input.bundleRef)},"capsule_id":"${capsuleId}",` +
    `"clock_drift_us":${input.clockDriftUs},"decided_us":${input.decidedUs},` +
    `"decision_id":${jsonText(intent.decisionId)},"edge":${edgeJson(intent.edge)},` +
    `"edge_reckoned":${edgeJson(input.edgeReckoned)},` +
    `"fair_price_float":${jsonNumber(input.fairPriceFloat)},` +
    `"fill_probability_float":${jsonNumber(input.fillProbabilityFloat)},` +
    `"gates_passed":${input.gatesPassedJson},"group_id":"${intent.groupId}",` +
    `"group_style":"${input.groupStyle}","intent_id":"${intent.intentId}",` +
    `"leg_idx":${intent.legIdx},` +
    `"limit_price":"${gridText(intent.instrument.price, intent.limitTicks)}",` +
    `"local_us":${input.localUs},"min_edge_usd_float":${jsonNumber(input.minEdgeUsdFloat)},` +
    `"mode":"${input.mode}","net_edge_version":${input.netEdgeVersion},` +
    `"plan":${planJson(input)},"policy_rev":"${input.policyRev}",` +
    `"predicted_slippage_bps_float":${jsonNumber(input.predictedSlippageBpsFloat)},` +
    `"snapshot_digest":"${snapshot.digest}","snapshot_id":"${snapshot.snapshotId}",` +
    `"strategy_id":${jsonText(intent.strategyId)},"surface_fit":${input.surfaceFitJson},` +
    `"venue_us":${input.localUs + input.clockDriftUs}}`;
  return { capsuleId, decisionId: intent.decisionId, text };
}
