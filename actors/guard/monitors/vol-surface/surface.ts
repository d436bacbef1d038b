/**
 * The volatility surface of one underlying as a guard: every expiry is fitted, every fit is judged,
 * and a fit that fails keeps the last one that did not. Error and drift are judged more mildly in
 * thin books; arbitrage never is. Pure: quotes and time come from outside.
 */
import type { GuardPolicy } from '../../../../streams/facts/policy/guard.ts';
import { usPerSecond } from '../../../../streams/facts/time.ts';
import {
  impliedVolatility,
  isFreeOfButterflies,
  isFreeOfCalendars,
  type SviParameters,
  smileDrift,
  testGrid,
} from './svi.ts';
import { fitSmile, type SmileQuote } from './svi-fit.ts';

export type SurfaceLimits = Pick<
  GuardPolicy,
  | 'svi_rmse_max'
  | 'svi_rmse_thin_max'
  | 'svi_drift_max'
  | 'svi_drift_thin_max'
  | 'svi_guard_trip_window_s'
>;

export interface Smile {
  /** Epoch µs. */
  readonly expiryUs: number;
  readonly years: number;
  readonly quotes: readonly SmileQuote[];
  /** Few of the strikes are quoted on both sides. */
  readonly thin: boolean;
}

export type SmileRefusal =
  | 'not_fitted'
  | 'not_finite'
  | 'iv'
  | 'rmse'
  | 'drift'
  | 'butterfly'
  | 'calendar';

/** Volatility above this is no volatility, fraction: 500 %. */
const volatilityMax = 5;

export interface KeptSmile {
  readonly expiryUs: number;
  readonly years: number;
  readonly svi: SviParameters;
  readonly rmse: number;
  /** When it was accepted, monotonic µs. */
  readonly atUs: number;
}

export class VolSurface {
  readonly #limits: SurfaceLimits;
  /** Valid fits by expiry, nearest first. */
  #kept: readonly KeptSmile[] = [];

  constructor(limits: SurfaceLimits) {
    this.#limits = limits;
  }

  get kept(): readonly KeptSmile[] {
    return this.#kept;
  }

  /** Fits and judges one expiry. Undefined: accepted, and kept from now on. */
  offer(
    smile: Smile,
    nowMonotonicUs: number,
    onKept?: (kept: KeptSmile) => void,
  ): SmileRefusal | undefined {
    const fit = fitSmile(smile.quotes, smile.years);
    if (fit === undefined) return 'not_fitted';
    const refusal = this.judge(smile, fit.svi, fit.rmse, nowMonotonicUs);
    if (refusal !== undefined) return refusal;
    const { expiryUs, years } = smile;
    const others = this.#kept.filter((kept) => kept.expiryUs !== expiryUs);
    const kept = { expiryUs, years, svi: fit.svi, rmse: fit.rmse, atUs: nowMonotonicUs };
    this.#kept = [...others, kept].sort((one, other) => one.expiryUs - other.expiryUs);
    onKept?.(kept);
    return undefined;
  }

  /** Why this smile may not be kept, in the order of the gates; undefined: it may. */
  judge(
    smile: Smile,
    svi: SviParameters,
    rmse: number,
    nowMonotonicUs: number,
  ): SmileRefusal | undefined {
    const { thin, years, expiryUs } = smile;
    const limits = this.#limits;
    if (![rmse, ...Object.values(svi)].every(Number.isFinite)) return 'not_finite';
    const ks = smile.quotes.map(({ k }) => k);
    const grid = testGrid(Math.min(...ks), Math.max(...ks));
    if (!grid.every((k) => impliedVolatility(svi, k, years) <= volatilityMax)) return 'iv';
    if (rmse > (thin ? limits.svi_rmse_thin_max : limits.svi_rmse_max)) return 'rmse';
    // What was accepted longer ago than the window says nothing about a jump of now.
    const sinceUs = nowMonotonicUs - limits.svi_guard_trip_window_s * usPerSecond;
    const before = this.#kept.find((kept) => kept.expiryUs === expiryUs && kept.atUs >= sinceUs);
    if (before !== undefined) {
      const drift = smileDrift(before, { svi, years }, ks);
      if (drift > (thin ? limits.svi_drift_thin_max : limits.svi_drift_max)) return 'drift';
    }
    if (!isFreeOfButterflies(svi, grid)) return 'butterfly';
    return this.#crosses(expiryUs, svi, ks) ? 'calendar' : undefined;
  }

  /** Expired smiles are forgotten. */
  forget(nowUs: number): void {
    this.#kept = this.#kept.filter(({ expiryUs }) => expiryUs > nowUs);
  }

  /** Against both neighbours, where this expiry is quoted. */
  #crosses(expiryUs: number, svi: SviParameters, ks: readonly number[]): boolean {
    const nearer = this.#kept.filter((kept) => kept.expiryUs < expiryUs).at(-1);
    const farther = this.#kept.find((kept) => kept.expiryUs > expiryUs);
    return (
      (nearer !== undefined && !isFreeOfCalendars(nearer.svi, svi, ks)) ||
      (farther !== undefined && !isFreeOfCalendars(svi, farther.svi, ks))
    );
  }
}
