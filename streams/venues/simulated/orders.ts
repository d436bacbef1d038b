/**
 * The order verbs: place, edit, cancel, close. Each is one decision with one result; a refusal is a
 * thrown `VenueError` and leaves nothing behind. Must be called inside `engine.run`.
 */
import { type Account, heldLots } from './account.ts';
import { checkBand, checkDeadline, checkFunds, checkOpen } from './checks.ts';
import type { VenueEngine } from './engine.ts';
import type { Market } from './market.ts';
import {
  cancelled,
  meetsOwn,
  reducibleLots,
  removeResting,
  rest,
  takeableLots,
  takeLiquidity,
} from './matching.ts';
import { usableMmp } from './mmp-state.ts';
import { createOrder } from './new-order.ts';
import { type Order, type OrderTerms, remainingLots } from './order.ts';
import { refusal } from './venue-error.ts';

/** Open orders one account may have: more is 10047-like abuse and would grow without end. */
export const openOrdersLimit = 5_000;

export function place(
  engine: VenueEngine,
  account: Account,
  market: Market,
  terms: OrderTerms,
): Order {
  return admit(engine, prepare(engine, account, market, terms));
}

/** An order that may enter the book, standing nowhere yet; whatever is wrong with it is thrown here. */
export function prepare(
  engine: VenueEngine,
  account: Account,
  market: Market,
  terms: OrderTerms,
): Order {
  checkDeadline(engine, terms.validUntilMs);
  checkOpen(market);
  if (account.openOrders.size >= openOrdersLimit) throw refusal(10047);
  if (terms.postOnly && terms.timeInForce !== 'good_til_cancelled') throw refusal(11055);
  if (terms.postOnly && terms.type !== 'limit') throw refusal(11055);
  if (terms.mmp && !account.house) usableMmp(engine, account, market, terms.quote?.group ?? '');
  const order = createOrder(engine, account, market, terms);
  if (!account.house) {
    if (order.liquidation) clampReduceOnly(order);
    else checkCustomer(engine, order);
  }
  return order;
}

/** A prepared order meets the book. */
export function admit(engine: VenueEngine, order: Order): Order {
  engine.orderCount += 1;
  enter(engine, order);
  return order;
}

function checkCustomer(engine: VenueEngine, order: Order): void {
  const { account, market, side } = order;
  checkBand(market, side, order.priceTicks);
  clampReduceOnly(order);
  checkFunds(engine, account, market, side, order.lots, order.priceTicks);
  if (account.selfTrading === 'reject_taker' && meetsOwn(order)) throw refusal(10003);
}

/** A reduce-only order is cut to what it can close; when there is nothing to close it is refused. */
function clampReduceOnly(order: Order): void {
  if (!order.reduceOnly) return;
  const lots = reducibleLots(order);
  if (lots <= 0) throw refusal(11030, 'reduce_only_order_would_increase_position');
  order.lots = order.filledLots + lots;
}

/** Matches, then rests or cancels what is left. */
export function enter(engine: VenueEngine, order: Order): void {
  engine.noteOrder(order);
  order.updatedUs = engine.nowUs;
  const whole = order.timeInForce === 'fill_or_kill';
  if (whole && takeableLots(order.market, order) < order.lots) {
    cancelled(engine, order, undefined);
    return;
  }
  takeLiquidity(engine, order);
  if (remainingLots(order) === 0) return;
  if (order.timeInForce === 'immediate_or_cancel' || whole) cancelled(engine, order, undefined);
  else rest(engine, order);
}

/** Cancels an open order; 11044 when it is not open any more. */
export function cancel(engine: VenueEngine, order: Order, reason = 'user_request'): Order {
  if (order.state !== 'open' && order.state !== 'untriggered') throw refusal(11044);
  removeResting(engine, order, reason);
  return order;
}

/** Cancels every open order that matches; returns how many. */
export function cancelWhere(
  engine: VenueEngine,
  account: Account,
  matches: (order: Order) => boolean,
  reason = 'user_request',
): number {
  let count = 0;
  for (const order of account.openOrders.values()) {
    if (!matches(order)) continue;
    removeResting(engine, order, reason);
    count += 1;
  }
  return count;
}

/** The order of that id: 10004 when the venue does not know it, 10029 when it is somebody else's. */
export function ownOrder(engine: VenueEngine, account: Account, orderId: string): Order {
  const order = account.openOrders.get(orderId) ?? account.finishedOrders.get(orderId);
  if (order !== undefined) return order;
  for (const other of engine.accounts) if (other.openOrders.has(orderId)) throw refusal(10029);
  throw refusal(10004);
}

/** Side and lots that flatten the position; 11030 when there is none. */
export function closingTerms(
  account: Account,
  market: Market,
): { side: 'buy' | 'sell'; lots: number } {
  const held = heldLots(account, market.product);
  if (held === 0) throw refusal(11030, 'already_closed');
  return { side: held > 0 ? 'sell' : 'buy', lots: Math.abs(held) };
}
