/**
 * Option values on a small volatility surface: Black–Scholes on the forward, skew and smile in
 * standardised moneyness. Analytics in floats; ticks are made of them at the edge.
 */
const yearSeconds = 31_536_000;

/** Standard normal distribution (Abramowitz–Stegun 26.2.17, error below 7.5e-8). */
export function normalDistribution(x: number): number {
  const t = 1 / (1 + 0.231_641_9 * Math.abs(x));
  const poly =
    t *
    (0.319_381_53 +
      t * (-0.356_563_782 + t * (1.781_477_937 + t * (-1.821_255_978 + t * 1.330_274_429))));
  const tail = Math.exp((-x * x) / 2) * 0.398_942_280_4 * poly;
  return x >= 0 ? 1 - tail : tail;
}

export interface SurfaceState {
  /** At-the-money volatility of a 30-day option, fraction. */
  level: number;
  /** Slope and curvature in standardised moneyness. */
  skew: number;
  smile: number;
  /** Long-dated over short-dated level. */
  term: number;
}

/** Years from `nowUs` to `expiryMs`, never zero. */
export function yearsTo(expiryMs: number, nowUs: number): number {
  return Math.max(60, expiryMs / 1_000 - nowUs / 1_000_000) / yearSeconds;
}

/** Volatility, fraction, of a strike. */
export function volatilityAt(
  surface: SurfaceState,
  forward: number,
  strike: number,
  years: number,
): number {
  const moneyness = Math.log(strike / forward) / Math.sqrt(years);
  const atm =
    surface.level * (1 + surface.term * (Math.sqrt(Math.min(years, 1)) - Math.sqrt(30 / 365)));
  const bounded = Math.max(-2.5, Math.min(2.5, moneyness));
  return Math.max(
    0.1,
    Math.min(3, atm + surface.skew * bounded + surface.smile * bounded * bounded),
  );
}

export interface OptionValue {
  /** In coin: what an inverse option trades at. */
  readonly price: number;
  readonly delta: number;
  readonly gamma: number;
  /** USD per volatility point, USD per day, USD per rate point. */
  readonly vega: number;
  readonly theta: number;
  readonly rho: number;
}

/** Value and greeks of a European option on the forward, zero rate. */
export function optionValue(
  type: 'call' | 'put',
  forward: number,
  strike: number,
  years: number,
  volatility: number,
): OptionValue {
  const deviation = volatility * Math.sqrt(years);
  const d1 = Math.log(forward / strike) / deviation + deviation / 2;
  const d2 = d1 - deviation;
  const density = Math.exp((-d1 * d1) / 2) * 0.398_942_280_4;
  const sign = type === 'call' ? 1 : -1;
  const usd =
    sign * (forward * normalDistribution(sign * d1) - strike * normalDistribution(sign * d2));
  return {
    price: Math.max(0, usd) / forward,
    delta: sign * normalDistribution(sign * d1),
    gamma: density / (forward * deviation),
    vega: (forward * density * Math.sqrt(years)) / 100,
    theta: (-forward * density * volatility) / (2 * Math.sqrt(years) * 365),
    rho: (sign * strike * years * normalDistribution(sign * d2)) / 100,
  };
}
