/**
 * From a seed to a plan. Each history breaks only a few kinds of things, chosen by the seed: what
 * breaks everything at once never gets far enough to be interesting.
 */
import { seededRandom } from '../../daemon/ports/virtual/index.ts';
import type { Random } from '../../streams/ports/index.ts';
import { faultKindOf, type Plan, type PlanEntry, type Trading } from './plan.ts';
import { withQuiet } from './quiet.ts';
import { portKinds } from './world/crash-ports.ts';
import { btcOption, btcPerpetual, ethPerpetual } from './world/sim-market.ts';

type Draw = (random: Random, atS: number) => PlanEntry;

function pick<T>(random: Random, choices: readonly T[]): T {
  return choices[random.integer(choices.length)] as T;
}

function between(random: Random, low: number, high: number): number {
  return low + random.next() * (high - low);
}

/** A duration: mostly short, sometimes long. */
function duration(random: Random, max: number): number {
  return Math.round(max * random.next() ** 2 * 10) / 10 + 0.1;
}

function venue(
  fault: string,
  parameters: (random: Random) => Record<string, unknown>,
  forMaxS = 15,
): Draw {
  return (random, atS) => ({
    kind: 'venue',
    atS,
    fault,
    parameters: parameters(random),
    forS: duration(random, forMaxS),
  });
}

const none = (): Record<string, unknown> => ({});
const orderMethods = ['private/buy', 'private/sell', 'private/cancel'] as const;
const count = (random: Random): number => 1 + random.integer(3);
const frames = (random: Random): Record<string, unknown> => ({
  on: pick(random, ['replies', 'notifications', 'all']),
  share: pick(random, [0.05, 0.3, 1]),
  ...(random.next() < 0.4
    ? { subject: pick(random, ['user.', 'book.', 'trades.', 'private/buy', 'private/sell']) }
    : {}),
});
const instrument = (random: Random): Record<string, unknown> => ({
  instrument: pick(random, [btcPerpetual, ethPerpetual, btcOption]),
});
/**
 * Errors that prove nothing happened, errors that do not, and one nobody knows. Not -32602 and
 * 11029: they say that we sent nonsense, the daemon counts it so, and the observer believes the count.
 */
const codes = [10009, 10004, 10019, 11044, 13777, 10040, 11051, 99999, 10010] as const;

const venueDraws: readonly Draw[] = [
  venue('delay', (random) => ({
    ...frames(random),
    delay_ms: random.integer(4_000),
    jitter_ms: 500,
  })),
  venue('drop', frames),
  venue('duplicate', frames),
  venue('reorder', frames),
  venue('garbage', frames, 4),
  venue('half_open', (random) => ({ sessions: pick(random, ['present', 'all']) }), 40),
  venue('disconnect', none),
  venue('session_kill', none),
  venue('too_many_requests', (random) => ({
    count: count(random),
    method: pick(random, orderMethods),
  })),
  venue('http_429', (random) => ({ upgrades: random.next() < 0.5 })),
  venue('reject', (random) => ({
    code: pick(random, codes),
    count: count(random),
    method: pick(random, orderMethods),
  })),
  venue('reply_lost', (random) => ({ count: count(random), method: pick(random, orderMethods) })),
  venue('slow_matching', (random) => ({ delay_ms: random.integer(6_000) })),
  venue('clock_skew', (random) => ({ skew_ms: pick(random, [-8_000, -900, 900, 8_000]) }), 30),
  venue('maintenance', none),
  venue('halt', instrument),
  venue('frozen_feed', instrument, 20),
  venue('book_gap', (random) => ({ ...instrument(random), count: count(random) })),
  venue('trade_gap', (random) => ({ ...instrument(random), count: count(random) })),
  venue('crossed_book', instrument, 5),
  venue('empty_book', instrument),
  venue('missing_fill', (random) => ({ count: count(random) })),
  venue('late_fill', (random) => ({ count: count(random), late_ms: random.integer(3_000) })),
  venue(
    'partial_fill',
    (random) => ({ pieces: count(random), share: pick(random, [0.2, 0.7]) }),
    40,
  ),
  venue('margin_call', (random) => ({
    currency: pick(random, ['BTC', 'ETH']),
    leave: pick(random, [0, 0.0005, 0.01]),
  })),
];

const networkDraws: readonly Draw[] = (['cut', 'silence', 'slow', 'lossy'] as const).map(
  (what) => (random, atS) => ({
    kind: 'network',
    atS,
    what,
    amount: what === 'slow' ? 20 + random.integer(3_000) : between(random, 0.1, 1),
    forS: duration(random, 20),
  }),
);

const diskDraws: readonly Draw[] = (['fail_write', 'fail_sync', 'full', 'slow'] as const).map(
  (what) => (random, atS) => ({
    kind: 'disk',
    atS,
    what,
    amount: what === 'slow' ? 5 + random.integer(800) : 1 + random.integer(6),
    forS: duration(random, 10),
  }),
);

const crash: Draw = (random, atS) => ({
  kind: 'crash',
  atS,
  how: pick(random, ['process', 'power']),
  port: pick(random, portKinds),
  side: pick(random, ['before', 'after']),
  call: 1 + random.integer(pick(random, [5, 60, 600])),
  downS: duration(random, 8),
});

const otherDraws: readonly Draw[] = [
  (random, atS) => ({ kind: 'pause', atS, forS: duration(random, 12) }),
  (random, atS) => ({
    kind: 'clock',
    atS,
    stepS: pick(random, [-3_600, -2, -0.2, 0.2, 2, 3_600]),
    forS: duration(random, 20),
  }),
  (random, atS) => ({
    kind: 'operator',
    atS,
    command: pick(random, ['kill', 'emergency', 'restore', 'reconcile', 'adopt', 'stop']),
  }),
  (random, atS) => ({
    kind: 'policy',
    atS,
    key: pick(random, ['min_edge_usd', 'max_order_notional_usd', 'max_position_usd', 'unreadable']),
    forS: duration(random, 20),
  }),
];

/** Families a history draws from; a crash is a family of its own because it is the house's speciality. */
const families: readonly (readonly Draw[])[] = [
  venueDraws,
  networkDraws,
  diskDraws,
  [crash],
  otherDraws,
];

function tradingOf(random: Random): Trading {
  return {
    everyMs: pick(random, [300, 700, 1_500]),
    withStrategy: random.next() < 0.3,
    groups: pick(random, [0.05, 0.25, 0.5]),
    reductions: pick(random, [0.1, 0.3]),
    cancels: pick(random, [0.05, 0.2]),
    nonsense: pick(random, [0, 0.05, 0.2]),
    size: pick(random, [0.1, 0.5, 1]),
  };
}

/** Every kind the generator can draw, under the name it is counted by. */
export function faultKinds(): string[] {
  const kinds = new Set<string>();
  // Enough draws that every choice of every family comes up; the stream is fixed.
  const random = seededRandom('kinds');
  for (const draw of families.flat())
    for (let times = 0; times < 200; times += 1) kinds.add(faultKindOf(draw(random, 0)));
  return [...kinds].sort();
}

/** Share of histories with quiet stretches, and with pauses as long as they are shipped. */
const quietShare = 2 / 3;

/** The same seed, the same plan. */
export function planOf(seed: string): Plan {
  const random = seededRandom(`plan/${seed}`);
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
  const plan = { seed, faultS, trading: tradingOf(random), entries };
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
