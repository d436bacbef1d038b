/** Which fit an order on an option finds. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { surfaceOf } from '../../../daemon/system/option-chain.ts';
import { SurfaceFits } from '../../../daemon/system/surface-fits.ts';
import type { SurfaceFit } from '../../../streams/facts/surface-fit.ts';
import { optionInstrument, perpetualInstrument } from '../../fixtures/instruments.ts';

const surfaceFits = suite('surface fits');

const option = optionInstrument();
const expiryUs = option.expiryUs as number;
const fit: SurfaceFit = {
  expiryUs,
  fittedUs: expiryUs - 1_000_000,
  svi: { a: 0.01, b: 0.08, rho: -0.3, m: 0.02, sigma: 0.15 },
  rmseFloat: 0.004,
};

function fittedAt(text: string | null): number | null {
  return text === null ? null : (JSON.parse(text) as { fitted_us: number }).fitted_us;
}

surfaceFits('the last one of its own surface and expiry', () => {
  const fits = new SurfaceFits();
  assert.is(fits.of(option), null);
  fits.keep(surfaceOf(option.row), fit);
  fits.keep(surfaceOf(option.row), { ...fit, fittedUs: fit.fittedUs + 1 });
  assert.is(fittedAt(fits.of(option)), fit.fittedUs + 1);
  const linear = optionInstrument({ settlement_currency: 'USDC', quote_currency: 'USDC' });
  assert.is(fits.of(linear), null, 'another surface');
  assert.is(fits.of(optionInstrument({ expiry_us: expiryUs + 1 })), null, 'another expiry');
  assert.is(fits.of(perpetualInstrument()), null);
});

surfaceFits('what has expired is forgotten when its surface is fitted again', () => {
  const fits = new SurfaceFits();
  fits.keep(surfaceOf(option.row), fit);
  const next = { ...fit, expiryUs: expiryUs + 1_000_000 };
  fits.keep(surfaceOf(option.row), { ...next, fittedUs: expiryUs - 1 });
  assert.is(fittedAt(fits.of(option)), fit.fittedUs);
  fits.keep(surfaceOf(option.row), { ...next, fittedUs: expiryUs });
  assert.is(fits.of(option), null);
});

surfaceFits.run();
