/** C-501, C-502: every reason alone, several together. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  type ModeReason,
  modeReasonRow,
  modeReasons,
} from '../../../streams/facts/reason-codes/index.ts';
import { activeBench, type GuardBench } from '../../fixtures/guard/guard-bench.ts';

const reasons = suite('mode reasons');

const degraded = { riskState: 'Degraded', owner: 'EXT_NETWORK_JITTER' } as const;
const maintenance = { riskState: 'Maintenance', owner: 'EXT_EXCHANGE_MAINTENANCE' } as const;
const killing = { riskState: 'Kill', owner: 'EXEC_ORDER_INVARIANT_VIOLATION' } as const;

/** The one way to bring each reason about, everything else healthy. */
const causes: Record<ModeReason, (bench: GuardBench) => unknown> = {
  KILL_WATCHDOG_HEARTBEAT_STALE: ({ guard, ports }) =>
    guard.set('watchdog_heartbeat', true, ports.clock.monotonicUs() - 10_001_000),
  KILL_RISKSTATE_KILL: ({ guard }) => guard.raise('test', killing),
  KILL_MARGIN_MM_UTIL_HIGH: ({ guard }) => guard.set('mm_util', 0.95),
  KILL_RATE_LIMIT_SESSION_TERMINATION: ({ guard }) => guard.sessionTerminated('10028'),
  KILL_DISK_WATERMARK_KILL: ({ guard }) => guard.set('disk_used_pct', 0.92),
  KILL_CORTEX_FORCE_KILL: ({ guard }) => guard.override('cortex', 'ForceKill'),
  KILL_DAILY_LOSS_LIMIT: ({ guard }) => guard.set('day_loss_usd', 1_000),
  KILL_KEY_SCOPE_INVALID: ({ guard }) => guard.set('key_scope', 'too_wide'),
  KILL_INVARIANT_BREACH: ({ guard }) => guard.set('invariant_breach', true),
  KILL_UNMAPPED_REASON_CODE: ({ guard }) => guard.unmapped('NO_SUCH_CODE'),
  KILL_OPERATOR: ({ guard }) => guard.kill('test'),
  KILL_OPERATOR_RESTORE_REQUIRED: ({ guard }) => {
    guard.set('mm_util', 0.95);
    guard.set('mm_util', 0.1);
  },
  REDUCEONLY_RISKSTATE_MAINTENANCE: ({ guard }) => guard.raise('test', maintenance),
  REDUCEONLY_EMERGENCY_REDUCEONLY_ACTIVE: ({ guard }) => guard.emergencyReduceOnly('test'),
  REDUCEONLY_OPEN_PERMISSION_LATCHED: ({ guard }) =>
    guard.latchSet('WS_BOOK_GAP_RECONCILE_REQUIRED'),
  REDUCEONLY_BUNKER_MODE_ACTIVE: ({ guard }) => guard.set('bunker_mode', true),
  REDUCEONLY_F1_CERT_INVALID: ({ guard }) => guard.set('certificate', 'FAIL'),
  REDUCEONLY_EVIDENCE_CHAIN_NOT_GREEN: ({ guard }) => guard.set('evidence_chain', 'NOT_GREEN'),
  REDUCEONLY_CORTEX_FORCE_REDUCE_ONLY: ({ guard }) => guard.override('cortex', 'ForceReduceOnly'),
  REDUCEONLY_FEE_MODEL_HARD_STALE: ({ guard, ports }) =>
    guard.set('fee_cache', true, ports.clock.monotonicUs() - 900_001_000),
  REDUCEONLY_RISKSTATE_DEGRADED: ({ guard }) => guard.raise('test', degraded),
  REDUCEONLY_POLICY_STALE: ({ guard, ports, policy }) =>
    guard.applyPolicy(policy, '1'.repeat(64), ports.clock.monotonicUs() - 301_000_000),
  REDUCEONLY_MARGIN_MM_UTIL_HIGH: ({ guard }) => guard.set('mm_util', 0.85),
  REDUCEONLY_INPUT_MISSING_OR_STALE: ({ guard }) => guard.set('mm_util', Number.NaN),
  REDUCEONLY_POSITION_LIMIT: ({ guard }) => guard.set('position_limit', true),
  REDUCEONLY_IN_DOUBT_ORDERS: ({ guard }) => guard.set('in_doubt_orders', 1),
  REDUCEONLY_BACKPRESSURE: ({ guard }) => guard.set('backpressure', true),
  REDUCEONLY_SLO_BREACH: ({ guard }) => guard.set('slo_breach', true),
  REDUCEONLY_DEGRADE_FAIL_CLOSED: ({ guard }) => guard.set('degrade_fail_closed', true),
  REDUCEONLY_CANARY_COOLDOWN: ({ guard }) => guard.set('canary_cooldown', true),
  REDUCEONLY_INCIDENT_COOLDOWN: ({ guard }) => guard.set('incident_cooldown', true),
  REDUCEONLY_OPERATOR: ({ guard }) => guard.reduceOnly('test'),
  REDUCEONLY_OPERATOR_RESTORE_REQUIRED: () => undefined,
};

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
