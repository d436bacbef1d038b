/**
 * The order verbs: place, edit, cancel, close. Each is one decision with one result; a refusal is a
 * thrown `VenueError` and leaves nothing behind. Must be called inside `engine.run`.
 */
import { stepTicksAt } from '../../facts/instrument.ts';
import { type Account, heldLots } from './account.ts';
import { checkBand, checkDeadline, checkFunds, checkOpen, priceBand } from './checks.ts';
import type { VenueEngine } from './engine.ts';
import type { Market } from './market.ts';
import {
  cancelled,
  closableLots,
  meetsOwn,
  reaches,
  reducibleLots,
  removeResting,
  rest,
  takeableLots,
  takeLiquidity,
} from './matching.ts';
import { type Order, type OrderTerms, remainingLots, type Trigger } from './order.ts';
import { refusal } from './venue-error.ts';

/** Open orders one account may have: more is 10047-like abuse and would grow without end. */
export const openOrdersLimit = 5_000;

export function place(
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
  const order = createOrder(engine, account, market, terms);
  if (!account.house) {
    if (order.liquidation) clampReduceOnly(order);
    else checkCustomer(engine, order);
  }
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

/** An order with its id, standing nowhere yet. */
export function createOrder(
  engine: VenueEngine,
  account: Account,
  market: Market,
  terms: OrderTerms,
  trigger?: Trigger,
): Order {
  const timeInForce = terms.type === 'market' ? 'immediate_or_cancel' : terms.timeInForce;
  const order: Order = {
    id:
      trigger === undefined
        ? engine.nextOrderId(market.product)
        : engine.nextTriggerId(market.product, trigger.kind, terms.type),
    account,
    market,
    side: terms.side,
    type: terms.type === 'market' ? 'market' : 'limit',
    originalType: terms.type === 'market_limit' ? 'market_limit' : undefined,
    timeInForce,
    label: terms.label,
    createdUs: engine.nowUs,
    mmp: terms.mmp,
    liquidation: terms.liquidation ?? false,
    triggerOrderId: terms.triggerOrderId,
    trigger,
    sessionId: terms.sessionId,
    lots: terms.lots,
    priceTicks:
      terms.type === 'limit' || trigger !== undefined
        ? terms.priceTicks
        : marketTicks(market, terms),
    postOnly: terms.postOnly,
    rejectPostOnly: terms.rejectPostOnly,
    reduceOnly: terms.reduceOnly,
    filledLots: 0,
    filledWorth: 0,
    state: 'open',
    cancelReason: undefined,
    replaced: false,
    updatedUs: engine.nowUs,
    queueAheadLots: 0,
    next: undefined,
    previous: undefined,
  };
  if (order.postOnly && trigger === undefined) order.priceTicks = postOnlyTicks(order);
  return order;
}

/** A market order is limited by the price band; a market-limit order by the best opposite price. */
function marketTicks(market: Market, terms: OrderTerms): number {
  const opposite = market.bestTicks(terms.side === 'buy' ? 'sell' : 'buy');
  if (terms.type === 'market_limit' && opposite !== undefined) return opposite;
  const band = priceBand(market);
  if (band === undefined) throw refusal(10040);
  const { instrument } = market.product;
  const ticks = Math.max(
    1,
    Math.floor((terms.side === 'buy' ? band[1] : band[0]) * instrument.price.perUnit),
  );
  const step = stepTicksAt(instrument, ticks);
  return terms.side === 'buy' ? ticks - (ticks % step) : ticks - (ticks % step) + step;
}

/** Where a post-only order may stand: moved just inside the spread, or 11054 when asked to reject. */
function postOnlyTicks(order: Order): number {
  const opposite = order.market.bestTicks(order.side === 'buy' ? 'sell' : 'buy');
  if (opposite === undefined || !reaches(order.side, order.priceTicks, opposite))
    return order.priceTicks;
  if (order.rejectPostOnly) throw refusal(11054);
  const { instrument } = order.market.product;
  if (order.side === 'sell') return opposite + stepTicksAt(instrument, opposite + 1);
  const moved = opposite - stepTicksAt(instrument, opposite);
  if (moved <= 0) throw refusal(11054);
  return moved - (moved % stepTicksAt(instrument, moved));
}

/** A reduce-only order is cut to what it can close; when there is nothing to close it is refused. */
function clampReduceOnly(order: Order): void {
  if (!order.reduceOnly) return;
  const lots = reducibleLots(order);
  if (lots <= 0) throw refusal(11030, 'reduce_only_order_would_increase_position');
  order.lots = order.filledLots + lots;
}

/** Matches, then rests or cancels what is left. */
function enter(engine: VenueEngine, order: Order): void {
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

export interface OrderEdit {
  /** New total, the filled part included. */
  readonly lots?: number | undefined;
  readonly priceTicks?: number | undefined;
  readonly postOnly?: boolean | undefined;
  readonly rejectPostOnly?: boolean | undefined;
  readonly reduceOnly?: boolean | undefined;
  readonly validUntilMs?: number | undefined;
}

/** Changes an open order. Its turn is kept only when the amount falls and the price stays. */
export function edit(engine: VenueEngine, order: Order, change: OrderEdit): Order {
  checkDeadline(engine, change.validUntilMs);
  if (order.state !== 'open') throw refusal(11044);
  checkOpen(order.market);
  const lots = editedLots(order, change);
  const ticks = change.priceTicks ?? order.priceTicks;
  if (lots <= order.filledLots) throw refusal(10021);
  const side = order.market.book.sideOf(order.side);
  if (ticks === order.priceTicks && lots <= order.lots) {
    side.reduce(order, order.lots - lots);
    order.lots = lots;
    engine.touch(order.market);
    applyFlags(engine, order, change);
    return order;
  }
  if (!order.account.house) {
    checkBand(order.market, order.side, ticks);
    const more = ticks === order.priceTicks ? lots - order.lots : lots - order.filledLots;
    checkFunds(engine, order.account, order.market, order.side, Math.max(0, more), ticks);
  }
  const wanted = {
    ...order,
    lots,
    priceTicks: ticks,
    rejectPostOnly: change.rejectPostOnly ?? order.rejectPostOnly,
  };
  if (order.account.selfTrading === 'reject_taker' && meetsOwn(wanted)) throw refusal(10003);
  const standing = (change.postOnly ?? order.postOnly) ? postOnlyTicks(wanted) : ticks;
  side.remove(order);
  engine.touch(order.market);
  order.lots = lots;
  order.priceTicks = standing;
  applyFlags(engine, order, change);
  enter(engine, order);
  return order;
}

/** The new total: a reduce-only order is cut to what it can close, or refused, as when it is placed. */
function editedLots(order: Order, change: OrderEdit): number {
  const lots = change.lots ?? order.lots;
  if (!(change.reduceOnly ?? order.reduceOnly) || order.account.house) return lots;
  const closable = closableLots(order);
  if (closable === 0) throw refusal(11030, 'reduce_only_order_would_increase_position');
  return Math.min(lots, order.filledLots + closable);
}

function applyFlags(engine: VenueEngine, order: Order, change: OrderEdit): void {
  order.postOnly = change.postOnly ?? order.postOnly;
  order.rejectPostOnly = change.rejectPostOnly ?? order.rejectPostOnly;
  order.reduceOnly = change.reduceOnly ?? order.reduceOnly;
  order.replaced = true;
  order.updatedUs = engine.nowUs;
  engine.noteOrder(order);
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
