/**
 * What the guard writes: a Kill and the closing it demands are one block, so no crash forgets the
 * closing; a restriction is written on a full disk and past a full queue, a loosening is not.
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { recoverGuard } from '../../../actors/guard/index.ts';
import {
  killReasons,
  modeReasonRow,
  modeReasons,
} from '../../../streams/facts/reason-codes/index.ts';
import { parseFact } from '../../../streams/facts/registry.ts';
import { causes } from '../../fixtures/guard/causes.ts';
import { activeBench, type GuardBench, guardBench } from '../../fixtures/guard/guard-bench.ts';

const written = suite('records of the guard');

/** What a process knows that starts after a crash at each end of a block. */
function afterEachBlock({ records, blocks }: GuardBench) {
  const nobody = (): void => undefined;
  return [0, ...blocks].map((end) =>
    recoverGuard(
      records.slice(0, end).map((bytes) => ({ bytes })),
      nobody,
    ),
  );
}

for (const reason of killReasons) {
  const { containment } = modeReasonRow(reason);
  if (reason === 'KILL_OPERATOR_RESTORE_REQUIRED') continue; // the floor alone, of another reason
  const owes = containment === 'mandatory' && reason !== 'KILL_OPERATOR';
  written(
    `${reason}: wherever it crashes, a Kill ${owes ? 'owes' : 'does not owe'} the closing`,
    () => {
      const bench = activeBench();
      causes[reason](bench);
      bench.guard.evaluate();
      assert.is(bench.guard.mode, 'Kill');
      const killed = afterEachBlock(bench).filter(({ killFloor }) => killFloor);
      assert.ok(killed.length > 0);
      for (const { flattenOwed } of killed) assert.is(flattenOwed, owes);
    },
  );
}

written('an operator kill that closes owes it wherever it crashes, and until it is done', () => {
  const bench = activeBench();
  bench.guard.kill('test', { flatten: true });
  const killed = afterEachBlock(bench).filter(({ killFloor }) => killFloor);
  assert.ok(killed.length > 0);
  assert.ok(killed.every(({ flattenOwed }) => flattenOwed));
});

written('NON-TRIP a Kill that may not close owes nothing, until it may', async () => {
  const bench = activeBench();
  bench.guard.set('bunker_mode', true);
  bench.guard.override('test', 'ForceKill', 3_600);
  assert.is(afterEachBlock(bench).at(-1)?.flattenOwed, false, 'cancels only');
  bench.guard.set('bunker_mode', false);
  assert.is(bench.guard.snapshot.containmentMandatory, true);
  assert.is(afterEachBlock(bench).at(-1)?.flattenOwed, true);
});

for (const full of ['DISK_FULL', 'JOURNAL_QUEUE_FULL'] as const) {
  for (const reason of modeReasons) {
    // Floors by themselves: what raised them is among the others.
    if (reason.endsWith('RESTORE_REQUIRED')) continue;
    written(`${full}: ${reason} is written, and it is no breach`, () => {
      const bench = activeBench({ policy: { certificate_required: true } });
      bench.fillJournal(full);
      causes[reason](bench);
      bench.guard.evaluate();
      assert.ok(bench.guard.reasons.includes(reason), bench.guard.reasons.join());
      const fact = bench.facts('mode.changed').at(-1)?.payload;
      assert.equal(fact?.mode_reasons, bench.guard.reasons);
      const isBreach = reason === 'KILL_INVARIANT_BREACH';
      assert.is(bench.guard.reasons.includes('KILL_INVARIANT_BREACH'), isBreach);
    });
  }

  written(`${full}: latch, emergency and kill survive the restart that follows`, () => {
    const bench = activeBench();
    bench.fillJournal(full);
    bench.guard.latchSet('INVENTORY_MISMATCH_RECONCILE_REQUIRED');
    bench.guard.emergencyReduceOnly('test');
    bench.guard.kill('test', { flatten: true });
    assert.is(bench.facts('latch.changed').at(-1)?.payload.blocked, true);
    const recovered = afterEachBlock(bench).at(-1);
    assert.is(recovered?.killFloor, true);
    assert.is(recovered?.flattenOwed, true);
    assert.ok(recovered?.emergencyUntilUs !== null);
    const next = guardBench({ records: bench.records });
    next.refresh();
    assert.is(next.guard.mode, 'Kill');
  });

  written(
    `${full}: a loosening does not happen, breaks nothing, and comes when there is room`,
    async () => {
      const bench = activeBench();
      bench.guard.latchSet('INVENTORY_MISMATCH_RECONCILE_REQUIRED');
      bench.guard.emergencyReduceOnly('test');
      bench.guard.kill('test');
      bench.fillJournal(full);
      assert.is(bench.guard.restore('Kill', 'try', 'owner').accepted, false);
      assert.is(bench.prove(), false, 'the latch stays');
      await bench.pass(301_000);
      assert.ok(bench.guard.emergencyRemainingS !== null, 'the emergency stays');
      assert.equal(bench.guard.reasons, ['KILL_OPERATOR_RESTORE_REQUIRED']);
      const said = afterEachBlock(bench).at(-1);
      assert.ok(said?.killFloor && said.emergencyUntilUs !== null, 'nor does the journal say so');
      assert.is(bench.facts('latch.changed').at(-1)?.payload.blocked, true);

      bench.fillJournal(null);
      assert.is(bench.guard.restore('Kill', 'again', 'owner').accepted, true);
      assert.is(bench.prove(), true);
      await bench.pass(31_000);
      assert.is(bench.guard.emergencyRemainingS, null);
      assert.is(bench.guard.mode, 'Active');
    },
  );
}

written(
  'a release that a broken journal cannot take ends in Kill, and the guard goes on',
  async () => {
    const bench = activeBench();
    bench.guard.emergencyReduceOnly('test');
    bench.prove();
    bench.breakJournal();
    await bench.pass(302_000);
    assert.equal(bench.guard.reasons, ['KILL_INVARIANT_BREACH']);
    assert.ok(bench.guard.emergencyRemainingS !== null, 'not released: nobody could know of it');
  },
);

written('what loosens is not written from the reserve, what restricts is', () => {
  const bench = activeBench();
  bench.fillJournal('DISK_FULL');
  bench.guard.set('mm_util', 0.85);
  bench.guard.set('mm_util', 0.1);
  const types = bench.records.map((bytes) => parseFact(bytes).event_type);
  assert.is(types.at(-1), 'mode.changed');
  assert.is(bench.guard.mode, 'ReduceOnly', 'held, and Active would need its record');
});

written.run();
