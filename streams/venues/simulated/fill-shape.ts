/** Limits what an incoming order may take at once and in total: how fills come out in unusual shapes. */
import { type Order, remainingLots } from './order.ts';

export interface FillShape {
  /** Trades an incoming order is cut into at least. */
  readonly pieces: number;
  /** Share of an order that may trade at most, if what remains is cancelled anyway. */
  readonly share: number;
}

/** What an order may still take, lots: altogether, and in one trade. */
export interface FillBudget {
  left: number;
  readonly piece: number;
}

/** Without a shape there is no limit. An order that may rest is never cut short: it would cross. */
export function budgetOf(shape: FillShape | undefined, order: Order): FillBudget {
  const all = remainingLots(order);
  if (shape === undefined) return { left: all, piece: all };
  const { minLots } = order.market.product.instrument;
  const whole = (lots: number): number => Math.max(minLots, Math.ceil(lots / minLots) * minLots);
  const cut = order.timeInForce === 'immediate_or_cancel' ? whole(all * shape.share) : all;
  return { left: Math.min(all, cut), piece: whole(Math.min(all, cut) / shape.pieces) };
}
