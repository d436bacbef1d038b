/** The disk, the market, the venue and the people around the house. */
import type { Random } from '../../../streams/ports/index.ts';
import { between, crash, duration, pick } from '../draws.ts';
import type { PlanEntry, Trading } from '../plan.ts';
import { generous, tuned } from '../setups.ts';
import { btcOption, otherOption } from '../world/sim-market.ts';
import { busy, type Directed, disk, operator, perpetuals, times, venue } from './theme.ts';

/** A disk that is slow, lies, fills up and loses what was not synced. */
export function disks(random: Random, trading: Trading): Directed {
  const faultS = 45;
  const at = (): number => between(random, 1, faultS - 8);
  const draws: readonly (() => PlanEntry)[] = [
    () => disk(at(), 'slow', 100 + random.integer(900), duration(random, 15)),
    () => disk(at(), 'fail_sync', 1 + random.integer(8), 10),
    // The streams that something waits for: an order, a mode.
    () => ({
      ...disk(at(), 'fail_sync', 1 + random.integer(8), 10),
      stream: pick(random, ['ledger', 'control']),
    }),
    () => disk(at(), 'fail_write', 1 + random.integer(20), 10),
    () => disk(at(), 'fail_name', 1 + random.integer(3), 20),
    // One that stays broken, and one that takes a part of what it refuses.
    () => ({
      ...disk(
        at(),
        pick(random, ['fail_sync', 'fail_write', 'fail_name']),
        1,
        between(random, 1, 9),
      ),
      lasting: true,
    }),
    () => ({ ...disk(at(), 'fail_sync', 1 + random.integer(8), 10), torn: true }),
    // In the middle of a start.
    () =>
      ({
        ...crash(random, at()),
        meets: 'down',
        port: 'disk',
        call: 1 + random.integer(60),
        downS: 1,
      }) as PlanEntry,
    () => ({ ...crash(random, at()), how: 'power', downS: 1 }) as PlanEntry,
    () => ({ ...crash(random, at()), how: 'power', downS: 1 }) as PlanEntry,
  ];
  return {
    faultS,
    trading: { ...trading, ...busy, groups: 0.2, reductions: 0.15, cancels: 0.1 },
    setup: generous(),
    entries: times(4 + random.integer(4), () => pick(random, draws)()),
  };
}

/** A disk that is full while orders rest that protect a position, and the hand cancels. */
export function fullDisk(random: Random, trading: Trading): Directed {
  return {
    faultS: 30,
    trading: { ...trading, ...busy, reductions: 0.3, cancels: 0.3, rests: 0.6 },
    setup: generous(),
    entries: times(1 + random.integer(2), () =>
      random.next() < 0.5
        ? disk(between(random, 8, 22), 'full', 1, between(random, 3, 10))
        : disk(between(random, 8, 22), 'tight', pick(random, [0.86, 0.88, 0.9]), 8),
    ),
  };
}

/** A market that nobody should trade in. */
export function stress(random: Random, trading: Trading): Directed {
  const faultS = 30;
  const at = (): number => between(random, 5, faultS - 8);
  const draws: readonly (() => PlanEntry)[] = [
    () => ({
      kind: 'market',
      atS: at(),
      what: 'thin',
      amount: pick(random, [0.002, 0.05, 0.3]),
      forS: 8,
    }),
    () => ({
      kind: 'market',
      atS: at(),
      what: 'basis',
      amount: pick(random, [-200, 70, 300]),
      forS: 8,
    }),
    () => venue(at(), 'empty_book', { instrument: pick(random, perpetuals) }, 8),
    () => venue(at(), 'halt', { instrument: pick(random, [btcOption, ...perpetuals]) }, 8),
    () => venue(at(), 'crossed_book', { instrument: pick(random, perpetuals) }, 4),
    () => ({
      kind: 'clock',
      atS: at(),
      stepS: pick(random, [-3_600, -2, -0.2, 0.2, 2, 3_600]),
      forS: 5,
    }),
  ];
  const hasty = { cortex_kill_window_s: 3, basis_kill_window_s: 2, basis_reduceonly_window_s: 1 };
  return {
    faultS,
    trading: { ...trading, ...busy, everyMs: 500, groups: 0.3, reductions: 0.2 },
    setup: generous({}, random.next() < 0.7 ? hasty : {}),
    entries: times(2 + random.integer(4), () => pick(random, draws)()),
  };
}

/** Products that end, and a venue that was away. */
export function ends(random: Random, trading: Trading): Directed {
  const faultS = 40;
  const at = (): number => between(random, 6, faultS - 10);
  return {
    faultS,
    trading: { ...trading, everyMs: 500, groups: 0.5, rests: 0.4 },
    setup: generous(),
    entries: [
      venue(at(), 'expiry', { instrument: pick(random, [btcOption, otherOption]) }, 60),
      ...(random.next() < 0.4
        ? [{ kind: 'venue_restart' as const, atS: at(), forS: duration(random, 10) }]
        : []),
      ...(random.next() < 0.4 ? [crash(random, at())] : []),
    ],
  };
}

/** People restrict, restore and cancel while reductions rest; the process ends under their hands, or on their word. */
export function restricted(random: Random, trading: Trading): Directed {
  const at = (): number => between(random, 6, 26);
  const commands = [
    'kill',
    'kill_flatten',
    'kill_keep',
    'freeze',
    'emergency',
    'restore',
    'reconcile',
  ] as const;
  return {
    faultS: 30,
    trading: { ...trading, ...busy, reductions: 0.35, cancels: 0.3, rests: 0.6 },
    setup: generous(),
    entries: [
      ...times(2 + random.integer(4), () => operator(at(), pick(random, commands))),
      ...(random.next() < 0.3 ? [{ ...crash(random, at()), downS: 1 } as PlanEntry] : []),
      ...(random.next() < 0.3 ? stopping(random, at()) : []),
    ],
  };
}

/** An orderly stop, and within its second something that does not let it. */
function stopping(random: Random, atS: number): PlanEntry[] {
  const meets = pick(random, ['sent', 'acked', 'partially_filled', 'in_doubt'] as const);
  const soon = atS + between(random, 0, 1);
  const hindrances: readonly (() => PlanEntry)[] = [
    () => ({ ...disk(soon, 'fail_sync', 1, 2), lasting: true }),
    () => disk(soon, 'full', 1, 2),
    () => ({ kind: 'network', atS: soon, what: 'silence', amount: 1, forS: 3 }),
    () => ({ kind: 'pause', atS: soon, forS: 2 }),
    () => ({ ...crash(random, soon), call: 1 + random.integer(20), downS: 1 }) as PlanEntry,
  ];
  return [{ ...operator(atS, 'stop'), meets }, pick(random, hindrances)()];
}

/** A strategy that has lost its mind. */
export function nonsensical(_random: Random, trading: Trading): Directed {
  return {
    faultS: 20,
    trading: { ...trading, ...busy, nonsense: 0.8, reductions: 0.05 },
    setup: generous(),
    entries: [],
  };
}

/** A house that is set up at one of its edges. */
export function edges(random: Random, trading: Trading): Directed {
  const { setup, trading: own, entries } = pick(random, tuned)(random);
  return {
    faultS: 25,
    trading: { ...trading, withStrategy: false, nonsense: 0.05, reductions: 0.15, ...own },
    setup,
    entries: [...entries, ...(random.next() < 0.2 ? [crash(random, between(random, 5, 20))] : [])],
  };
}
