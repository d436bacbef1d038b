/** Orders and own trades as the wire shows them. */
import type { Account } from './account.ts';
import type { VenueEngine } from './engine.ts';
import type { Order } from './order.ts';
import { moneyPerUnit } from './product.ts';
import type { UserTrade } from './trade.ts';
import { amountFloat, priceFloat } from './value.ts';
import { averagePrice, contractsOf, rounded } from './wire-figures.ts';

/** A market order that waits has no price yet: the venue says so in words. */
function isMarketTrigger(order: Order): boolean {
  return order.trigger !== undefined && order.type === 'market';
}

function triggerFields(order: Order): Record<string, unknown> {
  const { trigger, triggerOrderId } = order;
  if (trigger === undefined) return { trigger_order_id: triggerOrderId };
  return {
    trigger: trigger.by,
    trigger_price: trigger.price,
    trigger_offset: trigger.offset,
    trigger_reference_price: trigger.reference,
    triggered: order.state === 'triggered',
  };
}

function orderType({ trigger, type }: Order): string {
  if (trigger === undefined) return type;
  return trigger.kind === 'trailing' ? 'trailing_stop' : `${trigger.kind}_${type}`;
}

/** What only some orders have: links, a hidden part, a price in another unit, a quote. */
function specialFields(order: Order): Record<string, unknown> {
  const { links, iceberg, advanced, quote } = order;
  const amount = (lots: number): number => amountFloat(order.market.product, lots);
  return {
    oto_order_ids: links?.secondaryIds,
    is_primary_otoco: links?.secondaryIds?.length === 2 ? true : undefined,
    primary_order_id: links?.primaryId,
    is_secondary_oto: links?.primaryId === undefined ? undefined : true,
    oco_ref: links?.ocoRef,
    display_amount: iceberg === undefined ? undefined : amount(iceberg.shownLots),
    refresh_amount: iceberg === undefined ? undefined : amount(iceberg.displayLots),
    advanced: advanced?.unit,
    ...(advanced === undefined ? {} : { [advanced.unit]: advanced.value }),
    auto_replaced: advanced?.moved,
    quote: quote === undefined ? undefined : true,
    mmp_group: quote?.group,
    quote_set_id: quote?.quoteSetId,
    quote_id: quote?.quoteId,
    mmp_cancelled: order.cancelReason === 'mmp_trigger' ? true : undefined,
  };
}

export function orderRow(order: Order): Record<string, unknown> {
  const { product } = order.market;
  return {
    web: false,
    user_id: order.account.userId,
    time_in_force: order.timeInForce,
    risk_reducing: false,
    replaced: order.replaced,
    reject_post_only: order.rejectPostOnly,
    reduce_only: order.reduceOnly,
    price: isMarketTrigger(order) ? 'market_price' : priceFloat(product, order.priceTicks),
    post_only: order.postOnly,
    order_type: orderType(order),
    ...triggerFields(order),
    ...specialFields(order),
    original_order_type: order.originalType,
    order_state: order.state,
    order_id: order.id,
    mmp: order.mmp,
    last_update_timestamp: Math.floor(order.updatedUs / 1_000),
    label: order.label,
    is_liquidation: order.liquidation,
    instrument_name: product.name,
    filled_amount: amountFloat(product, order.filledLots),
    direction: order.side,
    creation_timestamp: Math.floor(order.createdUs / 1_000),
    contracts: contractsOf(product, order.lots),
    cancel_reason: order.cancelReason,
    average_price: averagePrice(product, order.filledLots, order.filledWorth),
    api: true,
    amount: amountFloat(product, order.lots),
  };
}

export function userTradeRow(
  engine: VenueEngine,
  account: Account,
  item: UserTrade,
): Record<string, unknown> {
  const { trade } = item;
  const { product } = engine.marketAt(item.productIndex);
  return {
    trade_seq: trade.seq,
    trade_id: trade.id,
    timestamp: Math.floor(trade.tsUs / 1_000),
    tick_direction: trade.tickDirection,
    state: item.orderState,
    self_trade: false,
    risk_reducing: false,
    reduce_only: item.reduceOnly,
    profit_loss: item.profit / moneyPerUnit,
    price: priceFloat(product, trade.priceTicks),
    post_only: item.postOnly,
    order_type: item.orderType,
    order_id: item.orderId,
    mmp: false,
    matching_id: null,
    mark_price: trade.mark === null ? undefined : rounded(trade.mark),
    liquidation: trade.liquidation,
    liquidity: item.liquidity === 'maker' ? 'M' : 'T',
    label: item.label === '' ? undefined : item.label,
    iv: trade.iv,
    instrument_name: product.name,
    index_price: trade.index === null ? undefined : rounded(trade.index),
    fee_currency: product.currency,
    fee: item.fee / moneyPerUnit,
    direction: item.side,
    contracts: contractsOf(product, trade.lots),
    api: true,
    amount: amountFloat(product, trade.lots),
    user_id: account.userId,
  };
}
