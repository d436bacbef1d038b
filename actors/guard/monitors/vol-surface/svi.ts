/**
 * The raw SVI smile of one expiry (Gatheral 2004): total variance w(k) = a + b(ρ(k − m) + √((k − m)² + σ²))
 * over log-moneyness k = ln(strike / forward), and what must hold of it so that it holds no arbitrage
 * (Gatheral, Jacquier 2014). Pure arithmetic in floats; nothing here takes part in sizing.
 */
export interface SviParameters {
  readonly a: number;
  readonly b: number;
  readonly rho: number;
  readonly m: number;
  readonly sigma: number;
}

/** Total variance: annual variance times years. */
export function totalVariance({ a, b, rho, m, sigma }: SviParameters, k: number): number {
  return a + b * (rho * (k - m) + Math.hypot(k - m, sigma));
}

/** Annual volatility, fraction; NaN where variance is negative. */
export function impliedVolatility(svi: SviParameters, k: number, years: number): number {
  return Math.sqrt(totalVariance(svi, k) / years);
}

/** Gatheral's g: below 0 the smile prices a butterfly below nothing. */
export function butterflyDensity(svi: SviParameters, k: number): number {
  const { b, rho, m, sigma } = svi;
  const w = totalVariance(svi, k);
  const root = Math.hypot(k - m, sigma);
  const slope = b * (rho + (k - m) / root);
  const curvature = (b * sigma * sigma) / (root * root * root);
  const first = 1 - (k * slope) / (2 * w);
  return first * first - ((slope * slope) / 4) * (1 / w + 0.25) + curvature / 2;
}

/**
 * Greatest relative change of volatility where the smile is quoted. Parameters themselves are not
 * compared: from a handful of strikes very different ones draw the same smile.
 */
export function smileDrift(
  before: { readonly svi: SviParameters; readonly years: number },
  after: { readonly svi: SviParameters; readonly years: number },
  ks: readonly number[],
): number {
  const changes = ks.map((k) => {
    const was = impliedVolatility(before.svi, k, before.years);
    return Math.abs(impliedVolatility(after.svi, k, after.years) / was - 1);
  });
  return Math.max(...changes);
}

/** Points of the smile that are tested, on both sides of what is quoted. */
const gridPoints = 41;
const gridMargin = 0.25;
/** Rounding is no arbitrage. */
const tolerance = 1e-9;
/** Above this, total variance grows faster in a wing than any price can (Lee 2004). */
const wingSlopeMax = 2;

/** Where a smile that is quoted within `kMin…kMax` is tested. */
export function testGrid(kMin: number, kMax: number): readonly number[] {
  const from = kMin - gridMargin;
  const step = (kMax - kMin + 2 * gridMargin) / (gridPoints - 1);
  return Array.from({ length: gridPoints }, (_, index) => from + index * step);
}

/** No butterfly on the grid, no negative variance, wings within Lee's bound. */
export function isFreeOfButterflies(svi: SviParameters, grid: readonly number[]): boolean {
  if (svi.b * (1 + Math.abs(svi.rho)) > wingSlopeMax + tolerance) return false;
  return grid.every((k) => totalVariance(svi, k) > 0 && butterflyDensity(svi, k) >= -tolerance);
}

/** Total variance never falls from the nearer expiry to the farther one. */
export function isFreeOfCalendars(
  nearer: SviParameters,
  farther: SviParameters,
  grid: readonly number[],
): boolean {
  return grid.every((k) => totalVariance(farther, k) >= totalVariance(nearer, k) - tolerance);
}
