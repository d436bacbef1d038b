/** C-506, C-507, C-518, C-519: what holds the mode, and what lets it go. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { activeBench, guardBench, proofNow } from '../../fixtures/guard/guard-bench.ts';

const floors = suite('floors and latch');

const degraded = { riskState: 'Degraded', owner: 'EXT_NETWORK_JITTER' } as const;

floors('C-506 TRIP an operator reason that cleared holds until restore', async () => {
  const bench = activeBench();
  const { guard } = bench;
  guard.set('mm_util', 0.95);
  const refused = guard.restore('Kill', 'try', 'owner');
  assert.is(refused.accepted, false);
  assert.equal(refused.standing, ['KILL_MARGIN_MM_UTIL_HIGH']);
  guard.set('mm_util', 0.1);
  await bench.pass(60_000);
  assert.equal(guard.reasons, ['KILL_OPERATOR_RESTORE_REQUIRED']);
  assert.is(guard.snapshot.floor, 'Kill');
  assert.is(guard.restore('Kill', 'reviewed', 'owner').accepted, true);
  await bench.pass(31_000);
  assert.is(guard.mode, 'Active');
});

floors('C-506 the floor survives a restart, with the reasons that raised it', () => {
  const first = activeBench();
  first.guard.set('day_loss_usd', 5_000);
  const second = guardBench({ records: first.records });
  second.refresh();
  second.prove();
  assert.equal(second.guard.reasons, ['KILL_OPERATOR_RESTORE_REQUIRED']);
  assert.equal(first.facts('mode.changed').at(-1)?.payload.floor_reasons, [
    'KILL_DAILY_LOSS_LIMIT',
  ]);
  const outcome = second.guard.restore('Kill', 'reviewed', 'owner');
  assert.ok(outcome.factId !== null);
  assert.is(second.guard.mode, 'Active');
  const third = guardBench({ records: second.records });
  third.refresh();
  third.prove();
  assert.is(third.guard.mode, 'Active');
});

floors('an unreadable guard fact raises the Kill floor instead of losing one', () => {
  const first = activeBench();
  const bad = Buffer.from('{"event_type":"mode.changed","broken"');
  const second = activeBench({ records: [...first.records, bad] });
  assert.equal(second.guard.reasons, ['KILL_OPERATOR_RESTORE_REQUIRED']);
});

floors(
  'C-506 NON-TRIP a condition reason releases after the stable period, not before',
  async () => {
    const bench = activeBench();
    bench.guard.raise('test', degraded);
    bench.guard.clear('test');
    await bench.pass(29_000);
    assert.equal(bench.guard.reasons, ['REDUCEONLY_RISKSTATE_DEGRADED']);
    assert.is(bench.guard.snapshot.riskState, 'Healthy');
    await bench.pass(2_000);
    assert.is(bench.guard.mode, 'Active');
  },
);

floors('a condition that flaps keeps holding', async () => {
  const bench = activeBench();
  for (let turn = 0; turn < 4; turn += 1) {
    bench.guard.raise('test', degraded);
    bench.guard.clear('test');
    await bench.pass(20_000);
    assert.is(bench.guard.mode, 'ReduceOnly');
  }
});

floors('C-506 under strict_monotonic every reason holds until restore', async () => {
  for (const options of [{ policy: { strict_monotonic: true } }, { stage: 'PROD' }]) {
    const bench = activeBench(options);
    assert.is(bench.guard.mode, 'Active', 'the start latch is no tightening');
    bench.guard.raise('test', degraded);
    bench.guard.clear('test');
    await bench.pass(120_000);
    assert.equal(bench.guard.reasons, ['REDUCEONLY_OPERATOR_RESTORE_REQUIRED']);
    assert.is(bench.guard.restore('ReduceOnly', 'seen', 'owner').accepted, true);
    assert.is(bench.guard.mode, 'Active');
  }
});

floors('an operator kill is withdrawn by its restore, and only its own tier is lowered', () => {
  const { guard } = activeBench();
  guard.reduceOnly('test');
  guard.kill('test');
  assert.equal(guard.reasons, ['KILL_OPERATOR']);
  assert.is(guard.restore('Kill', 'done', 'owner').mode, 'ReduceOnly');
  assert.equal(guard.reasons, ['REDUCEONLY_OPERATOR']);
  assert.is(guard.restore('ReduceOnly', 'done', 'owner').mode, 'Active');
});

floors('C-507 TRIP start is latched: OPEN blocked, CLOSE, HEDGE and CANCEL permitted', () => {
  const bench = guardBench();
  bench.refresh();
  const snapshot = bench.guard.evaluate();
  assert.equal(snapshot.latchReasons, ['RESTART_RECONCILE_REQUIRED']);
  assert.equal(snapshot.reasons, ['REDUCEONLY_OPEN_PERMISSION_LATCHED']);
  assert.is(bench.guard.permits(snapshot, 'OPEN'), false);
  for (const cls of ['CLOSE', 'HEDGE', 'CANCEL'] as const) {
    assert.is(bench.guard.permits(snapshot, cls), true, cls);
  }
});

floors('C-507 NON-TRIP a proof opens it, and only a proof collected after the loss', () => {
  const bench = guardBench();
  bench.refresh();
  const early = proofNow(bench.guard, bench.ports);
  bench.guard.latchSet('WS_TRADES_GAP_RECONCILE_REQUIRED');
  assert.is(bench.guard.latchReconciled(early), false);
  assert.is(bench.prove(), true);
  assert.is(bench.guard.mode, 'Active');
  assert.equal(bench.guard.latch, { blocked: false, reasons: [] });
});

floors('no proof opens the latch while a cause stands', () => {
  const bench = activeBench();
  bench.guard.latchSet('WS_BOOK_GAP_RECONCILE_REQUIRED', { standing: true });
  bench.guard.latchSet('WS_BOOK_GAP_RECONCILE_REQUIRED');
  assert.is(bench.prove(), false);
  bench.guard.latchCauseEnded('WS_BOOK_GAP_RECONCILE_REQUIRED');
  assert.is(bench.prove(), true);
});

floors('C-518 emergency: active at +299 s, released at +301 s once reconciled', async () => {
  const bench = activeBench();
  const outcome = bench.guard.emergencyReduceOnly('test');
  assert.is(outcome.mode, 'ReduceOnly');
  await bench.pass(299_000);
  assert.is(bench.prove(), true);
  bench.guard.evaluate();
  assert.equal(bench.guard.reasons, ['REDUCEONLY_EMERGENCY_REDUCEONLY_ACTIVE']);
  await bench.pass(2_000);
  assert.is(bench.guard.mode, 'Active');
  assert.equal(bench.asked, [
    'cancel not_reduce_only test',
    'reduce to limits test',
    'reconcile emergency reduce-only',
  ]);
});

floors('C-518 without a proof, or with exposure unsafe, it holds beyond the cooldown', async () => {
  const bench = activeBench();
  const early = proofNow(bench.guard, bench.ports);
  bench.guard.emergencyReduceOnly('test');
  bench.guard.latchReconciled(early);
  await bench.pass(400_000);
  assert.is(bench.guard.mode, 'ReduceOnly', 'a proof from before does not count');
  bench.prove(false);
  assert.is(bench.guard.evaluate().mode, 'ReduceOnly');
  bench.prove(true);
  assert.is(bench.guard.evaluate().mode, 'Active');
});

floors(
  'C-518 repeated calls extend the cooldown and say so; strict needs a restore as well',
  async () => {
    const bench = activeBench({ policy: { strict_monotonic: true } });
    bench.guard.emergencyReduceOnly('one');
    await bench.pass(200_000);
    const again = bench.guard.emergencyReduceOnly('two');
    assert.match(again.message, /extended to 300 s/);
    bench.prove();
    await bench.pass(200_000);
    assert.equal(bench.guard.reasons, ['REDUCEONLY_EMERGENCY_REDUCEONLY_ACTIVE']);
    await bench.pass(101_000);
    assert.equal(bench.guard.reasons, ['REDUCEONLY_OPERATOR_RESTORE_REQUIRED']);
  },
);

floors('a running emergency survives a restart', async () => {
  const first = activeBench();
  first.guard.emergencyReduceOnly('test');
  const second = activeBench({ records: first.records });
  assert.equal(second.guard.reasons, ['REDUCEONLY_EMERGENCY_REDUCEONLY_ACTIVE']);
  second.prove();
  await second.pass(301_000);
  assert.is(second.guard.mode, 'Active');
});

floors(
  'C-519 session end: Kill at once, restore refused until reconciled, accepted after',
  async () => {
    const bench = activeBench();
    const { guard } = bench;
    guard.sessionTerminated('10028');
    assert.equal(guard.reasons, ['KILL_RATE_LIMIT_SESSION_TERMINATION']);
    assert.is(guard.snapshot.hardStop, true);
    assert.is(guard.restore('Kill', 'try', 'owner').accepted, false);
    assert.is(bench.prove(), false, 'the session is still gone');
    guard.set('venue_session', 'up');
    assert.is(guard.restore('Kill', 'try', 'owner').accepted, false);
    assert.is(bench.prove(), true);
    assert.is(guard.restore('Kill', 'reconciled', 'owner').accepted, true);
    await bench.pass(31_000);
    assert.is(guard.mode, 'Active');
  },
);

floors(
  'C-519 NON-TRIP a link that is merely lost is no termination: no Kill, nothing to restore',
  async () => {
    const bench = activeBench();
    bench.guard.set('venue_session', 'down');
    bench.guard.latchSet('WS_DATA_STALE_RECONCILE_REQUIRED');
    assert.is(bench.guard.mode, 'ReduceOnly');
    bench.guard.set('venue_session', 'up');
    assert.is(bench.prove(), true);
    await bench.pass(31_000);
    assert.is(bench.guard.mode, 'Active');
  },
);

floors('a tightening takes effect although it cannot be recorded, and then it is Kill', () => {
  const bench = activeBench();
  bench.breakJournal();
  bench.guard.raise('test', degraded);
  assert.equal(bench.guard.reasons, ['KILL_INVARIANT_BREACH']);
});

floors('a loosening that cannot be recorded does not happen', () => {
  const bench = guardBench();
  bench.refresh();
  bench.guard.evaluate();
  bench.breakJournal();
  assert.is(bench.prove(), false);
  assert.is(bench.guard.latch.blocked, true);
  assert.equal(bench.guard.reasons, ['KILL_INVARIANT_BREACH']);
});

floors('Active is never seen when its record could not be written', async () => {
  const bench = activeBench();
  bench.guard.raise('test', degraded);
  bench.guard.clear('test');
  bench.breakJournal();
  const modes: string[] = [];
  const subscription = bench.guard.snapshots$.subscribe(({ mode }) => modes.push(mode));
  await bench.pass(31_000);
  subscription.unsubscribe();
  assert.not(modes.includes('Active'));
  assert.is(modes.at(-1), 'Kill');
});

floors('every transition is a fact that was written before it took effect', () => {
  const bench = activeBench();
  const seen: string[] = [];
  const subscription = bench.guard.snapshots$.subscribe((snapshot) => {
    const last = bench.facts('mode.changed').at(-1)?.payload;
    seen.push(`${snapshot.mode} ${String(last?.new_mode)}`);
  });
  bench.guard.set('mm_util', 0.95);
  bench.guard.set('mm_util', 0.1);
  bench.guard.restore('Kill', 'test', 'owner');
  subscription.unsubscribe();
  assert.ok(seen.length >= 4);
  for (const pair of seen) {
    const [mode, recorded] = pair.split(' ');
    assert.is(mode, recorded);
  }
  const modes = bench
    .facts('mode.changed')
    .map(({ payload }) => [payload.old_mode, payload.new_mode]);
  for (let index = 1; index < modes.length; index += 1) {
    assert.is(modes[index]?.[0], modes[index - 1]?.[1], 'each fact starts where the last ended');
  }
});

floors.run();
