/**
 * From a seed to a plan. Each history breaks only a few kinds of things, chosen by the seed: what
 * breaks everything at once never gets far enough to be interesting. Half of them are directed: they
 * lead to a corner that chance finds too rarely.
 */
import { seededRandom } from '../../daemon/ports/virtual/index.ts';
import type { Random } from '../../streams/ports/index.ts';
import { type Draw, families, pick } from './draws.ts';
import { faultKindOf, type Plan, type PlanEntry, type Trading } from './plan.ts';
import { withQuiet } from './quiet.ts';
import { storeDraws, withStore } from './store/draws.ts';
import type { Theme } from './themes/theme.ts';
import { themes } from './themes.ts';

/** Share of histories that are directed. */
const directedShare = 0.6;

function tradingOf(random: Random): Trading {
  return {
    everyMs: pick(random, [300, 700, 1_500]),
    withStrategy: random.next() < 0.3,
    groups: pick(random, [0.05, 0.25, 0.5]),
    reductions: pick(random, [0.1, 0.3]),
    cancels: pick(random, [0.05, 0.2]),
    nonsense: pick(random, [0, 0.05, 0.2]),
    rests: pick(random, [0.1, 0.35, 0.7]),
    size: pick(random, [0.1, 0.5, 1]),
    edgeUsd: pick(random, [20, 20, 6]),
  };
}

/** Every kind the generator can draw, under the name it is counted by. */
export function faultKinds(): string[] {
  const kinds = new Set<string>();
  // Enough draws that every choice of every family comes up; the stream is fixed.
  const random = seededRandom('kinds');
  for (const draw of [...families.flat(), ...storeDraws])
    for (let times = 0; times < 200; times += 1) kinds.add(faultKindOf(draw(random, 0)));
  // Drawn by themes alone.
  kinds.add('watchdog');
  kinds.add('disk:fail_name');
  kinds.add('operator:kill_flatten');
  kinds.add('operator:kill_keep');
  return [...kinds].sort();
}

/** Share of histories with quiet stretches, and with pauses as long as they are shipped. */
const quietShare = 2 / 3;

/** The theme its plan is directed by; undefined: drawn from everything. */
function themeFrom(random: Random): Theme | undefined {
  return random.next() < directedShare ? pick(random, themes) : undefined;
}

/** Name of the theme of that seed's plan. */
export function themeOf(seed: string): string | undefined {
  return themeFrom(seededRandom(`plan/${seed}`))?.name;
}

/** Whether that seed's plan is one of a theme, or has a store beside it. */
export function showsIn(theme: string | undefined, seed: string): boolean {
  if (theme === undefined) return false;
  return theme === 'store' ? planOf(seed).store === true : themeOf(seed) === theme;
}

/** The same seed, the same plan. */
export function planOf(seed: string): Plan {
  return withStore(planWithoutStore(seed));
}

function planWithoutStore(seed: string): Plan {
  const random = seededRandom(`plan/${seed}`);
  const theme = themeFrom(random);
  if (theme !== undefined) {
    const plan = theme.plan(random, tradingOf(random));
    const entries = [...plan.entries].sort((a, b) => a.atS - b.atS);
    return { ...plan, seed, entries };
  }
  return drawnPlan(seed, random);
}

function drawnPlan(seed: string, random: Random): Plan {
  const faultS = pick(random, [15, 25, 45]);
  const drawn = families.filter(() => random.next() < 0.45);
  const pool = drawn.flatMap((draws) => {
    const kept = draws.filter(() => draws.length === 1 || random.next() < 0.35);
    return kept.length === 0 ? [pick(random, draws)] : [kept[0] as Draw, ...kept.slice(1)];
  });
  const entries: PlanEntry[] = [];
  const wanted = pool.length === 0 ? 0 : 1 + random.integer(9);
  for (let index = 0; index < wanted; index += 1) {
    const atS = Math.round(random.next() * faultS * 10) / 10;
    entries.push(pick(random, pool)(random, atS));
  }
  entries.sort((a, b) => a.atS - b.atS);
  const plan = { seed, faultS, trading: tradingOf(random), setup: {}, entries };
  const quiet = random.fork('quiet');
  return quiet.next() < quietShare ? withQuiet(plan, quiet) : plan;
}

/** 64-bit seeds of a campaign: the n-th after `base`, by a mixing that has no short cycles. */
export function seedAt(base: bigint, n: number): string {
  let z = BigInt.asUintN(64, base + BigInt(n + 1) * 0x9e3779b97f4a7c15n);
  z = BigInt.asUintN(64, (z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n);
  z = BigInt.asUintN(64, (z ^ (z >> 27n)) * 0x94d049bb133111ebn);
  z ^= z >> 31n;
  return z.toString(16).padStart(16, '0');
}
