/** Figures as the wire rounds them. */
import type { Product } from './product.ts';
import { amountFloat } from './value.ts';

const eightDigits = 1e8;

export function rounded(value: number, perUnit = eightDigits): number {
  return Math.round(value * perUnit) / perUnit;
}

export function contractsOf(product: Product, lots: number): number {
  return amountFloat(product, lots) / product.contractSizeFloat;
}

/** Average price of `lots` whose worth is known; 0 when nothing was traded. */
export function averagePrice(product: Product, lots: number, worth: number): number {
  if (lots === 0 || worth === 0) return 0;
  const amount = amountFloat(product, Math.abs(lots));
  return rounded(product.inverse ? amount / worth : worth / amount, 1e6);
}
