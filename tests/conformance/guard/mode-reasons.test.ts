/** C-501, C-502: every reason alone, several together. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  type ModeReason,
  modeReasonRow,
  modeReasons,
} from '../../../streams/facts/reason-codes/index.ts';
import { causes } from '../../fixtures/guard/causes.ts';
import { activeBench, type GuardBench } from '../../fixtures/guard/guard-bench.ts';

const reasons = suite('mode reasons');

const degraded = { riskState: 'Degraded', owner: 'EXT_NETWORK_JITTER' } as const;

/** Ages are reached without letting other inputs age: the guard cuts nothing but the future. */
function benchFor(reason: ModeReason): GuardBench {
  const restored = reason === 'REDUCEONLY_OPERATOR_RESTORE_REQUIRED';
  if (!restored) return activeBench({ policy: { certificate_required: true } });
  // A floor that survived a restart, with its cause gone.
  const first = activeBench();
  first.guard.reduceOnly('test');
  return activeBench({ records: first.records });
}

for (const reason of modeReasons) {
  reasons(`C-501 TRIP ${reason} alone`, () => {
    const bench = benchFor(reason);
    causes[reason](bench);
    const { tier, implies } = modeReasonRow(reason);
    const snapshot = bench.guard.evaluate();
    const shown = new Set<string>([reason, ...implies]);
    const expected = modeReasons.filter(
      (code) => shown.has(code) && modeReasonRow(code).tier === tier,
    );
    assert.equal(snapshot.reasons, expected);
    assert.is(snapshot.mode, tier);
    assert.is(bench.guard.permits(snapshot, 'OPEN'), false);
  });
}

reasons('C-501 NON-TRIP nothing stands: Active with no reasons, OPEN permitted', () => {
  const { guard } = activeBench({ policy: { certificate_required: true } });
  const snapshot = guard.evaluate();
  assert.equal(snapshot.reasons, []);
  assert.is(snapshot.mode, 'Active');
  assert.is(guard.permits(snapshot, 'OPEN'), true);
});

const justBelow: ReadonlyArray<readonly [string, (bench: GuardBench) => void]> = [
  ['margin 0.8499', ({ guard }) => guard.set('mm_util', 0.8499)],
  ['disk 0.9199', ({ guard }) => guard.set('disk_used_pct', 0.9199)],
  ['day loss one cent below', ({ guard }) => guard.set('day_loss_usd', 999.99)],
  [
    'watchdog silent 10.000 s',
    ({ guard, ports }) =>
      guard.set('watchdog_heartbeat', true, ports.clock.monotonicUs() - 10_000_000),
  ],
  [
    'fees 900 s old',
    ({ guard, ports }) => guard.set('fee_cache', true, ports.clock.monotonicUs() - 900_000_000),
  ],
];

for (const [title, apply] of justBelow) {
  reasons(`C-501 NON-TRIP ${title}`, () => {
    const bench = activeBench();
    apply(bench);
    assert.is(bench.guard.evaluate().mode, 'Active');
  });
}

reasons('C-501 a certificate restricts only where the stage or the policy requires it', () => {
  for (const [stage, mode] of [
    ['DEV', 'Active'],
    ['PAPER', 'Active'],
    ['MICRO_LIVE', 'ReduceOnly'],
    ['PROD', 'ReduceOnly'],
    ['a stage nobody knows', 'ReduceOnly'],
  ] as const) {
    const { guard } = activeBench({ stage });
    guard.set('certificate', 'MISSING');
    assert.is(guard.evaluate().mode, mode, stage);
  }
});

reasons('C-502 all of the winning tier, none of the other, in manifest order', () => {
  const { guard } = activeBench();
  guard.set('in_doubt_orders', 2);
  guard.set('bunker_mode', true);
  guard.raise('link', degraded);
  assert.equal(guard.reasons, [
    'REDUCEONLY_BUNKER_MODE_ACTIVE',
    'REDUCEONLY_RISKSTATE_DEGRADED',
    'REDUCEONLY_IN_DOUBT_ORDERS',
  ]);
  guard.kill('test');
  guard.set('disk_used_pct', 0.95);
  assert.equal(guard.reasons, ['KILL_DISK_WATERMARK_KILL', 'KILL_OPERATOR']);
  assert.is(guard.mode, 'Kill');
});

reasons('C-524 an owner code or latch reason the manifest lacks is Kill', () => {
  const raised = activeBench().guard;
  raised.raise('test', { riskState: 'Degraded', owner: 'NOT_A_CODE' as 'EXT_CONNECTIVITY_LOSS' });
  assert.equal(raised.reasons, ['KILL_UNMAPPED_REASON_CODE']);
  const latched = activeBench().guard;
  latched.latchSet('NOT_A_REASON' as 'RESTART_RECONCILE_REQUIRED');
  assert.equal(latched.reasons, ['KILL_UNMAPPED_REASON_CODE']);
  const mapped = activeBench().guard;
  mapped.raise('test', degraded);
  assert.is(mapped.mode, 'ReduceOnly');
});

reasons.run();
