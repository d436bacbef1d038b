/** Lives, sessions and books that end while something is being proved. */
import type { Random } from '../../../streams/ports/index.ts';
import { between, crash, duration, pick } from '../draws.ts';
import type { PlanEntry, Trading } from '../plan.ts';
import { generous } from '../setups.ts';
import { btcOption } from '../world/sim-market.ts';
import { busy, type Directed, operator, perpetuals, times, venue } from './theme.ts';

const reads = [
  'private/get_positions',
  'private/get_open_orders',
  'private/get_user_trades_by_currency',
] as const;

/** Recorded and not sent, or just sent: the next life cannot know which. */
function inAnOrder(random: Random) {
  return { port: 'order' as const, call: 1 + random.integer(4) };
}

/** Lives that end again and again, some while what proves the state is refused. */
export function restarts(random: Random, trading: Trading): Directed {
  const faultS = 45;
  const at = (): number => between(random, 3, faultS - 8);
  const refused = random.next() < 0.6;
  const killed = random.next() < 0.4;
  return {
    faultS,
    trading: { ...trading, ...busy, groups: 0.2, reductions: 0.15, cancels: 0.1 },
    setup: random.next() < 0.5 ? generous() : {},
    entries: [
      ...times(3 + random.integer(4), () => ({
        ...crash(random, at()),
        ...(random.next() < 0.4 ? inAnOrder(random) : {}),
        downS: duration(random, 3),
      })),
      ...(refused
        ? times(2, () =>
            venue(at(), 'reject', { code: 11051, count: 60, method: pick(random, reads) }, 12),
          )
        : []),
      ...(killed ? [operator(at(), pick(random, ['kill', 'freeze', 'emergency']))] : []),
    ],
  };
}

/** Sight lost in the middle of a proof: what was read before says nothing about after. */
export function unproven(random: Random, trading: Trading): Directed {
  const faultS = 30;
  // A slow network is not what this is about.
  const patient = {
    bunker_http_p95_ms: 10_000,
    bunker_jitter_threshold_ms: 10_000,
    time_drift_threshold_ms: 5_000,
    reconcile_interval_s: 1,
  };
  return {
    faultS,
    trading: { ...trading, ...busy, reductions: 0.05, rests: 0.2 },
    setup: generous({ l2_book_snapshot_max_age_ms: 3_000 }, patient),
    entries: [
      { kind: 'network', atS: 3, what: 'slow', amount: 100 + random.integer(400), forS: 25 },
      ...times(12, () =>
        venue(
          between(random, 4, faultS - 4),
          'book_gap',
          { instrument: pick(random, perpetuals), count: 1 },
          5,
        ),
      ),
    ],
  };
}

/** Books that have a hole, stand still, or empty, while the hand goes on. */
export function gaps(random: Random, trading: Trading): Directed {
  const faultS = 30;
  const at = (): number => between(random, 4, faultS - 5);
  const instrument = (): string => pick(random, [...perpetuals, btcOption]);
  const draws: readonly (() => PlanEntry)[] = [
    () => venue(at(), 'book_gap', { instrument: instrument(), count: 1 + random.integer(2) }, 6),
    () => venue(at(), 'trade_gap', { instrument: instrument(), count: 1 }, 6),
    () => venue(at(), 'frozen_feed', { instrument: instrument() }, duration(random, 12)),
    () => venue(at(), 'frozen_feed', { instrument: instrument(), topics: ['book'] }, 8),
    () => venue(at(), 'drop', { on: 'notifications', share: 0.3, subject: 'book.' }, 6),
    () => venue(at(), 'reorder', { on: 'notifications', share: 0.3, subject: 'book.' }, 6),
  ];
  return {
    faultS,
    trading: { ...trading, ...busy, reductions: 0.1, rests: 0.2 },
    setup: generous(),
    entries: times(6 + random.integer(5), () => pick(random, draws)()),
  };
}
