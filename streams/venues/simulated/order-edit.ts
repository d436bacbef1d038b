/** Changing an open order. Its turn is kept only when the amount falls and the price stays. */
import { checkBand, checkDeadline, checkFunds, checkOpen } from './checks.ts';
import type { VenueEngine } from './engine.ts';
import { closableLots, meetsOwn } from './matching.ts';
import { postOnlyTicks } from './new-order.ts';
import { type Advanced, type Order, shownLots } from './order.ts';
import { enter } from './orders.ts';
import { refusal } from './venue-error.ts';

export interface OrderEdit {
  /** New total, the filled part included. */
  readonly lots?: number | undefined;
  readonly priceTicks?: number | undefined;
  readonly postOnly?: boolean | undefined;
  readonly rejectPostOnly?: boolean | undefined;
  readonly reduceOnly?: boolean | undefined;
  readonly validUntilMs?: number | undefined;
  /** Lots an iceberg shows at a time; refused with 10036 for an order that is none. */
  readonly displayLots?: number | undefined;
  readonly advanced?: Advanced | undefined;
  readonly mmp?: boolean | undefined;
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
  if (change.displayLots !== undefined && order.iceberg === undefined) throw refusal(10036);
  if (ticks === order.priceTicks && lots <= order.lots && change.displayLots === undefined) {
    shrink(order, lots);
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
  if (change.displayLots !== undefined)
    order.iceberg = { displayLots: change.displayLots, shownLots: change.displayLots };
  applyFlags(engine, order, change);
  enter(engine, order);
  return order;
}

/** The total falls where the order stands; what an iceberg hides goes first. */
function shrink(order: Order, lots: number): void {
  const shown = shownLots(order);
  const next = Math.min(shown, lots - order.filledLots);
  order.market.book.sideOf(order.side).reduce(order, shown - next);
  order.lots = lots;
  if (order.iceberg !== undefined) order.iceberg.shownLots = next;
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
  order.mmp = change.mmp ?? order.mmp;
  order.advanced = change.advanced ?? order.advanced;
  order.replaced = true;
  order.updatedUs = engine.nowUs;
  engine.noteOrder(order);
}
