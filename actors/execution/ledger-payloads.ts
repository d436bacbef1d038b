/**
 * Ledger payloads and their way back at replay. What is written with every order is canonical text
 * made by hand (tests prove it equal to the general form); the rest is objects with keys in order.
 */

import type { AdoptedBy } from '../../streams/facts/adoption.ts';
import { gridCountOfText, gridText } from '../../streams/facts/decimal.ts';
import type { Instrument } from '../../streams/facts/instrument.ts';
import type { EdgeEstimate, OrderIntent } from '../../streams/facts/intent.ts';
import { jsonNumber, jsonText, jsonTextOrNull } from '../../streams/facts/json-text.ts';
import type { AttributionRecordedPayload } from '../../streams/facts/schemas/evidence.ts';
import type {
  FillRecordedPayload,
  OrderIntentPayload,
  OrderTransitionPayload,
} from '../../streams/facts/schemas/execution.ts';
import type { PositionDeliveredPayload } from '../../streams/facts/schemas/position.ts';
import type { VenueDelivery, VenueTrade } from '../../streams/facts/venue-records.ts';
import { edgeJson } from '../evidence/index.ts';
import type { OrderRecord } from './order-record.ts';

/** The payload of `order.intent` as canonical JSON. */
export function intentJson({ intent, expectation, groupLegs, groupStyle }: OrderRecord): string {
  const { instrument } = intent;
  const quantity = `"${gridText(instrument.amount, intent.qtyLots)}"`;
  const usd = instrument.amountUnit === 'usd';
  let reasons = '';
  for (const code of intent.reasonCodes) reasons += `${reasons === '' ? '' : ','}${jsonText(code)}`;
  return (
    `{"attempt":${intent.attempt},"capsule_id":${jsonTextOrNull(expectation.capsuleId)},` +
    `"class":"${intent.class}","decision_id":${jsonText(intent.decisionId)},` +
    `"edge":${edgeJson(intent.edge)},"group_id":"${intent.groupId}",` +
    `"group_legs":${groupLegs},"group_style":"${groupStyle}",` +
    `"instrument":${jsonText(instrument.name)},` +
    `"instrument_revision":"${instrument.revision}","intent_id":"${intent.intentId}",` +
    `"label":${jsonText(intent.label)},"leg_idx":${intent.legIdx},` +
    `"limit_price":"${gridText(instrument.price, intent.limitTicks)}",` +
    `"post_only":${intent.postOnly},"qty_coin":${usd ? 'null' : quantity},` +
    `"qty_usd":${usd ? quantity : 'null'},"reason_codes":[${reasons}],` +
    `"reduce_only":${intent.reduceOnly},"side":"${intent.side}",` +
    `"strategy_id":${jsonText(intent.strategyId)},"time_in_force":"${intent.timeInForce}",` +
    `"valid_until_us":${intent.validUntilUs}}`
  );
}

/** The payload of `order.transition` as canonical JSON. */
export function transitionJson(payload: OrderTransitionPayload): string {
  return (
    `{"anomaly":${jsonTextOrNull(payload.anomaly)},"cause":${jsonTextOrNull(payload.cause)},` +
    `"event":"${payload.event}","evidence_id":${jsonTextOrNull(payload.evidence_id)},` +
    `"from":"${payload.from}","intent_id":"${payload.intent_id}",` +
    `"reported_lots":${jsonNumber(payload.reported_lots)},"sequence":${payload.sequence},` +
    `"to":"${payload.to}","venue_order_id":${jsonTextOrNull(payload.venue_order_id)}}`
  );
}

function edgeOf(edge: OrderIntentPayload['edge']): EdgeEstimate | null {
  if (edge === null) return null;
  return {
    grossUsdFloat: edge.gross_usd_float,
    feeUsdFloat: edge.fee_usd_float,
    slippageUsdFloat: edge.slippage_usd_float,
  };
}

/** The intent as it was, on the instrument revision it was made for. */
export function intentOfPayload(
  payload: OrderIntentPayload,
  instrument: Instrument,
  traceId: string,
): OrderIntent {
  const quantity = payload.qty_coin ?? payload.qty_usd ?? '0';
  return {
    intentId: payload.intent_id,
    groupId: payload.group_id,
    legIdx: payload.leg_idx,
    attempt: payload.attempt,
    strategyId: payload.strategy_id,
    decisionId: payload.decision_id,
    class: payload.class,
    instrument,
    side: payload.side,
    qtyLots: gridCountOfText(instrument.amount, quantity, 'exact'),
    limitTicks: gridCountOfText(instrument.price, payload.limit_price, 'exact'),
    timeInForce: payload.time_in_force,
    postOnly: payload.post_only,
    reduceOnly: payload.reduce_only,
    validUntilUs: payload.valid_until_us,
    label: payload.label,
    edge: edgeOf(payload.edge),
    reasonCodes: payload.reason_codes,
    traceId,
  };
}

export function deliveryPayload(
  delivery: VenueDelivery,
  lotsBefore: number,
  owner: { readonly venue: string; readonly account: string },
): PositionDeliveredPayload {
  const { instrument } = delivery;
  return {
    account: owner.account,
    amount: gridText(instrument.amount, delivery.signedLots),
    amount_before: gridText(instrument.amount, lotsBefore),
    delivery_id: delivery.deliveryId,
    index_price_float: delivery.indexFloat,
    instrument: instrument.name,
    instrument_revision: instrument.revision,
    mark_price_float: delivery.markFloat,
    settlement_currency: instrument.row.settlement_currency,
    venue: owner.venue,
    venue_profit_float: delivery.profitFloat,
  };
}

/** A trade of ours, whose it is, and what it cost; undefined when no intent of ours is behind it. */
export interface AttributedFill {
  readonly trade: VenueTrade;
  readonly order: OrderRecord | undefined;
  readonly attribution: AttributionRecordedPayload | undefined;
  /** An operator took over the order it belongs to: then it has neither intent nor attribution. */
  readonly adoptedBy: AdoptedBy | undefined;
}

export function fillPayload(
  trade: VenueTrade,
  intentId: string | null,
  owner: { readonly venue: string; readonly account: string },
): FillRecordedPayload {
  const { instrument } = trade;
  return {
    account: owner.account,
    amount: gridText(instrument.amount, trade.lots),
    fee: trade.fee,
    fee_currency: trade.feeCurrency,
    index_price_float: trade.indexFloat,
    instrument: instrument.name,
    instrument_revision: instrument.revision,
    intent_id: intentId,
    liquidity: trade.liquidity,
    mark_price_float: trade.markFloat,
    order_id: trade.orderId,
    price: gridText(instrument.price, trade.priceTicks),
    side: trade.side,
    trade_id: trade.tradeId,
    trade_seq: trade.tradeSeq,
    venue: owner.venue,
  };
}

/** The row with keys in order, bands included. */
export function sortedRow(instrument: Instrument): object {
  const { row } = instrument;
  const sorted = Object.fromEntries(Object.entries(row).sort(([a], [b]) => (a < b ? -1 : 1)));
  // Band rows are written `above_price`, `tick_size`: in order already by their schema.
  return {
    ...sorted,
    tick_bands: row.tick_bands.map(({ above_price, tick_size }) => ({ above_price, tick_size })),
  };
}
