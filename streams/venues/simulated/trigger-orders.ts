/**
 * Orders that wait for a price: stop, trailing stop and take-profit, by mark, index or last trade. They stand in
 * no book and cost no margin until they fire; then they end as `triggered` and a new order with a
 * new id takes their place, which may be refused like any other.
 */
import type { Account } from './account.ts';
import { checkDeadline, checkOpen } from './checks.ts';
import type { VenueEngine } from './engine.ts';
import { finish } from './fills.ts';
import type { Market } from './market.ts';
import { createOrder, termsLike } from './new-order.ts';
import type { Order, OrderTerms, Trigger } from './order.ts';
import { place } from './orders.ts';
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
  const upwards = (side === 'buy') === (trigger.kind !== 'take');
  return upwards ? price >= trigger.price : price <= trigger.price;
}

/** Where a trailing stop stands behind `best`. */
function trailing(side: Order['side'], best: number, offset: number): number {
  return side === 'sell' ? best - offset : best + offset;
}

/** A trailing stop begins at the price it follows; 11036 while that is unknown. */
function begun(market: Market, side: Order['side'], trigger: Trigger): Trigger {
  if (trigger.offset === undefined) return trigger;
  const reference = watchedPrice(market, trigger.by);
  if (reference <= 0) throw refusal(11036);
  return { ...trigger, reference, price: trailing(side, reference, trigger.offset) };
}

/** A trailing stop follows the price while it gets better, and stays where it is otherwise. */
function follow(order: Order): void {
  const { trigger, market, side } = order;
  if (trigger?.offset === undefined) return;
  const best = watchedPrice(market, trigger.by);
  if (best <= 0) return;
  const price = trailing(side, best, trigger.offset);
  const better = side === 'sell' ? price > trigger.price : price < trigger.price;
  if (better) order.trigger = { ...trigger, price };
}

/** Lets an order wait. 11036 when it would fire at once, 11035 beyond the limit. */
export function placeTrigger(
  engine: VenueEngine,
  account: Account,
  market: Market,
  terms: OrderTerms,
  trigger: Trigger,
): Order {
  const order = prepareTrigger(engine, account, market, terms, trigger);
  if (isReached(market, order.side, order.trigger ?? trigger)) throw refusal(11036);
  watch(engine, order);
  engine.noteOrder(order);
  return order;
}

/** An order that may wait, standing nowhere yet. */
export function prepareTrigger(
  engine: VenueEngine,
  account: Account,
  market: Market,
  terms: OrderTerms,
  trigger: Trigger,
): Order {
  checkDeadline(engine, terms.validUntilMs);
  checkOpen(market);
  let waiting = 0;
  for (const order of account.openOrders.values()) if (order.state === 'untriggered') waiting += 1;
  if (waiting >= triggersMax) throw refusal(11035, triggersMax);
  const order = createOrder(engine, account, market, terms, begun(market, terms.side, trigger));
  order.state = 'untriggered';
  return order;
}

/** Puts an order among those that wait: for a price, or for the order that triggers it. */
export function watch(engine: VenueEngine, order: Order): void {
  order.account.openOrders.set(order.id, order);
  if (order.links?.primaryId !== undefined) return;
  order.market.triggers.add(order);
  engine.after.triggerMarkets.add(order.market);
}

export interface TriggerEdit {
  readonly triggerPrice?: number | undefined;
  readonly triggerOffset?: number | undefined;
  readonly priceTicks?: number | undefined;
  readonly lots?: number | undefined;
  readonly validUntilMs?: number | undefined;
}

function editedTrigger(order: Order, trigger: Trigger, change: TriggerEdit): Trigger {
  const edited =
    trigger.offset === undefined
      ? { ...trigger, price: change.triggerPrice ?? trigger.price }
      : begun(order.market, order.side, {
          ...trigger,
          offset: change.triggerOffset ?? trigger.offset,
        });
  if (isReached(order.market, order.side, edited)) throw refusal(11036);
  return edited;
}

/** Changes an order that waits: its trigger, its limit, its amount. */
export function editTrigger(engine: VenueEngine, order: Order, change: TriggerEdit): Order {
  if (order.state !== 'untriggered') throw refusal(11044);
  checkDeadline(engine, change.validUntilMs);
  if (order.trigger !== undefined) order.trigger = editedTrigger(order, order.trigger, change);
  order.priceTicks = change.priceTicks ?? order.priceTicks;
  order.lots = change.lots ?? order.lots;
  order.replaced = true;
  order.updatedUs = engine.nowUs;
  engine.noteOrder(order);
  return order;
}

/** Fires what has been reached. Called at the end of every operation. */
export function fireTriggers(engine: VenueEngine): void {
  for (const market of engine.after.triggerMarkets) {
    if (market.state !== 'open') continue;
    for (const order of market.triggers) {
      follow(order);
      if (order.trigger !== undefined && isReached(market, order.side, order.trigger))
        fire(engine, order);
    }
    if (market.triggers.size === 0) engine.after.triggerMarkets.delete(market);
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
      ...termsLike(order),
      mmp: false,
      triggerOrderId: order.id,
      links: order.links,
    });
  } catch (error) {
    if (!(error instanceof VenueError)) throw error;
    order.state = 'rejected';
    engine.noteOrder(order);
  }
}
