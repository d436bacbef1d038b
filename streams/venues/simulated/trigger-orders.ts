/**
 * Orders that wait for a price: stop and take-profit, by mark, index or last trade. They stand in
 * no book and cost no margin until they fire; then they end as `triggered` and a new order with a
 * new id takes their place, which may be refused like any other.
 */
import type { Account } from './account.ts';
import { checkDeadline, checkOpen } from './checks.ts';
import type { VenueEngine } from './engine.ts';
import { finish } from './fills.ts';
import type { Market } from './market.ts';
import type { Order, OrderTerms, Trigger } from './order.ts';
import { createOrder, place } from './orders.ts';
import { priceFloat } from './value.ts';
import { refusal, VenueError } from './venue-error.ts';

/** Trigger orders one account may have waiting. */
const triggersMax = 100;

/** The price a trigger looks at; 0 while it is unknown. */
function watchedPrice(market: Market, by: Trigger['by']): number {
  if (by === 'index_price') return market.mark.index;
  if (by === 'mark_price') return market.referencePrice();
  const last = market.lastTrade;
  return last === undefined ? 0 : priceFloat(market.product, last.priceTicks);
}

function isReached(market: Market, side: Order['side'], trigger: Trigger): boolean {
  const price = watchedPrice(market, trigger.by);
  if (price <= 0) return false;
  // A stop waits for the price to get worse, a take for it to get better.
  const upwards = (side === 'buy') === (trigger.kind === 'stop');
  return upwards ? price >= trigger.price : price <= trigger.price;
}

/** Lets an order wait. 11036 when it would fire at once, 11035 beyond the limit. */
export function placeTrigger(
  engine: VenueEngine,
  account: Account,
  market: Market,
  terms: OrderTerms,
  trigger: Trigger,
): Order {
  checkDeadline(engine, terms.validUntilMs);
  checkOpen(market);
  if (isReached(market, terms.side, trigger)) throw refusal(11036);
  let waiting = 0;
  for (const order of account.openOrders.values()) if (order.state === 'untriggered') waiting += 1;
  if (waiting >= triggersMax) throw refusal(11035, triggersMax);
  const order = createOrder(engine, account, market, terms, trigger);
  order.state = 'untriggered';
  watch(engine, order);
  engine.noteOrder(order);
  return order;
}

/** Puts an order among those that wait. */
export function watch(engine: VenueEngine, order: Order): void {
  order.account.openOrders.set(order.id, order);
  order.market.triggers.add(order);
  engine.triggerMarkets.add(order.market);
}

/** Changes an order that waits: its trigger, its limit, its amount. */
export function editTrigger(
  engine: VenueEngine,
  order: Order,
  change: {
    triggerPrice?: number | undefined;
    priceTicks?: number | undefined;
    lots?: number | undefined;
  },
): Order {
  if (order.state !== 'untriggered' || order.trigger === undefined) throw refusal(11044);
  const trigger = { ...order.trigger, price: change.triggerPrice ?? order.trigger.price };
  if (isReached(order.market, order.side, trigger)) throw refusal(11036);
  order.trigger = trigger;
  order.priceTicks = change.priceTicks ?? order.priceTicks;
  order.lots = change.lots ?? order.lots;
  order.replaced = true;
  order.updatedUs = engine.nowUs;
  engine.noteOrder(order);
  return order;
}

/** Fires what has been reached. Called at the end of every operation. */
export function fireTriggers(engine: VenueEngine): void {
  for (const market of engine.triggerMarkets) {
    if (market.state !== 'open') continue;
    for (const order of market.triggers) {
      if (order.trigger !== undefined && isReached(market, order.side, order.trigger))
        fire(engine, order);
    }
    if (market.triggers.size === 0) engine.triggerMarkets.delete(market);
  }
}

function fire(engine: VenueEngine, order: Order): void {
  const { market } = order;
  market.triggers.delete(order);
  finish(order, 'triggered');
  order.updatedUs = engine.nowUs;
  engine.noteOrder(order);
  try {
    place(engine, order.account, market, {
      side: order.side,
      type: order.type,
      lots: order.lots,
      priceTicks: order.priceTicks,
      timeInForce: order.timeInForce,
      postOnly: order.postOnly,
      rejectPostOnly: order.rejectPostOnly,
      reduceOnly: order.reduceOnly,
      mmp: false,
      label: order.label,
      sessionId: order.sessionId,
      triggerOrderId: order.id,
    });
  } catch (error) {
    if (!(error instanceof VenueError)) throw error;
    order.state = 'rejected';
  }
}
