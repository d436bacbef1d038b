/**
 * Hidden prices: correlated coins with calm and wild regimes, and short runs that the order books
 * betray a moment before they happen. Some betrayals are false, so that acting on them is an edge
 * and not a certainty.
 */
import type { Random } from '../../ports/random.ts';
import { normal } from './seeded-random.ts';
import type { SurfaceState } from './surface.ts';

export const spotStepUs = 100_000;
const stepSeconds = spotStepUs / 1_000_000;

/** Per square-root second, fraction: about 55 % and 60 % a year in the calm regime. */
const calmVolatility: Readonly<Record<string, number>> = { BTC: 0.95e-4, ETH: 1.05e-4 };
/** Of calm steps; with runs and jumps of their own 0.55 is left over a second, as recorded in 2024. */
const correlation = 0.9;
/** Runs: mean distance, s; how long the books show one before it starts, s. */
const runEverySeconds = 18;
const runLeadSeconds = 0.8;
const falseRunShare = 0.3;
/**
 * Drift of a run, fraction per second: least, and its range. A taker who follows the books blindly
 * earns a little after fees of 7 bps a round trip; whoever trades oftener than that loses.
 */
const runDriftMin = 1.1e-4;
const runDriftRange = 0.9e-4;
/** The first run is a strong one. */
const firstRunDrift = 2.4e-4;
/** Jumps: mean distance, s; smallest size and its range, fraction; share that moves every coin. */
const jumpEverySeconds = 1_800;
const jumpMin = 0.003;
const jumpRange = 0.009;
const commonJumpShare = 0.7;
/** The first run comes this soon: whoever has just connected sees something happen. */
const firstRunUs = 4_000_000;
/** Pull back to the start price, per second: half of a deviation is gone after about two hours. */
const homeward = 1e-4;

export interface SpotState {
  readonly currency: string;
  readonly home: number;
  price: number;
  /** -1…1: what takers and displayed sizes lean on. */
  lean: number;
  wild: boolean;
  premium: number;
  /** Yearly basis of dated futures, fraction. */
  basis: number;
  runDirection: number;
  runDrift: number;
  runFromUs: number;
  runUntilUs: number;
  /** When the first run is announced, epoch µs; 0 afterwards. */
  firstRunUs: number;
  readonly surface: SurfaceState;
}

export function createSpot(currency: string, price: number, nowUs: number): SpotState {
  const level = currency === 'BTC' ? 0.42 : 0.6;
  return {
    currency,
    home: price,
    price,
    lean: 0,
    wild: false,
    premium: 0,
    basis: 0.055,
    runDirection: 0,
    runDrift: 0,
    runFromUs: nowUs,
    runUntilUs: nowUs,
    firstRunUs: nowUs + firstRunUs,
    surface: { level, skew: -0.05, smile: 0.06, term: -0.08 },
  };
}

/** One step of all coins at `nowUs`. */
export function stepSpots(spots: readonly SpotState[], random: Random, nowUs: number): void {
  const common = normal(random);
  for (const spot of spots) {
    const own = normal(random);
    const shock = correlation * common + Math.sqrt(1 - correlation * correlation) * own;
    stepRun(spot, random, nowUs);
    if (random.next() < stepSeconds / 180) spot.wild = random.next() < 0.3;
    const running = nowUs >= spot.runFromUs && nowUs < spot.runUntilUs;
    const volatility = (calmVolatility[spot.currency] ?? 1e-4) * (spot.wild ? 1.8 : 1);
    const drift =
      (running ? spot.runDirection * spot.runDrift : 0) -
      homeward * Math.log(spot.price / spot.home);
    spot.price *= Math.exp(drift * stepSeconds + volatility * Math.sqrt(stepSeconds) * shock);
    stepCarry(spot, random);
  }
}

/**
 * News: rarely, the price is somewhere else at once, for one coin or for all, and volatility with
 * it. Draws from a stream of its own, so that it disturbs nothing else of a seed.
 */
export function jumpSpots(spots: readonly SpotState[], random: Random): void {
  if (random.next() >= stepSeconds / jumpEverySeconds) return;
  const size = (random.next() < 0.5 ? 1 : -1) * (jumpMin + jumpRange * random.next());
  const only = random.next() < commonJumpShare ? undefined : random.integer(spots.length);
  for (const [at, spot] of spots.entries()) {
    if (only !== undefined && only !== at) continue;
    spot.price *= 1 + size;
    spot.wild = true;
    spot.surface.level += Math.abs(size) * 2;
  }
}

function stepRun(spot: SpotState, random: Random, nowUs: number): void {
  const first = spot.firstRunUs !== 0 && nowUs >= spot.firstRunUs;
  const due = random.next() < stepSeconds / runEverySeconds && spot.firstRunUs === 0;
  if (nowUs >= spot.runUntilUs && (first || due)) {
    const seconds = 5 + random.next() * 9;
    const drifts = random.next() >= falseRunShare || first;
    spot.runDirection = random.next() < 0.5 ? 1 : -1;
    const drift = runDriftMin + random.next() * runDriftRange;
    spot.runDrift = first ? firstRunDrift : drifts ? drift : 0;
    spot.runFromUs = nowUs + runLeadSeconds * 1_000_000;
    spot.runUntilUs = nowUs + (drifts ? seconds : 2.5) * 1_000_000;
    spot.firstRunUs = 0;
  }
  // The lean shows from the announcement and fades before the run ends.
  const shows = nowUs < spot.runUntilUs - 1_200_000;
  const target = shows ? spot.runDirection : 0;
  spot.lean += (target - spot.lean) * 0.25 + normal(random) * 0.05;
  spot.lean = Math.max(-1, Math.min(1, spot.lean));
}

function stepCarry(spot: SpotState, random: Random): void {
  spot.premium += -0.01 * (spot.premium - 0.000_03) + normal(random) * 2e-6;
  spot.basis = Math.max(0.01, spot.basis + -0.0001 * (spot.basis - 0.055) + normal(random) * 2e-5);
  const { surface } = spot;
  const anchor = spot.currency === 'BTC' ? 0.42 : 0.6;
  surface.level = Math.max(
    0.15,
    surface.level + -0.000_2 * (surface.level - anchor) + normal(random) * 1.2e-4,
  );
  surface.skew += -0.001 * (surface.skew + 0.05) + normal(random) * 5e-5;
}
