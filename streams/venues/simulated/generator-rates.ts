/** How busy the generated market is: event rates and ladder sizes by kind of product. */
import type { FutureMakerOptions } from './future-maker.ts';
import type { Product } from './product.ts';

/** Average events per second of one product. */
export interface GeneratorRates {
  readonly perpetualQuotes: number;
  readonly perpetualTakers: number;
  readonly futureQuotes: number;
  readonly futureTakers: number;
  readonly optionQuotes: number;
  readonly optionTakers: number;
  /** USDC-margined perpetuals. */
  readonly linearQuotes: number;
  readonly linearTakers: number;
}

export const defaultRates: GeneratorRates = {
  perpetualQuotes: 13,
  perpetualTakers: 1.5,
  futureQuotes: 2,
  futureTakers: 0.12,
  optionQuotes: 0.9,
  optionTakers: 0.012,
  linearQuotes: 3,
  linearTakers: 0.3,
};

/** Requotes and takers per second of a product. */
export function ratesOf(
  rates: GeneratorRates,
  product: Product,
): { readonly quotes: number; readonly takers: number } {
  if (product.kind === 'option') return { quotes: rates.optionQuotes, takers: rates.optionTakers };
  if (!product.inverse) return { quotes: rates.linearQuotes, takers: rates.linearTakers };
  return product.settlementPeriod === 'perpetual'
    ? { quotes: rates.perpetualQuotes, takers: rates.perpetualTakers }
    : { quotes: rates.futureQuotes, takers: rates.futureTakers };
}

/** The ladder of a future or perpetual. */
export function sizeOf(product: Product): FutureMakerOptions {
  if (!product.inverse) return { levels: 12, levelUsd: 120_000, halfSpread: 0.000_02 };
  if (product.settlementPeriod !== 'perpetual')
    return { levels: 10, levelUsd: 150_000, halfSpread: 0.000_05 };
  const levelUsd = product.currency === 'BTC' ? 900_000 : 700_000;
  return { levels: 20, levelUsd, halfSpread: 0.000_01 };
}
