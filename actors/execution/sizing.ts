/**
 * What a size is worth. The canonical quantity is exact (coin for options and linear contracts, USD
 * for inverse ones); the derived ones are analytics that limits compare with, never size by.
 */
import { type Decimal, gridFloat, gridText } from '../../streams/facts/decimal.ts';
import type { Instrument } from '../../streams/facts/instrument.ts';

export interface Size {
  /** Canonical for options and linear contracts, else null. */
  readonly qtyCoin: Decimal | null;
  /** Canonical for inverse futures and perpetuals, else null. */
  readonly qtyUsd: Decimal | null;
  readonly coinFloat: number;
  /** Value of the underlying, USD. NaN when no reference price is known. */
  readonly notionalUsdFloat: number;
}

/** USD value of lots. `indexFloat` is the price of the underlying in USD. */
export function notionalUsdFloat(instrument: Instrument, lots: number, indexFloat: number): number {
  const amount = gridFloat(instrument.amount, lots);
  return instrument.amountUnit === 'usd' ? amount : amount * indexFloat;
}

/** The size of `lots` at an underlying price. */
export function sizeOf(instrument: Instrument, lots: number, indexFloat: number): Size {
  const text = gridText(instrument.amount, lots);
  const amount = gridFloat(instrument.amount, lots);
  const usd = instrument.amountUnit === 'usd';
  return {
    qtyCoin: usd ? null : text,
    qtyUsd: usd ? text : null,
    coinFloat: usd ? amount / indexFloat : amount,
    notionalUsdFloat: usd ? amount : amount * indexFloat,
  };
}
