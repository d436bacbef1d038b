/**
 * Funding of perpetuals: longs pay shorts when the perpetual stands above its index, and the other
 * way round. Paid in cash every minute here (the venue pays at settlement what it accrues by the
 * millisecond). Money is only moved; rounding goes to the insurance account.
 */
import { walletOf } from './account.ts';
import type { VenueEngine } from './engine.ts';
import { moveCash } from './ledger.ts';
import type { Market } from './market.ts';
import { moneyPerUnit } from './product.ts';
import { amountFloat } from './value.ts';

/** The rate is quoted for this long, µs. */
const fundingPeriodUs = 8 * 3_600 * 1_000_000;
/** Half width of the premium that costs nothing, fraction. */
const deadBand = 0.000_25;
const rateMax = 0.005;

/** The eight-hour rate from the premium of the perpetual over its index, fraction. */
export function fundingRate(market: Market): number {
  const { price, index } = market.mark;
  if (price <= 0 || index <= 0) return 0;
  const premium = price / index - 1;
  const beyond = Math.max(deadBand, premium) + Math.min(-deadBand, premium);
  return Math.max(-rateMax, Math.min(rateMax, beyond));
}

/** Moves the funding of `elapsedUs` at `rate` between the holders of a perpetual. */
export function payFunding(
  engine: VenueEngine,
  market: Market,
  rate: number,
  elapsedUs: number,
): void {
  const { product } = market;
  const price = market.referencePrice();
  if (rate === 0 || price <= 0) return;
  let moved = 0;
  for (const account of engine.accounts) {
    const position = account.positions.get(product.index);
    if (position === undefined || position.lots === 0) continue;
    const amount = amountFloat(product, position.lots);
    const worth = product.inverse ? amount / price : amount * price;
    const units = Math.round(-worth * rate * (elapsedUs / fundingPeriodUs) * moneyPerUnit);
    if (units === 0) continue;
    moveCash(engine, account, product.currency, 'settlement', units, {
      instrument_name: product.name,
      interest_pl: units / moneyPerUnit,
      position: amount,
    });
    position.funding += units;
    moved += units;
    engine.notePosition(account, market);
  }
  walletOf(engine.insurance, product.currency).cash -= moved;
}
