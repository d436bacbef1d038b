/** The crowd that crosses the spread: many small orders, few large ones, leaning with the coming move. */
import type { Side } from '../../facts/market.ts';
import type { Random } from '../../ports/random.ts';
import type { Account } from './account.ts';
import type { VenueEngine } from './engine.ts';
import { makerTerms } from './future-maker.ts';
import { takerPersistence, takerUsd } from './generator-parameters.ts';
import type { Market } from './market.ts';
import { place } from './orders.ts';

const leanWeight = 0.35;
/** How far through the touch a taker goes, in price steps of 1e-4 of the price. */
const reachFraction = 0.000_1;

/** One taker order at the market's touch, often of the side `before`; answers its side. Inside `engine.run`. */
export function takeOnce(
  engine: VenueEngine,
  account: Account,
  market: Market,
  random: Random,
  lean: number,
  before: Side | undefined,
): Side {
  const again = random.next() < takerPersistence;
  const drawn = random.next() < 0.5 + leanWeight * lean ? 'buy' : 'sell';
  const side = again ? (before ?? drawn) : drawn;
  const best = market.bestTicks(side === 'buy' ? 'sell' : 'buy');
  const lots = takerLots(market, random);
  if (best === undefined || market.state !== 'open') return side;
  const reach = market.product.kind === 'option' ? 0 : Math.ceil(best * reachFraction);
  const ticks = side === 'buy' ? best + reach : Math.max(1, best - reach);
  place(engine, account, market, {
    ...makerTerms(side, ticks, lots),
    timeInForce: 'immediate_or_cancel',
  });
  return side;
}

function takerLots(market: Market, random: Random): number {
  const { instrument, kind, inverse } = market.product;
  if (kind === 'option') return instrument.minLots * (1 + random.integer(30));
  const coinPrice = inverse ? 1 : market.referencePrice();
  const usd = takerUsd(market.product, random.next());
  return Math.max(instrument.minLots, Math.round((usd / coinPrice) * instrument.amount.perUnit));
}
