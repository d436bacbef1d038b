/** Building blocks of proposed intents, shared by the built-in strategies. */
import { type Grid, gridFloat, gridText } from '../../../streams/facts/decimal.ts';
import type { Instrument } from '../../../streams/facts/instrument.ts';
import type { Side } from '../../../streams/facts/market.ts';

/** USD value of lots at a price; analytics only. */
export function notionalUsdFloat(instrument: Instrument, lots: number, ticks: number): number {
  const amount = gridFloat(instrument.amount, lots);
  return instrument.amountUnit === 'usd' ? amount : amount * gridFloat(instrument.price, ticks);
}

/** An IOC limit order of exact size and price, leg 0, first attempt. */
export function limitOrder(instrument: Instrument, side: Side, lots: number, ticks: number) {
  return {
    instrument: instrument.name,
    side,
    quantity: gridText(instrument.amount, lots),
    limit_price: gridText(instrument.price, ticks),
    order_type: 'limit',
    time_in_force: 'immediate_or_cancel',
    post_only: false,
    leg_idx: 0,
    attempt: 0,
  };
}

/** Whole lots in a configured amount, rounded down; the epsilon forgives binary spelling (0.3). */
export function wholeLots(grid: Grid, amount: number): number {
  return Math.floor(amount * grid.perUnit + 1e-9);
}
