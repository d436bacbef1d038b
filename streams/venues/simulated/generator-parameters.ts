/**
 * What the generated market is calibrated with, and where each number comes from. "2024" is the
 * Binance COIN-M recording of 8 August 2024 (340 s, BTCUSD and ETHUSD perpetuals), "2021" the Deribit
 * recording of 5 April 2021 (ten options); `npm run calibrate` sets both beside what comes out.
 * "Chosen" has no recording behind it. Prices, regimes and runs are in `spot.ts`, the surface in
 * `surface.ts`.
 */
import type { FutureMakerOptions } from './future-maker.ts';
import type { Product } from './product.ts';

/** How busy and how deep a market is: average events per second of one product, and amounts. */
export interface GeneratorRates {
  /** Typical level of the ladder of an inverse perpetual, USD. */
  readonly levelUsd: Readonly<Record<'BTC' | 'ETH', number>>;
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

/**
 * The pace of a quiet day, chosen: a fifth of what was recorded, which a shared machine carries, and
 * books whose leaning side still holds 1,000,000 USD on five levels: the guard calls a perpetual with
 * less than 300,000 thin (`depth_min`).
 */
export const defaultRates: GeneratorRates = {
  levelUsd: { BTC: 900_000, ETH: 700_000 },
  perpetualQuotes: 13,
  perpetualTakers: 1.5,
  // Chosen: dated futures and linear perpetuals are a tenth to a fifth as busy.
  futureQuotes: 2,
  futureTakers: 0.12,
  // 2021: 0.54 updates a second; not every requote moves the book.
  optionQuotes: 0.9,
  // 2021: no trade in 123 s of ten options; chosen, so that there are some.
  optionTakers: 0.012,
  linearQuotes: 3,
  linearTakers: 0.3,
};

/** The pace that was recorded on a very busy day. */
export const recordedRates: GeneratorRates = {
  ...defaultRates,
  // 2024: 169,500 and 40,855 USD on five levels of a side.
  levelUsd: { BTC: 34_000, ETH: 8_200 },
  // 2024: 78.0 and 66.5 book updates a second, of which trades make their share.
  perpetualQuotes: 66,
  // 2024: 6.70 and 5.07 trades a second; a large taker meets several makers.
  perpetualTakers: 5.4,
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
export function sizeOf(rates: GeneratorRates, product: Product): FutureMakerOptions {
  // Chosen: as deep as an inverse perpetual, a little wider.
  if (!product.inverse) return { levels: 12, levelUsd: 20_000, halfSpread: 0.000_02 };
  if (product.settlementPeriod !== 'perpetual')
    return { levels: 10, levelUsd: 25_000, halfSpread: 0.000_05 };
  // 2024: a spread of one tick.
  const levelUsd = rates.levelUsd[product.currency === 'BTC' ? 'BTC' : 'ETH'];
  return { levels: 20, levelUsd, halfSpread: 0 };
}

/** Sizes of takers by their share, USD: between two points they are drawn evenly in the logarithm. */
type SizeCurve = readonly (readonly [share: number, usd: number])[];
// 2024: median 400 and 400, 90 % 9,100 and 4,560, 99 % 47,400 and 12,000 USD a trade. Orders here are set
// so that trades come out so: a large one meets several makers. The ends are chosen.
const btcTakers: SizeCurve = [
  [0, 40],
  [0.5, 320],
  [0.9, 6_200],
  [0.99, 60_000],
  [1, 200_000],
];
const ethTakers: SizeCurve = [
  [0, 40],
  [0.5, 330],
  [0.9, 4_000],
  [0.99, 17_000],
  [1, 60_000],
];

/** Share of takers that take the side of the one before. 2024: correlation of 0.87 and 0.78. */
export const takerPersistence = 0.7;

/** USD a taker wants, by a draw from 0 to 1. */
export function takerUsd(product: Product, draw: number): number {
  const curve = product.instrument.row.base_currency === 'BTC' ? btcTakers : ethTakers;
  const above = curve.findIndex(([share]) => share > draw);
  const [high, highUsd] = curve[above] ?? [1, 0];
  const [low, lowUsd] = curve[above - 1] ?? [0, highUsd];
  return lowUsd * (highUsd / lowUsd) ** ((draw - low) / (high - low));
}

/** Options. 2021: a spread of 524 bps and 89,315 USD on five levels of a side, of an ETH option. */
export const optionQuotes = {
  /** Half spread in points of volatility, and its share of the mark. */
  halfSpreadVolatility: 0.85,
  halfSpreadOfMark: 0.018,
  levelsEachSide: 2,
  /** Typical level in coins of the underlying. */
  typicalSize: { BTC: 18, ETH: 230 } as Readonly<Record<string, number>>,
} as const;
