/** C-503, C-504: missing, unparseable and stale inputs. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { defaultGuardPolicy } from '../../../streams/facts/policy/guard.ts';
import {
  type GuardInputName,
  guardInputNames,
  guardInputRow,
  type ModeReason,
} from '../../../streams/facts/reason-codes/index.ts';
import { activeBench, guardBench } from '../../fixtures/guard/guard-bench.ts';

const inputs = suite('critical inputs');
const critical = guardInputNames.filter((name) => guardInputRow(name).critical !== undefined);
const missing: ModeReason = 'REDUCEONLY_INPUT_MISSING_OR_STALE';

function expected(name: GuardInputName): Set<string> {
  return new Set([missing, ...(guardInputRow(name).staleImplies ?? [])]);
}

for (const name of critical) {
  inputs(`C-503 TRIP ${name} was never set`, () => {
    const { guard, refresh, prove } = guardBench();
    refresh(name);
    prove();
    assert.equal(new Set(guard.evaluate().reasons), expected(name));
  });

  inputs(`C-503 TRIP ${name} cannot be parsed`, () => {
    const { guard } = activeBench();
    guard.set(name, { not: 'a value' });
    assert.equal(new Set(guard.evaluate().reasons), expected(name));
  });
}

const ages: ReadonlyArray<readonly [GuardInputName, unknown, number]> = [
  ['mm_util', 0.1, 30_000],
  ['disk_used_pct', 0.1, 30_000],
  ['day_loss_usd', 0, 30_000],
  ['evidence_counters', true, 60_000],
];

for (const [name, value, maxAgeMs] of ages) {
  inputs(`C-503 ${name}: one millisecond too old trips, the maximum does not`, () => {
    const bench = activeBench();
    const nowUs = bench.ports.clock.monotonicUs();
    bench.guard.set(name, value, nowUs - maxAgeMs * 1_000);
    assert.is(bench.guard.evaluate().mode, 'Active');
    bench.guard.set(name, value, nowUs - (maxAgeMs + 1) * 1_000);
    assert.equal(new Set(bench.guard.evaluate().reasons), expected(name));
  });
}

inputs(
  'C-503 the table of ages covers every input with a maximum age and no reason of its own',
  () => {
    const aged = critical.filter((name) => {
      const { maxAge } = guardInputRow(name);
      return maxAge !== undefined && maxAge.ownReason === undefined;
    });
    assert.equal(
      aged,
      ages.map(([name]) => name),
    );
  },
);

inputs('C-503 an input whose source is not configured is not critical', () => {
  const { guard, refresh, prove } = guardBench({ configured: new Set() });
  refresh('watchdog_heartbeat', 'fee_cache', 'day_loss_usd', 'key_scope', 'certificate');
  prove();
  assert.is(guard.evaluate().mode, 'Active');
});

inputs('garbage in a flag that nobody requires restricts as well', () => {
  const { guard } = activeBench();
  guard.set('slo_breach', 'maybe');
  assert.equal(guard.reasons, ['REDUCEONLY_SLO_BREACH']);
});

inputs('a time from the future is cut to now, and no time at all is missing', () => {
  const bench = activeBench();
  const nowUs = bench.ports.clock.monotonicUs();
  bench.guard.set('mm_util', 0.1, nowUs + 1e12);
  assert.is(bench.guard.input('mm_util').atUs, nowUs);
  bench.guard.set('mm_util', 0.1, Number.NaN);
  assert.equal(bench.guard.evaluate().reasons, [missing]);
});

inputs('C-504 policy 300 s old does not trip, 301 s does', () => {
  const { guard, ports } = activeBench();
  const policy = defaultGuardPolicy();
  const nowUs = ports.clock.monotonicUs();
  guard.applyPolicy(policy, '1'.repeat(64), nowUs - 300_000_000);
  assert.is(guard.evaluate().mode, 'Active');
  guard.applyPolicy(policy, '1'.repeat(64), nowUs - 301_000_000);
  assert.equal(guard.evaluate().reasons, ['REDUCEONLY_POLICY_STALE']);
});

inputs('C-504 an old policy that arrives late stays stale', async () => {
  const bench = activeBench();
  const computedUs = bench.ports.clock.monotonicUs();
  await bench.pass(301_000, 'policy');
  assert.equal(bench.guard.evaluate().reasons, ['REDUCEONLY_POLICY_STALE']);
  bench.guard.applyPolicy(bench.policy, '5'.repeat(64), computedUs);
  assert.equal(bench.guard.evaluate().reasons, ['REDUCEONLY_POLICY_STALE']);
  assert.is(bench.guard.policyRev, '5'.repeat(64));
});

inputs.run();
