/**
 * The end of the day and the end of a product. Daily: day orders end and open profit of futures
 * becomes cash. Expiry: positions become cash at the delivery price. Money is only moved: what
 * rounding leaves over goes to the insurance account, so the sum over all accounts stays put.
 */
import { type Account, type Position, walletOf } from './account.ts';
import type { VenueEngine } from './engine.ts';
import { moveCash } from './ledger.ts';
import type { Market } from './market.ts';
import { cancelWhere } from './orders.ts';
import { moneyPerUnit } from './product.ts';
import { amountFloat, holdingUnits, priceFloat } from './value.ts';

/** Settlement records the venue remembers. */
const settlementsMax = 2_000;

export interface Settlement {
  readonly kind: 'settlement' | 'delivery';
  readonly tsUs: number;
  readonly productIndex: number;
  readonly account: Account;
  /** Amount held, signed. */
  readonly position: number;
  readonly indexPrice: number;
  readonly markPrice: number;
  /** Money units that became cash. */
  readonly profit: number;
}

/** Cancels day orders, as the venue does when it settles. */
export function cancelDayOrders(engine: VenueEngine): void {
  for (const account of engine.accounts)
    cancelWhere(engine, account, (order) => order.timeInForce === 'good_til_day', 'settlement');
}

/** Turns the open profit of every future into cash at the mark. */
export function settleDay(engine: VenueEngine): void {
  for (const market of engine.markets) {
    const { product } = market;
    if (product.kind !== 'future' || market.state === 'closed' || market.referencePrice() <= 0)
      continue;
    const price = market.shownMark();
    market.settlementPrice = price;
    for (const [account, position] of holdersOf(engine, market)) {
      const profit = position.basis + holdingUnits(product, position.lots, price);
      position.basis -= profit;
      payOut(engine, account, market, position, profit, 'settlement', price, position.lots);
    }
    engine.touchTicker(market);
  }
}

/** What one coin of an option, or the future itself, is worth at delivery. */
export function deliveryValue(market: Market, indexPrice: number): number {
  const { instrument, kind } = market.product;
  if (kind === 'future') return indexPrice;
  const strike = instrument.strike ?? 0;
  const usd = instrument.optionType === 'call' ? indexPrice - strike : strike - indexPrice;
  const worth = Math.max(0, usd);
  return instrument.row.margin === 'inverse' ? worth / indexPrice : worth;
}

/** Ends a product: orders go, positions become cash at `indexPrice`, the book closes. */
export function deliver(engine: VenueEngine, market: Market, indexPrice: number): void {
  const { product } = market;
  for (const account of engine.accounts)
    cancelWhere(engine, account, (order) => order.market === market, 'settlement');
  const value = deliveryValue(market, indexPrice);
  let moved = 0;
  for (const [account, position] of holdersOf(engine, market)) {
    const worth = worthAtDelivery(market, position, value);
    const profit = position.basis + worth;
    moved += worth;
    // An option's premium was paid when it traded: what is left to pay is its worth.
    const premium = product.kind === 'option' ? position.basis : 0;
    const heldLots = position.lots;
    position.lots = 0;
    position.basis = 0;
    position.entryWorth = 0;
    payOut(engine, account, market, position, profit, 'delivery', indexPrice, heldLots, premium);
  }
  walletOf(engine.insurance, product.currency).cash -= moved;
  market.openInterestLots = 0;
  market.settlementPrice = indexPrice;
  market.state = 'closed';
  engine.noteState(market);
}

/** Exact for zero: a worthless option pays nothing, whatever its size. */
function worthAtDelivery(market: Market, position: Position, value: number): number {
  const { product } = market;
  if (product.kind === 'future') return holdingUnits(product, position.lots, value);
  return Math.round(amountFloat(product, position.lots) * value * moneyPerUnit);
}

function holdersOf(engine: VenueEngine, market: Market): (readonly [Account, Position])[] {
  const holders: (readonly [Account, Position])[] = [];
  for (const account of engine.accounts) {
    const position = account.positions.get(market.product.index);
    if (position !== undefined && position.lots !== 0) holders.push([account, position]);
  }
  return holders;
}

function payOut(
  engine: VenueEngine,
  account: Account,
  market: Market,
  position: Position,
  profit: number,
  kind: Settlement['kind'],
  indexPrice: number,
  heldLots: number,
  premium = 0,
): void {
  const { currency, name } = market.product;
  const wallet = walletOf(account, currency);
  moveCash(engine, account, currency, kind, profit - premium, {
    instrument_name: name,
    position: amountFloat(market.product, heldLots),
    index_price: indexPrice,
    mark_price: market.shownMark(),
    session_rpl: profit / moneyPerUnit,
  });
  wallet.realised += profit;
  position.realised += profit;
  engine.notePosition(account, market);
  if (account.house) return;
  engine.settlements.push({
    kind,
    tsUs: engine.nowUs,
    productIndex: market.product.index,
    account,
    position: amountFloat(market.product, heldLots),
    indexPrice,
    markPrice: market.shownMark(),
    profit,
  });
  if (engine.settlements.length > settlementsMax) engine.settlements.shift();
}

/** The record as the wire shows it. */
export function settlementRow(engine: VenueEngine, item: Settlement): Record<string, unknown> {
  const market = engine.marketAt(item.productIndex);
  return {
    type: item.kind,
    timestamp: Math.floor(item.tsUs / 1_000),
    instrument_name: market.product.name,
    position: item.position,
    index_price: item.indexPrice,
    mark_price: item.markPrice,
    profit_loss: item.profit / moneyPerUnit,
    session_profit_loss: item.profit / moneyPerUnit,
    funding: 0,
    last_price:
      market.lastTrade === undefined ? 0 : priceFloat(market.product, market.lastTrade.priceTicks),
  };
}
