/**
 * Price-time matching. Guarantees: the best price first, the oldest order first within it, no
 * crossed book afterwards, no trade of an account with itself.
 */
import type { Side } from '../../facts/market.ts';
import { type Account, heldLots } from './account.ts';
import type { VenueEngine } from './engine.ts';
import { budgetOf } from './fill-shape.ts';
import { fill, finish } from './fills.ts';
import type { Market } from './market.ts';
import { type Order, refreshShown, remainingLots, shownLots } from './order.ts';

/** True when `ticks` is at least as good for the other side as `limit` asks. */
export function reaches(side: Side, limitTicks: number, ticks: number): boolean {
  return side === 'buy' ? ticks <= limitTicks : ticks >= limitTicks;
}

/** Lots an incoming order could take at once down to its limit, own orders left out. */
export function takeableLots(market: Market, order: Order): number {
  let lots = 0;
  const limit = order.lots;
  if (market.tape !== undefined) {
    const side = market.tape.sideOf(order.side === 'buy' ? 'sell' : 'buy');
    for (let at = side.prices.length - 1; at >= 0 && lots < limit; at -= 1) {
      const ticks = side.prices[at] ?? 0;
      if (!reaches(order.side, order.priceTicks, ticks)) break;
      lots += side.availableAt(ticks);
    }
    return lots;
  }
  const held = new Map<Account, number>();
  const pairs = new Set<string>();
  const side = market.book.opposite(order.side);
  for (let at = side.prices.length - 1; at >= 0 && lots < limit; at -= 1) {
    const ticks = side.prices[at] ?? 0;
    if (!reaches(order.side, order.priceTicks, ticks)) break;
    for (let maker = side.levels.get(ticks)?.head; maker !== undefined; maker = maker.next) {
      if (maker.account === order.account) continue;
      const pair = maker.links?.ocoRef;
      if (pair !== undefined && pairs.has(pair)) continue;
      if (pair !== undefined) pairs.add(pair);
      lots += offeredLots(maker, held);
    }
  }
  return lots;
}

/** What a maker would trade after those before it have; `held` is what each account holds by then. */
function offeredLots(maker: Order, held: Map<Account, number>): number {
  const before = held.get(maker.account) ?? heldLots(maker.account, maker.market.product);
  const closable = Math.max(0, maker.side === 'buy' ? -before : before);
  const remaining = remainingLots(maker);
  const lots = maker.reduceOnly ? Math.min(remaining, closable) : remaining;
  held.set(maker.account, before + (maker.side === 'buy' ? lots : -lots));
  return lots;
}

/** True when the order would meet a resting order of its own account before it is filled. */
export function meetsOwn(order: Order): boolean {
  const { market } = order;
  const side = market.book.opposite(order.side);
  const wanted = remainingLots(order);
  let lots = 0;
  for (let at = side.prices.length - 1; at >= 0 && lots < wanted; at -= 1) {
    const ticks = side.prices[at] ?? 0;
    if (!reaches(order.side, order.priceTicks, ticks)) return false;
    let hidden = 0;
    for (let maker = side.levels.get(ticks)?.head; maker !== undefined; maker = maker.next) {
      if (maker.account === order.account) return true;
      lots += shownLots(maker);
      hidden += remainingLots(maker) - shownLots(maker);
      if (lots >= wanted) return false;
    }
    // What is hidden trades after everything the level shows.
    lots += hidden;
  }
  return false;
}

/** Takes everything the order may take now. What remains is the caller's to rest or cancel. */
export function takeLiquidity(engine: VenueEngine, order: Order): void {
  if (order.market.tape === undefined) takeFromBook(engine, order);
  else takeFromTape(engine, order);
}

function takeFromBook(engine: VenueEngine, taker: Order): void {
  const { market } = taker;
  const side = market.book.opposite(taker.side);
  const budget = budgetOf(engine.fillShape, taker);
  while (remainingLots(taker) > 0 && budget.left > 0) {
    const level = side.best();
    const maker = level?.head;
    if (level === undefined || maker === undefined) return;
    if (!reaches(taker.side, taker.priceTicks, level.ticks)) return;
    if (maker.account === taker.account) {
      removeResting(engine, maker, 'user_request');
      continue;
    }
    const allowed = reducibleLots(maker);
    if (allowed === 0) {
      removeResting(engine, maker, 'user_request');
      continue;
    }
    const wanted = Math.min(budget.left, budget.piece);
    const lots = Math.min(wanted, shownLots(maker), allowed);
    budget.left -= lots;
    engine.touch(market);
    giveLots(maker, lots, () => fill(engine, market, taker, maker, taker.side, level.ticks, lots));
    closePair(engine, maker);
  }
}

/**
 * A resting order gives `lots` of what it shows, `trade` books them. Filled, it leaves; an iceberg
 * that shows nothing more shows its next part behind everybody at its price, and true is returned.
 */
export function giveLots(maker: Order, lots: number, trade: () => void): boolean {
  const side = maker.market.book.sideOf(maker.side);
  side.reduce(maker, lots);
  if (maker.iceberg !== undefined) maker.iceberg.shownLots -= lots;
  trade();
  const refreshed = maker.state !== 'filled' && maker.iceberg?.shownLots === 0;
  if (maker.state === 'filled' || refreshed) side.remove(maker);
  if (!refreshed) return false;
  refreshShown(maker);
  side.add(maker);
  return true;
}

/** One of a pair traded: the other goes before anybody can trade it too. */
export function closePair(engine: VenueEngine, order: Order): void {
  if (order.links?.ocoRef === undefined || order.links.condition === 'incremental') return;
  if (order.links.condition === 'complete_fill' && order.state !== 'filled') return;
  for (const other of pairOf(order)) removeResting(engine, other, 'oco_other_closed');
}

/** The open orders that an order would cancel. */
export function pairOf(order: Order): Order[] {
  const ref = order.links?.ocoRef;
  if (ref === undefined) return [];
  const open = [...order.account.openOrders.values()];
  return open.filter((other) => other !== order && other.links?.ocoRef === ref);
}

function takeFromTape(engine: VenueEngine, taker: Order): void {
  const { market } = taker;
  const side = market.tape?.sideOf(taker.side === 'buy' ? 'sell' : 'buy');
  if (side === undefined) return;
  const budget = budgetOf(engine.fillShape, taker);
  let at = side.prices.length - 1;
  while (at >= 0 && remainingLots(taker) > 0 && budget.left > 0) {
    const ticks = side.prices[at] ?? 0;
    if (!reaches(taker.side, taker.priceTicks, ticks)) return;
    const lots = Math.min(budget.left, budget.piece, side.availableAt(ticks));
    if (lots === 0) {
      at -= 1;
      continue;
    }
    budget.left -= lots;
    side.take(ticks, lots);
    fill(engine, market, taker, undefined, taker.side, ticks, lots);
  }
}

/** Lots a reduce-only order may still trade; any other order: all of them. */
export function reducibleLots(order: Order): number {
  return order.reduceOnly
    ? Math.min(remainingLots(order), closableLots(order))
    : remainingLots(order);
}

/** Lots of the account's position that an order on this side could close. */
export function closableLots({ account, market, side }: Order): number {
  const held = heldLots(account, market.product);
  return Math.max(0, side === 'buy' ? -held : held);
}

/** Puts the remainder on the book, behind what is there. */
export function rest(engine: VenueEngine, order: Order): void {
  const { market } = order;
  order.state = 'open';
  order.account.openOrders.set(order.id, order);
  refreshShown(order);
  if (order.advanced !== undefined) engine.after.advancedOrders.add(order);
  order.queueAheadLots =
    market.tape === undefined ? 0 : market.displayed(order.side).lotsAt(order.priceTicks);
  market.book.sideOf(order.side).add(order);
  engine.touch(market);
}

/** Takes a resting order off the book and ends it. */
export function removeResting(engine: VenueEngine, order: Order, reason: string): void {
  const { market } = order;
  if (order.state === 'untriggered') market.triggers.delete(order);
  else {
    market.book.sideOf(order.side).remove(order);
    engine.touch(market);
  }
  cancelled(engine, order, reason);
}

/** Ends an order that is not on the book (IOC remainder, FOK that could not fill). */
export function cancelled(engine: VenueEngine, order: Order, reason: string | undefined): void {
  order.cancelReason = reason;
  order.updatedUs = engine.nowUs;
  finish(order, 'cancelled');
  engine.noteOrder(order);
}
