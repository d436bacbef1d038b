/**
 * Fits one expiry by the quasi-explicit method (De Marco, Martini 2009): given the centre m and the
 * width σ the smile is linear in what remains, so three of five parameters come from a closed
 * least-squares solution and only two are searched, by a grid that closes in. Deterministic, without
 * a starting point to guess, and bounded: the same quotes give the same fit.
 */
import { impliedVolatility, type SviParameters } from './svi.ts';

export interface SmileQuote {
  /** ln(strike / forward). */
  readonly k: number;
  /** Annual volatility, fraction. */
  readonly volatility: number;
}

export interface SmileFit {
  readonly svi: SviParameters;
  /** Root mean square error in volatility, fraction: 0.05 is five points. */
  readonly rmse: number;
}

interface Linear {
  /** w = level + tilt·y + bend·√(y² + 1) with y = (k − m) / σ. */
  readonly level: number;
  readonly tilt: number;
  readonly bend: number;
  readonly error: number;
}

/** Fewer quotes than parameters fit anything. */
export const quotesMin = 5;
/** Points a side of the search grid, how far it closes in each round, and rounds. */
const searchPoints = 9;
const closesIn = 0.4;
const searchRounds = 9;
const sigmaMin = 0.005;
const sigmaMax = 2;
/** A determinant below this solves nothing. */
const singular = 1e-18;

/** What a search step fits: log-moneyness and total variance, in step. */
interface Points {
  readonly k: Float64Array;
  readonly w: Float64Array;
}

/** Least squares of w = level + bend·(z + sign·y): the constraint |tilt| ≤ bend where it binds. */
function onEdge(points: Points, m: number, sigma: number, sign: 1 | -1): Linear {
  const { k, w } = points;
  const n = k.length;
  let [sx, sxx, sw, sxw] = [0, 0, 0, 0];
  for (let at = 0; at < n; at += 1) {
    const y = ((k[at] as number) - m) / sigma;
    const x = Math.sqrt(y * y + 1) + sign * y;
    sx += x;
    sxx += x * x;
    sw += w[at] as number;
    sxw += x * (w[at] as number);
  }
  const spread = n * sxx - sx * sx;
  const bend = spread > 0 ? Math.max(0, (n * sxw - sx * sw) / spread) : 0;
  const line = { level: (sw - bend * sx) / n, tilt: sign * bend, bend };
  return { ...line, error: errorOf(points, m, sigma, line) };
}

/** Sum of squared errors in total variance. */
function errorOf(
  { k, w }: Points,
  m: number,
  sigma: number,
  { level, tilt, bend }: Omit<Linear, 'error'>,
): number {
  let sum = 0;
  for (let at = 0; at < k.length; at += 1) {
    const y = ((k[at] as number) - m) / sigma;
    const off = level + tilt * y + bend * Math.sqrt(y * y + 1) - (w[at] as number);
    sum += off * off;
  }
  return sum;
}

/** The least squares solution for this centre and width, by the normal equations and Cramer's rule. */
function linearFit(points: Points, m: number, sigma: number): Linear {
  const { k, w } = points;
  const n = k.length;
  let [sy, sz, syy, syz, szz, sw, syw, szw] = [0, 0, 0, 0, 0, 0, 0, 0];
  for (let at = 0; at < n; at += 1) {
    const y = ((k[at] as number) - m) / sigma;
    const z = Math.sqrt(y * y + 1);
    const value = w[at] as number;
    sy += y;
    sz += z;
    syy += y * y;
    syz += y * z;
    szz += z * z;
    sw += value;
    syw += y * value;
    szw += z * value;
  }
  const minorY = syy * szz - syz * syz;
  const minorZ = sy * szz - syz * sz;
  const minorW = sy * syz - syy * sz;
  const whole = n * minorY - sy * minorZ + sz * minorW;
  if (Math.abs(whole) > singular) {
    const level =
      (sw * minorY - sy * (syw * szz - syz * szw) + sz * (syw * syz - syy * szw)) / whole;
    const tilt = (n * (syw * szz - syz * szw) - sw * minorZ + sz * (sy * szw - syw * sz)) / whole;
    const bend = (n * (syy * szw - syw * syz) - sy * (sy * szw - syw * sz) + sw * minorW) / whole;
    const line = { level, tilt, bend };
    if (bend >= Math.abs(tilt)) return { ...line, error: errorOf(points, m, sigma, line) };
  }
  const [left, right] = [onEdge(points, m, sigma, -1), onEdge(points, m, sigma, 1)];
  return left.error <= right.error ? left : right;
}

function sviOf({ level, tilt, bend }: Linear, m: number, sigma: number): SviParameters {
  return { a: level, b: bend / sigma, rho: bend === 0 ? 0 : tilt / bend, m, sigma };
}

/** The best smile through the quotes; undefined with too few of them, or none that is finite. */
export function fitSmile(quotes: readonly SmileQuote[], years: number): SmileFit | undefined {
  if (quotes.length < quotesMin || !(years > 0)) return undefined;
  const ks = quotes.map(({ k }) => k);
  const points = {
    k: Float64Array.from(ks),
    w: Float64Array.from(quotes, ({ volatility }) => volatility * volatility * years),
  };
  let [centre, logWidth] = [(Math.min(...ks) + Math.max(...ks)) / 2, Math.log(0.1)];
  let [centreSpan, widthSpan] = [
    Math.max(...ks) - Math.min(...ks) + 0.1,
    Math.log(sigmaMax / sigmaMin),
  ];
  let best: { readonly line: Linear; readonly m: number; readonly sigma: number } | undefined;
  for (let round = 0; round < searchRounds; round += 1) {
    const offset = (index: number, span: number): number =>
      (index / (searchPoints - 1) - 0.5) * span;
    const [fromCentre, fromWidth] = [centre, logWidth];
    for (let at = 0; at < searchPoints * searchPoints; at += 1) {
      const m = fromCentre + offset(at % searchPoints, centreSpan);
      const width = fromWidth + offset(Math.floor(at / searchPoints), widthSpan);
      const sigma = Math.min(sigmaMax, Math.max(sigmaMin, Math.exp(width)));
      const line = linearFit(points, m, sigma);
      if (best !== undefined && !(line.error < best.line.error)) continue;
      best = { line, m, sigma };
      [centre, logWidth] = [m, Math.log(sigma)];
    }
    centreSpan *= closesIn;
    widthSpan *= closesIn;
  }
  if (best === undefined) return undefined;
  const svi = sviOf(best.line, best.m, best.sigma);
  const squares = quotes.map(({ k, volatility }) => {
    const off = impliedVolatility(svi, k, years) - volatility;
    return off * off;
  });
  const rmse = Math.sqrt(squares.reduce((sum, square) => sum + square, 0) / quotes.length);
  return { svi, rmse };
}
