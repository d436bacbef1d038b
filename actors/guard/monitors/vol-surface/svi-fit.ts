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

type Row = readonly [number, number, number];

/** Solves a symmetric 3 × 3 system by Cramer's rule; undefined when it is singular. */
function solve(m: readonly [Row, Row, Row], v: Row): Row | undefined {
  const det = (a: Row, b: Row, c: Row): number =>
    a[0] * (b[1] * c[2] - b[2] * c[1]) -
    a[1] * (b[0] * c[2] - b[2] * c[0]) +
    a[2] * (b[0] * c[1] - b[1] * c[0]);
  const whole = det(...m);
  if (!(Math.abs(whole) > 1e-18)) return undefined;
  const replaced = (column: 0 | 1 | 2): number => {
    const rows = m.map((row, index) => row.map((x, at) => (at === column ? (v[index] ?? 0) : x)));
    return det(...(rows as unknown as [Row, Row, Row]));
  };
  return [replaced(0) / whole, replaced(1) / whole, replaced(2) / whole];
}

/** Two straight lines through the constraint |tilt| = bend, when the free solution breaks it. */
function onEdge(points: ReadonlyArray<readonly [y: number, z: number, w: number]>, sign: 1 | -1) {
  let [n, sx, sxx, sw, sxw] = [0, 0, 0, 0, 0];
  for (const [y, z, w] of points) {
    const x = z + sign * y;
    n += 1;
    sx += x;
    sxx += x * x;
    sw += w;
    sxw += x * w;
  }
  const spread = n * sxx - sx * sx;
  const bend = spread > 0 ? Math.max(0, (n * sxw - sx * sw) / spread) : 0;
  return { level: (sw - bend * sx) / n, tilt: sign * bend, bend };
}

function linearFit(quotes: readonly SmileQuote[], years: number, m: number, sigma: number): Linear {
  const points = quotes.map(({ k, volatility }) => {
    const y = (k - m) / sigma;
    return [y, Math.hypot(y, 1), volatility * volatility * years] as const;
  });
  let [sy, sz, syy, syz, szz, sw, syw, szw] = [0, 0, 0, 0, 0, 0, 0, 0];
  for (const [y, z, w] of points) {
    sy += y;
    sz += z;
    syy += y * y;
    syz += y * z;
    szz += z * z;
    sw += w;
    syw += y * w;
    szw += z * w;
  }
  const free = solve(
    [
      [points.length, sy, sz],
      [sy, syy, syz],
      [sz, syz, szz],
    ],
    [sw, syw, szw],
  );
  const [level, tilt, bend] = free ?? [Number.NaN, 0, -1];
  const candidates =
    bend >= Math.abs(tilt) ? [{ level, tilt, bend }] : [onEdge(points, 1), onEdge(points, -1)];
  const withErrors = candidates.map((line) => ({
    ...line,
    error: points.reduce((sum, [y, z, w]) => {
      const off = line.level + line.tilt * y + line.bend * z - w;
      return sum + off * off;
    }, 0),
  }));
  return withErrors.reduce((best, next) => (next.error < best.error ? next : best));
}

function sviOf({ level, tilt, bend }: Linear, m: number, sigma: number): SviParameters {
  return { a: level, b: bend / sigma, rho: bend === 0 ? 0 : tilt / bend, m, sigma };
}

/** The best smile through the quotes; undefined with too few of them, or none that is finite. */
export function fitSmile(quotes: readonly SmileQuote[], years: number): SmileFit | undefined {
  if (quotes.length < quotesMin || !(years > 0)) return undefined;
  const ks = quotes.map(({ k }) => k);
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
      const line = linearFit(quotes, years, m, sigma);
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
