/**
 * Option orders whose limit is in USD or in percent of volatility: their price in coin follows the
 * index or the underlying, as the pricing engine of the venue does it, at most once a second.
 */
import { stepTicksAt } from '../../facts/instrument.ts';
import type { Side } from '../../facts/market.ts';
import type { VenueEngine } from './engine.ts';
import type { Market } from './market.ts';
import type { Advanced } from './order.ts';
import { edit } from './order-edit.ts';
import { optionValue, yearsTo } from './surface.ts';
import { refusal, VenueError } from './venue-error.ts';

const repriceEveryUs = 1_000_000;
/** This close to expiry a volatility says nothing about a price any more. */
const volatilityEndsUs = 5 * 60 * 1_000_000;

/** 11038 for futures, 11039 for post-only, 11047 for USD where prices are in USD, 11046 too late. */
export function checkAdvanced(
  market: Market,
  { unit }: Advanced,
  postOnly: boolean,
  nowUs: number,
): void {
  const { product } = market;
  if (product.kind !== 'option') throw refusal(11038);
  if (postOnly) throw refusal(11039);
  if (unit === 'usd' && product.instrument.row.margin !== 'inverse') throw refusal(11047);
  if (unit === 'implv' && product.expiryMs * 1_000 - nowUs < volatilityEndsUs) throw refusal(11046);
}

/** The price now, rounded so that nobody pays more than asked: buys down, sells up. 10040 while unknown. */
export function advancedTicks(
  market: Market,
  side: Side,
  { unit, value }: Advanced,
  nowUs: number,
): number {
  const { instrument, expiryMs } = market.product;
  const { index, underlying } = market.mark;
  const forward = underlying > 0 ? underlying : index;
  const { strike, optionType } = instrument;
  if (index <= 0 || strike === null || optionType === null) throw refusal(10040);
  const coin =
    unit === 'usd'
      ? value / index
      : optionValue(optionType, forward, strike, yearsTo(expiryMs, nowUs), value / 100).price;
  const price = instrument.row.margin === 'inverse' ? coin : coin * forward;
  const exact = price * instrument.price.perUnit;
  const step = stepTicksAt(instrument, Math.max(1, Math.floor(exact)));
  const steps = side === 'buy' ? Math.floor(exact / step) : Math.ceil(exact / step);
  return Math.max(step, steps * step);
}

/** Moves the prices of advanced orders after the market. Called at the end of every operation. */
export function repriceAdvanced(engine: VenueEngine): void {
  if (engine.nowUs - engine.after.repricedUs < repriceEveryUs) return;
  engine.after.repricedUs = engine.nowUs;
  for (const order of engine.after.advancedOrders) {
    const { advanced, market, side } = order;
    if (order.state !== 'open' || advanced === undefined) {
      engine.after.advancedOrders.delete(order);
      continue;
    }
    try {
      const priceTicks = advancedTicks(market, side, advanced, engine.nowUs);
      if (priceTicks !== order.priceTicks)
        edit(engine, order, { priceTicks, advanced: { ...advanced, moved: true } });
    } catch (error) {
      // Out of the band or unpriced for now: it stays where it stands.
      if (!(error instanceof VenueError)) throw error;
    }
  }
}
