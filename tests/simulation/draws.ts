/** What can be drawn into a plan: every kind of fault with its parameters. */
import type { Random } from '../../streams/ports/index.ts';
import type { PlanEntry } from './plan.ts';
import { portKinds } from './world/crash-ports.ts';
import { btcOption, btcPerpetual, ethPerpetual, otherOption } from './world/sim-market.ts';

export type Draw = (random: Random, atS: number) => PlanEntry;

export function pick<T>(random: Random, choices: readonly T[]): T {
  return choices[random.integer(choices.length)] as T;
}

export function between(random: Random, low: number, high: number): number {
  return low + random.next() * (high - low);
}

/** A duration: mostly short, sometimes long. */
export function duration(random: Random, max: number): number {
  return Math.round(max * random.next() ** 2 * 10) / 10 + 0.1;
}

export function venue(
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
/** What reconciliation and look-ups are made of: a house without one of them knows less than it thinks. */
const readMethods = [
  'private/get_positions',
  'private/get_open_orders',
  'private/get_user_trades_by_currency',
  'private/get_order_history_by_instrument',
  'private/get_account_summaries',
] as const;
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
  venue('reject', (random) => ({ code: 11051, count: 40, method: pick(random, readMethods) }), 12),
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
  venue('expiry', (random) => ({ instrument: pick(random, [btcOption, otherOption]) }), 60),
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

const diskDraws: readonly Draw[] = (
  ['fail_write', 'fail_sync', 'full', 'tight', 'slow'] as const
).map((what) => (random, atS) => ({
  kind: 'disk',
  atS,
  what,
  amount:
    what === 'slow'
      ? 5 + random.integer(800)
      : what === 'tight'
        ? pick(random, [0.82, 0.88, 0.91])
        : 1 + random.integer(6),
  forS: duration(random, 10),
}));

export const crash: Draw = (random, atS) => ({
  kind: 'crash',
  atS,
  how: pick(random, ['process', 'power']),
  port: pick(random, portKinds),
  side: pick(random, ['before', 'after']),
  call: 1 + random.integer(pick(random, [5, 60, 600])),
  downS: duration(random, 8),
});

/** Keys of the execution policy that may go missing from the file. */
const missingKeys = [
  'min_edge_usd',
  'max_order_notional_usd',
  'max_position_usd',
  'delta_limit_usd',
] as const;

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
    command: pick(random, ['kill', 'freeze', 'emergency', 'restore', 'reconcile', 'adopt', 'stop']),
  }),
  (random, atS) => ({
    kind: 'policy',
    atS,
    key: pick(random, [...missingKeys, 'unreadable']),
    forS: duration(random, 20),
  }),
  (random, atS) => ({
    kind: 'market',
    atS,
    what: 'thin',
    amount: pick(random, [0.002, 0.05, 0.3]),
    forS: duration(random, 20),
  }),
  (random, atS) => ({
    kind: 'market',
    atS,
    what: 'basis',
    amount: pick(random, [-200, 70, 200]),
    forS: duration(random, 20),
  }),
  (random, atS) => ({ kind: 'venue_restart', atS, forS: duration(random, 12) }),
];

/** Families a history draws from; a crash is a family of its own because it is the house's speciality. */
export const families: readonly (readonly Draw[])[] = [
  venueDraws,
  networkDraws,
  diskDraws,
  [crash],
  otherDraws,
];
