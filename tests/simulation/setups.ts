/**
 * Houses that are set up at one of their edges: little margin, a window that is closed, a key that
 * may do too much, a watchdog that falls silent. Each reaches refusals and modes of its own.
 */
import type { Random } from '../../streams/ports/index.ts';
import { between, duration, pick } from './draws.ts';
import type { PlanEntry, Setup, Trading } from './plan.ts';

export interface Tuned {
  readonly setup: Setup;
  readonly trading: Partial<Trading>;
  readonly entries: readonly PlanEntry[];
}

function house(
  setup: Setup,
  trading: Partial<Trading> = {},
  entries: readonly PlanEntry[] = [],
): Tuned {
  return { setup, trading, entries };
}

const brisk = { everyMs: 300, groups: 0.1, cancels: 0.05, size: 1 } as const;
/** Our own trades are no reason to stop: few takers make us the tape of a simulated market. */
const unheard = {
  self_trade_min_self_notional_usd: 1_000_000_000,
  self_trade_notional_trip_usd: 2_000_000_000,
} as const;

/** No limit of counts stands in the way of what is looked for. */
export function generous(
  execution: Readonly<Record<string, unknown>> = {},
  guard: Readonly<Record<string, unknown>> = {},
): Setup {
  return {
    execution: { repeated_execution_max: 45, churn_flattens_max: 50, ...execution },
    guard: { ...unheard, ...guard },
  };
}

export const tuned: readonly ((random: Random) => Tuned)[] = [
  () => house({ execution: { sessions_utc: [{ from_minute: 0, to_minute: 1 }] } }),
  () => house({ execution: { instruments_allowed: ['BTC-*'] } }),
  () => house({ strayHost: true }),
  (random) => house(generous({}, { max_daily_loss_usd: pick(random, [2, 10]) }), brisk),
  // A wallet of this size is near its limit with one order: margin is what stands against more.
  (random) =>
    house(
      {
        deposits: { BTC: pick(random, [0.006, 0.01, 0.02]), ETH: 0.3, USDC: 0 },
        ...generous(
          { mm_util_reject_opens: 0.2 },
          { mm_util_reject_opens: 0.2, mm_util_reduceonly: 0.3, mm_util_kill: 0.5 },
        ),
      },
      { ...brisk, groups: 0 },
    ),
  (random) =>
    house(
      {
        deposits: { BTC: 0.02, ETH: 0.5, USDC: 0 },
        ...generous({ mm_util_reject_opens: pick(random, [0.02, 0.1]) }),
      },
      { ...brisk, groups: 0 },
    ),
  () => house({ execution: { max_order_rate_per_s: 1, repeated_execution_max: 8 } }, brisk),
  () => house(generous({ repeated_execution_max: 2 }), brisk),
  () => house(generous({ order_depth_share_max: 0.001 }), brisk),
  (random) =>
    house(
      generous(
        { max_slippage_bps: 0.001, order_depth_share_max: 100 },
        { depth_min: 2, depth_kill_min: 1 },
      ),
      { ...brisk, groups: 0, edgeUsd: 60 },
      [{ kind: 'market', atS: 5, what: 'thin', amount: pick(random, [0.02, 0.05]), forS: 20 }],
    ),
  () => house({ execution: { delta_limit_usd: null } }),
  // Evidence waits for a slow disk longer than this house lets it.
  () =>
    house(
      generous(
        {},
        {
          evidence_queue_trip_pct: 0.0001,
          evidence_queue_clear_pct: 0.00005,
          evidence_queue_trip_window_s: 0.2,
        },
      ),
      brisk,
      [{ kind: 'disk', atS: 8, what: 'slow', amount: 900, forS: 8 }],
    ),
  () =>
    house(generous({ churn_flattens_max: 1 }), { ...brisk, groups: 0.6 }, [
      {
        kind: 'venue',
        atS: 0,
        fault: 'partial_fill',
        parameters: { pieces: 1, share: 0.3 },
        forS: 25,
      },
    ]),
  (random) =>
    house(generous({ min_edge_usd: 3, delta_limit_usd: 4_000 }), {
      ...brisk,
      groups: 0,
      edgeUsd: pick(random, [8, 10, 12, 14, 16]),
    }),
  (random) =>
    house(generous({}, { fee_cache_soft_s: 3, fee_cache_hard_s: 6 }), brisk, [
      { kind: 'network', atS: 6, what: 'lossy', amount: pick(random, [0.5, 1]), forS: 12 },
    ]),
  (random) =>
    house({ watchdog: true }, {}, [
      { kind: 'watchdog', atS: between(random, 5, 12), forS: pick(random, [3, 7, 14]) },
    ]),
  (random) =>
    house({ watchdog: true }, {}, [
      { kind: 'pause', atS: between(random, 5, 12), forS: duration(random, 14) },
    ]),
  () => house({ keyScope: 'account:read_write trade:read_write wallet:read_write' }),
  (random) =>
    house({ guard: { bunker_http_p95_ms: 200, bunker_jitter_threshold_ms: 300 } }, {}, [
      { kind: 'network', atS: 5, what: 'slow', amount: pick(random, [600, 2_000]), forS: 10 },
    ]),
  // As in production: what restricted once holds until an operator lifts it.
  () =>
    house({ guard: { strict_monotonic: true } }, brisk, [
      { kind: 'network', atS: 8, what: 'silence', amount: 1, forS: 6 },
    ]),
  (random) =>
    house({ guard: { max_policy_age_s: 22 } }, {}, [
      { kind: 'policy', atS: 1, key: 'unreadable', forS: pick(random, [20, 24]) },
    ]),
];
