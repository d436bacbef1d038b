/** The smile that was last found good for an expiry, as a capsule cites it. */
import { jsonNumber } from './json-text.ts';

/** Raw SVI: total variance w(k) = a + b(ρ(k − m) + √((k − m)² + σ²)) over k = ln(strike / forward). */
export interface SurfaceFit {
  /** Epoch µs. */
  readonly expiryUs: number;
  /** When it was fitted, epoch µs. */
  readonly fittedUs: number;
  readonly svi: {
    readonly a: number;
    readonly b: number;
    readonly rho: number;
    readonly m: number;
    readonly sigma: number;
  };
  /** Root mean square error in volatility, fraction. */
  readonly rmseFloat: number;
}

/** As facts carry it, canonical: written once a fit, so that an order only quotes it. */
export function surfaceFitJson({ expiryUs, fittedUs, svi, rmseFloat }: SurfaceFit): string {
  return (
    `{"a_float":${jsonNumber(svi.a)},"b_float":${jsonNumber(svi.b)},"expiry_us":${expiryUs},` +
    `"fitted_us":${fittedUs},"m_float":${jsonNumber(svi.m)},"rho_float":${jsonNumber(svi.rho)},` +
    `"rmse_float":${jsonNumber(rmseFloat)},"sigma_float":${jsonNumber(svi.sigma)}}`
  );
}
