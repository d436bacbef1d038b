/** Orders that trade in part, pile up, arrive late or leave everybody in doubt. */
import type { Random } from '../../../streams/ports/index.ts';
import { between, crash, duration, pick } from '../draws.ts';
import type { PlanEntry, Trading } from '../plan.ts';
import { generous } from '../setups.ts';
import { busy, type Directed, times, venue } from './theme.ts';

/** Orders trade only in small part: rescues, closes and the hedge all fall short. */
export function brokenGroups(random: Random, trading: Trading): Directed {
  const share = pick(random, [0.01, 0.1, 0.3]);
  const crashes = random.next() < 0.5 ? 2 + random.integer(3) : 0;
  const blind = random.next() < 0.25;
  return {
    faultS: 45,
    trading: {
      ...trading,
      ...busy,
      everyMs: 500,
      groups: 0.5,
      rests: 0.1,
      reductions: 0.3,
      edgeUsd: pick(random, [20, 200, 200]),
    },
    setup: random.next() < 0.8 ? generous() : {},
    entries: [
      venue(0, 'partial_fill', { pieces: 1 + random.integer(2), share }, 45),
      ...times(crashes, () => ({
        ...crash(random, between(random, 5, 40)),
        // In the middle of a group: a few orders after the first.
        port: 'wire' as const,
        call: 2 + random.integer(10),
        downS: 1,
      })),
      // Answers come late, and then nobody sees a price to close at.
      ...(blind
        ? times(3, (index) => [
            venue(9 + index * 11, 'slow_matching', { delay_ms: 1_500 }, 8),
            venue(9.5 + index * 11, 'frozen_feed', {}, 9),
          ]).flat()
        : []),
    ],
  };
}

/** Orders pile up until the limits stand against them. */
export function crowd(random: Random, trading: Trading): Directed {
  const execution = pick(random, [
    { max_position_usd: 20_000, max_order_notional_usd: 15_000 },
    { max_position_usd: 15_000, max_order_notional_usd: 9_000 },
    { pending_exposure_max_usd: 20_000 },
    { max_portfolio_delta_usd: 30_000 },
    { open_orders_max: 3 },
    { open_orders_max: 4 },
    { open_orders_max: 6 },
    { open_groups_max: 1 },
    { delta_limit_usd: 5_000 },
  ]);
  return {
    faultS: 25,
    trading: {
      ...trading,
      ...busy,
      groups: 'open_groups_max' in execution ? 0.6 : 0,
      reductions: 0.02,
      rests: pick(random, [0.5, 0.9]),
      size: 0.6,
      edgeUsd: 'delta_limit_usd' in execution ? 7 : 20,
    },
    setup: generous({ max_order_rate_per_s: 20, ...execution }),
    entries: random.next() < 0.3 ? [crash(random, between(random, 5, 20))] : [],
  };
}

/** Orders whose answer, or whose very arrival, is uncertain for longer than anyone waits. */
export function doubt(random: Random, trading: Trading): Directed {
  const faultS = 45;
  const method = (): string => pick(random, ['private/buy', 'private/sell']);
  const draws: readonly (() => PlanEntry)[] = [
    () => venue(at(), 'reply_lost', { count: 1 + random.integer(4), method: method() }, 10),
    () =>
      venue(at(), 'slow_matching', { delay_ms: pick(random, [3_300, 4_200, 4_700, 6_500]) }, 12),
    () =>
      venue(
        at(),
        'drop',
        { on: 'all', share: 1, subject: pick(random, ['user.', 'user.trades', method()]) },
        8,
      ),
    () => venue(at(), 'missing_fill', { count: 2 }, 15),
    () => ({ kind: 'network', atS: at(), what: 'silence', amount: 1, forS: duration(random, 12) }),
    () => ({ kind: 'network', atS: at(), what: 'cut', amount: 1, forS: 1 }),
    () => venue(at(), 'reject', { code: 10028, count: 2, method: method() }, 10),
    () => crash(random, at()),
  ];
  const at = (): number => between(random, 4, faultS - 5);
  return {
    faultS,
    trading: { ...trading, ...busy, groups: pick(random, [0, 0.3]), reductions: 0.15, rests: 0.4 },
    setup: generous(),
    entries: times(4 + random.integer(5), () => pick(random, draws)()),
  };
}

/** Orders that arrive after everybody stopped waiting for them, and before they are too late. */
export function late(random: Random, trading: Trading): Directed {
  return {
    faultS: 45,
    trading: { ...trading, ...busy, reductions: 0.15, rests: 0.3 },
    setup: generous(),
    entries: times(4, (index) =>
      venue(9 + index * 9, 'slow_matching', { delay_ms: 3_300 + random.integer(1_400) }, 2),
    ),
  };
}

/** Orders that trade after their cancel, and fills that nobody is told of: only the venue's list knows. */
export function unseen(random: Random, trading: Trading): Directed {
  return {
    faultS: 40,
    // Small: a venue that trades what it cancelled is not what limits can know of.
    trading: { ...trading, ...busy, reductions: 0.1, cancels: 0.35, rests: 0.8, size: 0.1 },
    setup: generous(),
    entries: times(3, (index) => {
      const atS = 6 + index * 11;
      const late_ms = 200 + random.integer(3_000);
      const share = pick(random, [0.4, 1]);
      return [
        venue(atS, 'late_fill', { count: 2 + random.integer(3), late_ms, share }, 6),
        venue(atS, 'missing_fill', { count: 20 }, 10),
      ];
    }).flat(),
  };
}

/** More is wanted than the venue, or the policy, grants in a second. */
export function hurried(random: Random, trading: Trading): Directed {
  const ratePerSecond = 1 + random.integer(2);
  const burst = 8;
  const setup = pick(random, [
    {
      matching: { ratePerSecond, burst },
      ...generous({ venue_order_credits_per_s: ratePerSecond, venue_order_burst: burst }),
    },
    generous({ max_order_rate_per_s: ratePerSecond, repeated_execution_max: 8 }),
  ]);
  return {
    faultS: 25,
    trading: { ...trading, ...busy, groups: 0.1, reductions: 0.2, cancels: 0.1, rests: 0.5 },
    setup,
    entries: random.next() < 0.3 ? [crash(random, between(random, 5, 20))] : [],
  };
}
