/** The volatility surface as a guard: what is fitted, what is refused, what three refusals do. */
import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type NamedSmile, watchVolSurface } from '../../../actors/guard/index.ts';
import { VolSurface } from '../../../actors/guard/monitors/vol-surface/surface.ts';
import {
  impliedVolatility,
  isFreeOfButterflies,
  type SviParameters,
  smileDrift,
  testGrid,
} from '../../../actors/guard/monitors/vol-surface/svi.ts';
import { fitSmile } from '../../../actors/guard/monitors/vol-surface/svi-fit.ts';
import { defaultGuardPolicy } from '../../../streams/facts/policy/guard.ts';
import type { SurfaceFit } from '../../../streams/facts/surface-fit.ts';
import { activeBench } from '../../fixtures/guard/guard-bench.ts';

const surface = suite('volatility surface');

const limits = defaultGuardPolicy();
const strikes = [-0.5, -0.35, -0.2, -0.1, 0, 0.1, 0.2, 0.35, 0.5];
const usual: SviParameters = { a: 0.01, b: 0.08, rho: -0.3, m: 0.02, sigma: 0.15 };
/** Axel Vogt's smile: looks like any other and holds a butterfly (Gatheral, Jacquier 2014, §3.1). */
const vogt: SviParameters = { a: -0.041, b: 0.1331, rho: 0.306, m: 0.3586, sigma: 0.4153 };
const dayUs = 86_400_000_000;

function smileOf(svi: SviParameters, change: Partial<NamedSmile> = {}, years = 0.25): NamedSmile {
  return {
    underlying: 'BTC',
    expiryUs: 90 * dayUs,
    years,
    thin: false,
    quotes: strikes.map((k) => ({ k, volatility: impliedVolatility(svi, k, years) })),
    ...change,
  };
}

surface('a smile that is SVI is found again, whatever its parameters', () => {
  const smiles = fc.record({
    a: fc.double({ min: 0.005, max: 0.05, noNaN: true }),
    b: fc.double({ min: 0.02, max: 0.3, noNaN: true }),
    rho: fc.double({ min: -0.8, max: 0.8, noNaN: true }),
    m: fc.double({ min: -0.2, max: 0.2, noNaN: true }),
    sigma: fc.double({ min: 0.05, max: 0.5, noNaN: true }),
  });
  fc.assert(
    fc.property(smiles, (svi) => {
      const fit = fitSmile(smileOf(svi).quotes, 0.25);
      assert.ok(fit !== undefined && fit.rmse < 0.003, `${JSON.stringify(fit)}`);
    }),
    { numRuns: 40, seed: 7 },
  );
});

surface('the known butterfly is found, a usual smile is free of it', () => {
  assert.is(isFreeOfButterflies(vogt, testGrid(-1.5, 1.5)), false);
  assert.is(isFreeOfButterflies(usual, testGrid(-1.5, 1.5)), true);
});

const judged = (smile: NamedSmile, svi: SviParameters, rmse = 0) =>
  new VolSurface(limits).judge(smile, svi, rmse, 0);

surface('NON-TRIP a usual smile, at the error that is allowed', () => {
  assert.is(judged(smileOf(usual), usual, 0.05), undefined);
});

surface('TRIP error: above 0.05, in a thin book above 0.08', () => {
  assert.is(judged(smileOf(usual), usual, 0.0501), 'rmse');
  assert.is(judged(smileOf(usual, { thin: true }), usual, 0.08), undefined);
  assert.is(judged(smileOf(usual, { thin: true }), usual, 0.0801), 'rmse');
});

surface('TRIP not finite; volatility above 500 %; a butterfly, in a thin book as well', () => {
  assert.is(judged(smileOf(usual), { ...usual, b: Number.NaN }), 'not_finite');
  assert.is(judged(smileOf(usual), { ...usual, a: 6.3 }), 'iv');
  const wide = { ...smileOf(vogt, {}, 1), quotes: [-1.2, 1.2].map((k) => ({ k, volatility: 1 })) };
  assert.is(judged(wide, vogt), 'butterfly');
  assert.is(judged({ ...wide, thin: true }, vogt), 'butterfly');
});

/** The smile lifted by a share of its variance. */
const lifted = (share: number): SviParameters => ({
  ...usual,
  a: usual.a * (1 + share),
  b: usual.b * (1 + share),
});

function driftOf(share: number, thin: boolean): string | undefined {
  const kept = new VolSurface(limits);
  assert.is(kept.offer(smileOf(usual), 0), undefined);
  return kept.offer(smileOf(lifted(share), { thin }), 1_000_000);
}

surface('TRIP drift above 0.20, in a thin book above 0.40; the last valid fit is kept', () => {
  assert.is(driftOf(0.4, false), undefined);
  assert.is(driftOf(0.5, false), 'drift');
  assert.is(driftOf(0.9, true), undefined);
  assert.is(driftOf(1, true), 'drift');
  const kept = new VolSurface(limits);
  kept.offer(smileOf(usual), 0);
  const before = kept.kept;
  kept.offer(smileOf(lifted(0.5)), 1_000_000);
  assert.is(kept.kept, before);
  const laterUs = limits.svi_guard_trip_window_s * 1_000_000 + 1;
  assert.is(kept.offer(smileOf(lifted(0.5)), laterUs), undefined, 'too long ago to be a jump');
});

surface('TRIP calendar: the farther expiry may not have less variance than the nearer', () => {
  const kept = new VolSurface(limits);
  assert.is(kept.offer(smileOf(usual, { expiryUs: 90 * dayUs }), 0), undefined);
  const farther = (svi: SviParameters): NamedSmile => smileOf(svi, { expiryUs: 180 * dayUs }, 0.5);
  assert.is(kept.offer(farther({ ...usual, a: usual.a - 0.002 }), 0), 'calendar');
  assert.is(kept.offer(farther({ ...usual, a: usual.a + 0.002 }), 0), undefined);
});

surface(
  'drift is measured in what the market sees: a variance 44 % higher is a volatility 20 % higher',
  () => {
    const before = { svi: usual, years: 0.25 };
    assert.is(smileDrift(before, before, strikes), 0);
    const drift = smileDrift(before, { svi: lifted(0.44), years: 0.25 }, strikes);
    assert.ok(Math.abs(drift - 0.2) < 1e-12, String(drift));
  },
);

async function chainCase(refused: number, expected: readonly string[]): Promise<void> {
  const bench = activeBench({ policy: { svi_guard_enabled: true } });
  const { guard, policy } = bench;
  let broken = false;
  const verdicts: Array<string | undefined> = [];
  const fits: SurfaceFit[] = [];
  const quotes = strikes.map((k, at) => ({ k, volatility: at % 2 === 0 ? 0.3 : 0.9 }));
  const stop = watchVolSurface({
    clock: bench.ports.clock,
    guard,
    limits: policy,
    read: () => [broken ? smileOf(usual, { quotes }) : smileOf(usual)],
    onJudged: (refusal) => verdicts.push(refusal),
    onFit: (_, fit) => fits.push(fit),
  });
  try {
    await bench.pass(3_000);
    assert.is(guard.mode, 'Active');
    broken = true;
    const [fit] = fits.slice(-1);
    assert.equal([fit?.expiryUs, fit?.fittedUs], [90 * dayUs, bench.ports.clock.nowUs()]);
    const drawn = fit && impliedVolatility(fit.svi, 0.1, 0.25);
    assert.ok(Math.abs((drawn ?? 0) - impliedVolatility(usual, 0.1, 0.25)) < 0.003);
    assert.ok(fit !== undefined && fit.rmseFloat > 0 && fit.rmseFloat < 0.003);
    await bench.pass(refused * 1_000);
    broken = false;
    assert.is(fits.at(-1), fit, 'what was refused is not quoted');
    assert.is(verdicts.filter((verdict) => verdict === 'rmse').length, refused);
    assert.equal(guard.reasons, expected);
    await bench.pass(332_000);
    assert.is(guard.mode, 'Active', 'a window without refusals clears it');
  } finally {
    stop();
  }
}

surface('TRIP three refused fits within the window are Degraded; NON-TRIP two', async () => {
  await chainCase(3, ['REDUCEONLY_RISKSTATE_DEGRADED']);
  await chainCase(2, []);
});

surface.run();
