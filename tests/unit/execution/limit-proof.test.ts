/** The trip test of the gates' limits: shipped ones all trip; each kind of one that cannot is named, and starts nothing. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { proveExecutionLimits } from '../../../actors/execution/index.ts';
import { provenPolicy } from '../../../daemon/system/proven-policy.ts';
import {
  type ExecutionPolicy,
  executionPolicySchema,
} from '../../../streams/facts/policy/execution.ts';
import { shippedConfig } from '../../fixtures/system/configs.ts';

const proof = suite('execution limit proof');

const { launchPolicy } = shippedConfig();
/** Every optional limit is set as well. */
const whole: ExecutionPolicy = {
  ...launchPolicy.execution,
  max_portfolio_delta_usd: 90_000,
  pending_exposure_max_usd: 60_000,
  hedge_bound_usd: 60_000,
  sessions_utc: [{ from_minute: 480, to_minute: 1_020 }],
};

const deadIn = (change: Partial<ExecutionPolicy>): string[] =>
  proveExecutionLimits({ ...whole, ...change })
    .filter(({ trips }) => !trips)
    .map(({ limit }) => limit);

proof('every limit that is set trips; what is not set is not asked', () => {
  assert.equal(deadIn({}), []);
  assert.is(proveExecutionLimits(whole).length, 23);
  const bare = proveExecutionLimits(executionPolicySchema.parse({}));
  assert.equal(
    bare.filter(({ limit }) => limit === 'max_position_usd' || limit === 'sessions_utc'),
    [],
  );
});

/** One value a limit, out of reach of any observation; the schema lets most of them pass. */
const outOfReach: readonly Partial<ExecutionPolicy>[] = [
  { max_order_notional_usd: 1e18 },
  { max_group_notional_usd: 1e18 },
  { max_order_rate_per_s: 1_001 },
  { max_position_usd: 1e18 },
  { max_position_delta_usd: 1e18 },
  { max_portfolio_delta_usd: 1e18 },
  { pending_exposure_max_usd: 1e18 },
  { hedge_bound_usd: 1e18 },
  { delta_limit_usd: 1e18 },
  { min_edge_usd: -1e18 },
  { instruments_allowed: ['BTC-*', '*'] },
  { price_collar_bps: 10_000 },
  { price_collar_ticks: 100_000 },
  { max_slippage_bps: 10_000 },
  { max_slippage_ticks_options: 2_000 },
  { l2_book_snapshot_max_age_ms: 1e12 },
  { order_depth_share_max: 1e9 },
  { open_orders_max: 1e9 },
  { open_groups_max: 1e9 },
  { mm_util_reject_opens: 1_001 },
  { repeated_execution_max: 50 },
  { churn_flattens_max: 1_001 },
  { sessions_utc: [{ from_minute: 0, to_minute: 1_440 }] },
];

for (const change of outOfReach) {
  const [limit = ''] = Object.keys(change);
  proof(`TRIP ${limit} out of reach is named, and the policy starts nothing`, () => {
    assert.ok(deadIn(change).includes(limit), `${limit}: ${deadIn(change).join(', ')}`);
    const dead = { ...launchPolicy, execution: { ...whole, ...change } };
    assert.throws(() => provenPolicy(dead), new RegExp(`execution\\.${limit}`));
  });
}

proof('every proof has its case out of reach', () => {
  const cases = outOfReach.flatMap((change) => Object.keys(change)).sort();
  assert.equal(
    proveExecutionLimits(whole)
      .map(({ limit }) => limit)
      .sort(),
    cases,
  );
});

proof('more of one kind than the order rate lets through can never repeat too often', () => {
  assert.equal(deadIn({ max_order_rate_per_s: 5, repeated_execution_max: 49 }), []);
  assert.equal(deadIn({ max_order_rate_per_s: 4, repeated_execution_max: 49 }), [
    'repeated_execution_max',
  ]);
});

proof.run();
