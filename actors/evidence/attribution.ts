/**
 * One row per fill: what was expected against what it cost. Slippage is positive when the fill is
 * worse than its reference. Pure; keys in canonical order.
 */
import { gridFloat, gridText } from '../../streams/facts/decimal.ts';
import { isPricedInCoin } from '../../streams/facts/instrument.ts';
import type { OrderIntent } from '../../streams/facts/intent.ts';
import type { AttributionRecordedPayload } from '../../streams/facts/schemas/evidence.ts';
import type { VenueTrade } from '../../streams/facts/venue-records.ts';
import { type DecisionMark, decompositionOf } from './decision-mark.ts';

const bpsPerUnit = 10_000;

export interface AttributionInput {
  readonly trade: VenueTrade;
  readonly intent: OrderIntent;
  readonly capsuleId: string | null;
  readonly fairPriceFloat: number | null;
  readonly predictedSlippageBpsFloat: number | null;
  /** Opposite best price at the decision. */
  readonly touchPriceFloat: number | null;
  readonly mode: 'live' | 'paper' | 'shadow';
  readonly decidedUs: number | null;
  readonly sentUs: number | null;
  readonly receivedUs: number;
  /** Send to first answer, µs. */
  readonly roundTripUs: number | null;
  /** The market at the decision and when the fill was booked; null: not known. */
  readonly from: DecisionMark | null;
  readonly to: DecisionMark | null;
  readonly realismPenaltyFloat: number;
}

/** Bps a fill is worse than a reference; null without one. */
export function worseBps(
  trade: Pick<VenueTrade, 'side'>,
  fill: number,
  reference: number | null,
): number | null {
  if (reference === null || reference === 0) return null;
  const worse = trade.side === 'buy' ? fill - reference : reference - fill;
  return (worse / reference) * bpsPerUnit;
}

/** USD of one unit of the fee currency; null when unknown. */
function usdPerFeeFloat(trade: VenueTrade): number | null {
  const { row } = trade.instrument;
  return trade.feeCurrency === row.base_currency ? trade.indexFloat : 1;
}

/** What the price gave away or won against fair, USD; null without a fair price. */
function grossEdgeUsd(trade: VenueTrade, fill: number, fair: number | null): number | null {
  const { instrument } = trade;
  if (fair === null || fair === 0) return null;
  const better = trade.side === 'buy' ? fair - fill : fill - fair;
  const amount = gridFloat(instrument.amount, trade.lots);
  if (instrument.amountUnit === 'usd') return (amount * better) / fair;
  if (!isPricedInCoin(instrument)) return amount * better;
  return trade.indexFloat === null ? null : amount * better * trade.indexFloat;
}

export function attributionRow(input: AttributionInput): AttributionRecordedPayload {
  const { trade, intent } = input;
  const { price, amount } = trade.instrument;
  const fill = gridFloat(price, trade.priceTicks);
  const rate = usdPerFeeFloat(trade);
  const feeUsd = rate === null ? null : Number(trade.fee) * rate;
  const gross = grossEdgeUsd(trade, fill, input.fairPriceFloat);
  return {
    amount: gridText(amount, trade.lots),
    capsule_id: input.capsuleId,
    decided_us: input.decidedUs,
    decomposition: decompositionOf(trade, input.from, input.to, feeUsd),
    fair_price_float: input.fairPriceFloat,
    fee: trade.fee,
    fee_currency: trade.feeCurrency,
    fee_usd_float: feeUsd,
    fill_price: gridText(price, trade.priceTicks),
    gross_edge_usd_float: gross,
    group_id: intent.groupId,
    instrument: trade.instrument.name,
    intent_id: intent.intentId,
    limit_price: gridText(price, intent.limitTicks),
    liquidity: trade.liquidity,
    mode: input.mode,
    net_edge_usd_float: gross === null || feeUsd === null ? null : gross - feeUsd,
    order_id: trade.orderId,
    predicted_slippage_bps_float: input.predictedSlippageBpsFloat,
    realism_penalty_float: input.realismPenaltyFloat,
    received_us: input.receivedUs,
    round_trip_us: input.roundTripUs,
    sent_us: input.sentUs,
    side: trade.side,
    slippage_fair_bps_float: worseBps(trade, fill, input.fairPriceFloat),
    slippage_limit_bps_float: worseBps(trade, fill, gridFloat(price, intent.limitTicks)),
    slippage_touch_bps_float: worseBps(trade, fill, input.touchPriceFloat),
    strategy_id: intent.strategyId,
    trade_id: trade.tradeId,
    venue_us: trade.tsUs,
  };
}
