/**
 * The truth capsule of one leg: what was known, decided and intended, written before dispatch in
 * the same ledger block as the intent. Pure; keys in canonical order.
 */
import { gridText } from '../../streams/facts/decimal.ts';
import { HoldfastError } from '../../streams/facts/errors.ts';
import { sha256Hex } from '../../streams/facts/hash.ts';
import type { EdgeEstimate, OrderIntent } from '../../streams/facts/intent.ts';
import type {
  CapsuleRecordedPayload,
  OrderIntentPayload,
  SnapshotRecordedPayload,
} from '../../streams/facts/schemas/execution.ts';

export interface CapsuleInput {
  readonly intent: OrderIntent;
  readonly snapshot: SnapshotRecordedPayload;
  readonly groupStyle: 'atomic' | 'independent';
  /** Mark at decision, else the touch; price of the instrument. */
  readonly fairPriceFloat: number | null;
  readonly predictedSlippageBpsFloat: number;
  readonly gatesPassed: readonly string[];
  readonly mode: string;
  /** Domain time of the decision, epoch µs. */
  readonly decidedUs: number;
  /** Local time, epoch µs. */
  readonly localUs: number;
}

/** Edge in the form facts carry it. */
export function edgePayload(edge: EdgeEstimate | null): OrderIntentPayload['edge'] {
  if (edge === null) return null;
  return {
    fee_usd_float: edge.feeUsdFloat,
    gross_usd_float: edge.grossUsdFloat,
    slippage_usd_float: edge.slippageUsdFloat,
  };
}

/** One capsule an intent: its id follows from the intent. */
export function capsuleIdOf(intentId: string): string {
  return sha256Hex(`capsule:${intentId}`);
}

/** Throws INTERNAL when the prediction is not a number: a capsule says nothing it does not know. */
export function truthCapsule(input: CapsuleInput): CapsuleRecordedPayload {
  const { intent, snapshot } = input;
  if (!Number.isFinite(input.predictedSlippageBpsFloat)) {
    throw new HoldfastError('INTERNAL', 'the predicted slippage of a capsule is not a number');
  }
  return {
    capsule_id: capsuleIdOf(intent.intentId),
    decided_us: input.decidedUs,
    decision_id: intent.decisionId,
    edge: edgePayload(intent.edge),
    fair_price_float: input.fairPriceFloat,
    gates_passed: [...input.gatesPassed],
    group_id: intent.groupId,
    group_style: input.groupStyle,
    intent_id: intent.intentId,
    leg_idx: intent.legIdx,
    limit_price: gridText(intent.instrument.price, intent.limitTicks),
    local_us: input.localUs,
    mode: input.mode,
    predicted_slippage_bps_float: input.predictedSlippageBpsFloat,
    snapshot_digest: snapshot.digest,
    snapshot_id: snapshot.snapshot_id,
    strategy_id: intent.strategyId,
  };
}
