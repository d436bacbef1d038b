/**
 * What the venue refuses before an order exists: units, grids, bands, states, deadlines, margin.
 * Each check throws one `VenueError`; none of them changes anything.
 */
import { gridCount } from '../../facts/decimal.ts';
import { stepTicksAt } from '../../facts/instrument.ts';
import type { Side } from '../../facts/market.ts';
import type { Account } from './account.ts';
import type { VenueEngine } from './engine.ts';
import { marginOf, orderMargin } from './margin.ts';
import type { Market } from './market.ts';
import { priceFloat } from './value.ts';
import { invalidParam, refusal } from './venue-error.ts';

/** Half width of the futures price band around the mark. */
const futureBand = 0.015;
/** Half width of an option's band: the larger of a share of the mark and an absolute coin price. */
const optionBandShare = 0.35;
const optionBandCoin = 0.04;

/** Lots of a wire amount (or contracts): 10002 below the minimum, 10021 off the step. */
export function lotsOfWire(
  market: Market,
  amount: number | undefined,
  contracts: number | undefined,
): number {
  const { instrument } = market.product;
  if (amount === undefined && contracts === undefined)
    throw invalidParam('amount', 'value required');
  const fromAmount = amount === undefined ? undefined : gridCount(instrument.amount, amount);
  const fromContracts =
    contracts === undefined
      ? undefined
      : gridCount(instrument.amount, contracts * market.product.contractSizeFloat);
  if (amount !== undefined && contracts !== undefined && fromAmount !== fromContracts) {
    throw invalidParam('contracts', 'amount and contracts do not agree');
  }
  const value = amount ?? (contracts ?? 0) * market.product.contractSizeFloat;
  const lots = fromAmount ?? fromContracts;
  if (value < Number(instrument.row.min_amount)) throw refusal(10002);
  if (lots === undefined || !Number.isSafeInteger(lots) || lots % instrument.minLots !== 0)
    throw refusal(10021);
  return lots;
}

/** Ticks of a wire price: 10043 when off the tick in force at that price. */
export function ticksOfWire(market: Market, price: number): number {
  const { instrument } = market.product;
  const ticks = gridCount(instrument.price, price);
  if (ticks === undefined || ticks <= 0 || ticks % stepTicksAt(instrument, ticks) !== 0)
    throw refusal(10043);
  return ticks;
}

/** Lowest and highest price a limit may have now; undefined while the market has no reference. */
export function priceBand(market: Market): readonly [number, number] | undefined {
  const mark = market.referencePrice();
  if (mark <= 0) return undefined;
  if (market.product.kind === 'future') return [mark * (1 - futureBand), mark * (1 + futureBand)];
  const half = Math.max(mark * optionBandShare, optionBandCoin);
  return [Math.max(mark - half, priceFloat(market.product, 1)), mark + half];
}

/** 10007 for a buy above the band, 10005 for a sell below it; the limit stands in the message. */
export function checkBand(market: Market, side: Side, ticks: number): void {
  const band = priceBand(market);
  if (band === undefined) return;
  const price = priceFloat(market.product, ticks);
  if (side === 'buy' && price > band[1]) throw refusal(10007, Number(band[1].toFixed(4)));
  if (side === 'sell' && price < band[0]) throw refusal(10005, Number(band[0].toFixed(4)));
}

export function checkOpen(market: Market): void {
  if (market.state === 'open') return;
  throw refusal(market.state === 'settlement' ? 10041 : 10012);
}

/** 13888 when the request came after its own deadline. */
export function checkDeadline(engine: VenueEngine, validUntilMs: number | undefined): void {
  if (validUntilMs !== undefined && engine.nowUs / 1_000 > validUntilMs) throw refusal(13888);
}

/** 10009 when the margin of what the order opens is not there. */
export function checkFunds(
  engine: VenueEngine,
  account: Account,
  market: Market,
  side: Side,
  lots: number,
  ticks: number,
): void {
  if (account.house) return;
  const needed = orderMargin(account, market, side, lots, ticks);
  if (needed === 0) return;
  const figures = marginOf(account, market.product.currency, (index) => engine.marketAt(index));
  if (figures.available < needed) throw refusal(10009);
}
