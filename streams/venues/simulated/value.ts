/**
 * What a quantity at a price is worth in money units (1e-8 of the settlement currency), and what
 * the fee on it is. Both sides of a trade use the same rounded value, so nothing is made or lost.
 */
import { gridFloat } from '../../facts/decimal.ts';
import type { Side } from '../../facts/market.ts';
import { moneyPerUnit, type Product } from './product.ts';

/** An option's fee never exceeds this part of its price. */
export const optionFeeCapOfPrice = 0.125;

/** Price as the wire shows it. */
export function priceFloat(product: Product, ticks: number): number {
  return gridFloat(product.instrument.price, ticks);
}

/** Amount as the wire shows it (USD for inverse futures, coin otherwise). */
export function amountFloat(product: Product, lots: number): number {
  return gridFloat(product.instrument.amount, lots);
}

/** Unsigned worth of `lots` at a price, in coin or quote currency, not rounded: for averages only. */
export function exactWorth(product: Product, lots: number, price: number): number {
  const amount = amountFloat(product, Math.abs(lots));
  return product.inverse ? amount / price : amount * price;
}

/** Unsigned worth of `lots` at a price, money units. */
export function worthUnits(product: Product, lots: number, price: number): number {
  return Math.round(exactWorth(product, lots, price) * moneyPerUnit);
}

/**
 * What a trade adds to the basis of a position. A closed position's profit is the sum of its
 * bases: long inverse A/p − A/q, long linear −A·p + A·q.
 */
export function basisUnits(product: Product, side: Side, worth: number): number {
  return (side === 'buy') === product.inverse ? worth : -worth;
}

/** Value of an open position at a price, to be added to its basis for the floating profit. */
export function holdingUnits(product: Product, signedLots: number, price: number): number {
  const worth = worthUnits(product, signedLots, price);
  return signedLots > 0 === product.inverse ? -worth : worth;
}

/** Fee of one side, money units; negative is a rebate. Options are charged per coin, capped. */
export function feeUnits(
  product: Product,
  liquidity: 'maker' | 'taker',
  lots: number,
  price: number,
): number {
  const rate = liquidity === 'maker' ? product.makerRateFloat : product.takerRateFloat;
  if (product.kind !== 'option') return Math.round(rate * worthUnits(product, lots, price));
  const perCoin = Math.min(rate, optionFeeCapOfPrice * price);
  return Math.round(perCoin * amountFloat(product, lots) * moneyPerUnit);
}
