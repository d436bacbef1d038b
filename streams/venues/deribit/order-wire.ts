/**
 * The exact bytes of an order. Price and amount are written from integer counts as decimal text,
 * never through a float; only limit orders can be written at all.
 */
import { gridText } from '../../facts/decimal.ts';
import type { OrderIntent } from '../../facts/intent.ts';
import { jsonText } from '../../facts/json-text.ts';
import { usPerMs } from '../../facts/time.ts';

/** The JSON of the parameters of `private/buy` or `private/sell`. */
export function orderParamsJson(order: OrderIntent): string {
  const { instrument } = order;
  // Without the reject flag the venue would move a crossing price instead of refusing it.
  const postOnly = order.postOnly ? ',"post_only":true,"reject_post_only":true' : '';
  const reduceOnly = order.reduceOnly ? ',"reduce_only":true' : '';
  // Rounded down: the venue must never take the order later than we said.
  const validUntilMs = Math.floor(order.validUntilUs / usPerMs);
  return (
    `{"instrument_name":${jsonText(instrument.name)},` +
    `"amount":${gridText(instrument.amount, order.qtyLots)},"type":"limit",` +
    `"price":${gridText(instrument.price, order.limitTicks)},"label":${jsonText(order.label)},` +
    `"time_in_force":"${order.timeInForce}"${postOnly}${reduceOnly},"valid_until":${validUntilMs}}`
  );
}

/** The JSON of the parameters of `private/cancel`. */
export function cancelParamsJson(orderId: string): string {
  return `{"order_id":${JSON.stringify(orderId)}}`;
}
