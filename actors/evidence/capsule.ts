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

/** Throws INTERNAL when the prediction is not a number: a capsule says nothing it does not know. */
export function truthCapsule(input: CapsuleInput): TruthCapsule {
  const { capsuleId, intent, snapshot } = input;
  if (!Number.isFinite(input.predictedSlippageBpsFloat)) {
    throw new HoldfastError('INTERNAL', 'the predicted slippage of a capsule is not a number');
  }
  const text =
    `{"capsule_id":"${capsuleId}","decided_us":${input.decidedUs},` +
    `"decision_id":${jsonText(intent.decisionId)},"edge":${edgeJson(intent.edge)},` +
    `"fair_price_float":${jsonNumber(input.fairPriceFloat)},` +
    `"gates_passed":${input.gatesPassedJson},"group_id":"${intent.groupId}",` +
    `"group_style":"${input.groupStyle}","intent_id":"${intent.intentId}",` +
    `"leg_idx":${intent.legIdx},` +
    `"limit_price":"${gridText(intent.instrument.price, intent.limitTicks)}",` +
    `"local_us":${input.localUs},"mode":"${input.mode}",` +
    `"predicted_slippage_bps_float":${jsonNumber(input.predictedSlippageBpsFloat)},` +
    `"snapshot_digest":"${snapshot.digest}","snapshot_id":"${snapshot.snapshotId}",` +
    `"strategy_id":${jsonText(intent.strategyId)}}`;
  return { capsuleId, decisionId: intent.decisionId, text };
}
