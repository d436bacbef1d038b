/**
 * Standard margin, segregated by currency. Futures: a share of the notional. Short options: the
 * larger of a floor and a moneyness share of one coin, plus the mark. Long options cost only their
 * premium. House accounts are never asked.
 */
import type { Side } from '../../facts/market.ts';
import { type Account, heldLots, type Position } from './account.ts';
import type { Market } from './market.ts';
import { remainingLots } from './order.ts';
import { moneyPerUnit } from './product.ts';
import { amountFloat, holdingUnits, priceFloat, worthUnits } from './value.ts';

/** Initial and maintenance share of a futures notional (50× leverage). */
const futureInitial = 0.02;
const futureMaintenance = 0.01;
/** Short options, in coin per coin of size. */
const optionInitialShare = 0.15;
const optionInitialFloor = 0.1;
const optionMaintenance = 0.075;

export interface MarginFigures {
  /** All in money units of the currency. */
  readonly balance: number;
  readonly equity: number;
  readonly initial: number;
  readonly maintenance: number;
  readonly openOrders: number;
  readonly available: number;
  readonly futuresFloating: number;
  readonly optionsValue: number;
  readonly optionsFloating: number;
}

/** Initial and maintenance requirement of holding `signedLots`, money units. */
export function holdingMargin(market: Market, signedLots: number): readonly [number, number] {
  const { product } = market;
  const price = market.referencePrice();
  if (signedLots === 0 || price <= 0) return [0, 0];
  if (product.kind === 'future') {
    const worth = worthUnits(product, signedLots, price);
    return [Math.round(worth * futureInitial), Math.round(worth * futureMaintenance)];
  }
  if (signedLots > 0) return [0, 0];
  const { strike, optionType } = product.instrument;
  const underlying = market.mark.underlying > 0 ? market.mark.underlying : market.mark.index;
  const outOfMoney =
    optionType === 'call' ? (strike ?? 0) - underlying : underlying - (strike ?? 0);
  const share = underlying > 0 ? Math.max(0, outOfMoney) / underlying : 0;
  const size = amountFloat(product, Math.abs(signedLots)) * moneyPerUnit;
  const initial = Math.max(optionInitialShare - share, optionInitialFloor) + price;
  return [Math.round(size * initial), Math.round(size * (optionMaintenance + price))];
}

/** What resting or sending `lots` more on a side adds to the initial margin, money units. */
export function orderMargin(
  account: Account,
  market: Market,
  side: Side,
  lots: number,
  ticks: number,
): number {
  const { product } = market;
  const held = heldLots(account, product);
  const signed = side === 'buy' ? lots : -lots;
  const closing = held !== 0 && held > 0 !== signed > 0 ? Math.min(Math.abs(held), lots) : 0;
  const opening = lots - closing;
  if (opening === 0) return 0;
  const price = priceFloat(product, ticks);
  if (product.kind === 'option' && side === 'buy') return worthUnits(product, opening, price);
  if (product.kind === 'future') {
    return Math.round(worthUnits(product, opening, price) * futureInitial);
  }
  return holdingMargin(market, -opening)[0];
}

/**
 * The mark at which an account would be liquidated if nothing but this future moved; null when
 * none is above zero. Where equity meets maintenance: linear in p, or in 1/p for inverse futures.
 */
export function liquidationPrice(
  market: Market,
  signedLots: number,
  { equity, maintenance }: MarginFigures,
): number | null {
  const { product } = market;
  const mark = market.referencePrice();
  const amount = amountFloat(product, signedLots);
  if (amount === 0 || mark <= 0 || product.kind !== 'future') return null;
  const room = (equity - maintenance) / moneyPerUnit;
  const burden = futureMaintenance * Math.abs(amount);
  const price = product.inverse
    ? 1 / (1 / mark + room / (amount + burden))
    : mark - room / (amount - burden);
  return price > 0 && Number.isFinite(price) ? price : null;
}

function positionValue(market: Market, position: Position): number {
  return holdingUnits(position.product, position.lots, market.referencePrice());
}

/** The account's figures in one currency. */
export function marginOf(
  account: Account,
  currency: string,
  marketOf: (productIndex: number) => Market,
): MarginFigures {
  let initial = 0;
  let maintenance = 0;
  let futuresFloating = 0;
  let optionsValue = 0;
  let optionsFloating = 0;
  for (const position of account.positions.values()) {
    if (position.lots === 0 || position.product.currency !== currency) continue;
    const market = marketOf(position.product.index);
    const value = positionValue(market, position);
    if (position.product.kind === 'option') {
      optionsValue += value;
      optionsFloating += value + position.basis;
    } else {
      futuresFloating += value + position.basis;
    }
    const [im, mm] = holdingMargin(market, position.lots);
    initial += im;
    maintenance += mm;
  }
  let openOrders = 0;
  for (const order of account.openOrders.values()) {
    const { market } = order;
    if (market.product.currency !== currency || order.state === 'untriggered') continue;
    openOrders += orderMargin(account, market, order.side, remainingLots(order), order.priceTicks);
  }
  const balance = account.wallets.get(currency)?.cash ?? 0;
  const equity = balance + futuresFloating + optionsValue;
  const available = equity - Math.max(0, optionsValue) - initial - openOrders;
  return {
    balance,
    equity,
    initial: initial + openOrders,
    maintenance,
    openOrders,
    available,
    futuresFloating,
    optionsValue,
    optionsFloating,
  };
}
