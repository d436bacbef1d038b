/** The trip test of the start: shipped limits all trip, one that cannot is named and keeps the daemon from starting. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { proveLimits } from '../../../actors/guard/index.ts';
import { parseLaunchPolicy } from '../../../daemon/config/launch-policy-file.ts';
import { provenPolicy } from '../../../daemon/system/proven-policy.ts';
import { defaultGuardPolicy, type GuardPolicy } from '../../../streams/facts/policy/guard.ts';
import { shippedConfig } from '../../fixtures/system/configs.ts';

const proof = suite('limit proof');

const deadIn = (change: Partial<GuardPolicy>): string[] =>
  proveLimits({ ...defaultGuardPolicy({ max_daily_loss_usd: 1_000 }), ...change })
    .filter(({ trips }) => !trips)
    .map(({ limit }) => limit);

proof('every limit trips by default, with the surface guard as well', () => {
  assert.equal(deadIn({}), []);
  assert.equal(deadIn({ svi_guard_enabled: true }), []);
  assert.ok(proveLimits(defaultGuardPolicy()).length >= 25);
});

/** Values out of reach of any observation; some are kept out by the schema as well. */
const outOfReach: ReadonlyArray<readonly [keyof GuardPolicy, number]> = [
  ['bunker_timeout_rate', 1],
  ['disk_kill_pct', 1.01],
  ['disk_degraded_pct', 1.01],
  ['disk_pause_archives_pct', 1.01],
  ['mm_util_kill', Number.POSITIVE_INFINITY],
  ['mm_util_reduceonly', Number.NaN],
  ['max_daily_loss_usd', Number.NaN],
  ['watchdog_kill_s', Number.POSITIVE_INFINITY],
  ['max_policy_age_s', Number.NaN],
  ['fee_cache_hard_s', Number.POSITIVE_INFINITY],
  ['f1_cert_freshness_window_s', Number.POSITIVE_INFINITY],
  ['depth_kill_min', -1],
  ['depth_min', Number.NaN],
  ['spread_max_bps', Number.NaN],
  ['spread_kill_bps', Number.NaN],
  ['dvol_jump_pct', Number.NaN],
  ['basis_kill_bps', Number.NaN],
  ['basis_price_max_age_ms', Number.NaN],
  ['bunker_http_p95_ms', Number.NaN],
  ['bunker_jitter_threshold_ms', Number.NaN],
  ['exchange_health_stale_s', Number.NaN],
  ['time_drift_threshold_ms', Number.NaN],
  ['limits_fetch_failure_window_s', Number.NaN],
  ['ws_zombie_silence_ms', Number.POSITIVE_INFINITY],
  ['instrument_cache_ttl_s', Number.NaN],
  ['evidence_queue_trip_pct', 1.01],
  ['evidence_queue_trip_window_s', Number.POSITIVE_INFINITY],
  ['watchdog_reduce_only_s', Number.POSITIVE_INFINITY],
  ['self_trade_fraction_trip', 1.01],
  ['self_trade_notional_trip_usd', Number.POSITIVE_INFINITY],
];

for (const [limit, value] of outOfReach) {
  proof(`TRIP ${limit} of ${value} is named as one that cannot trip`, () => {
    assert.ok(deadIn({ [limit]: value }).length > 0, limit);
  });
}

proof('TRIP a drift no smile can have is named as one that cannot trip', () => {
  const change = { svi_guard_enabled: true, svi_drift_max: 1e9 };
  assert.equal(deadIn(change), ['svi_drift_max']);
});

proof('a policy with a limit that cannot trip is refused; the shipped one passes', () => {
  const { launchPolicy } = shippedConfig();
  assert.is(provenPolicy(launchPolicy), launchPolicy);
  const dead = { ...launchPolicy, guard: { ...launchPolicy.guard, bunker_timeout_rate: 1 } };
  assert.is(parseLaunchPolicy(dead).guard.bunker_timeout_rate, 1, 'its bounds allow it');
  assert.throws(() => provenPolicy(dead), /bunker_timeout_rate/);
});

proof.run();
