/**
 * Clause C-202, the rejection matrix: every code an intent can be refused with is triggered, and leaves
 * everything as it was but one receipt. A code of the manifest that nothing here reaches fails, unless it
 * is reserved for what is not built; one that is reserved and emitted all the same fails as well.
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { labelGate } from '../../../actors/execution/gates/preflight.ts';
import { legIdxMax } from '../../../actors/execution/label.ts';
import type { OrderIntent } from '../../../streams/facts/intent.ts';
import {
  type RejectCode,
  rejectCodes,
  reservedRejectCodes,
} from '../../../streams/facts/reject-codes.ts';
import { note } from '../../fixtures/evidence.ts';
import { decisionOf, openProposal, withRoom } from '../../fixtures/execution-room.ts';
import { triggers } from '../../fixtures/refusals.ts';
import { stateOf } from '../../fixtures/room-state.ts';
import { sourceFiles } from '../../house/sources.ts';

const matrix = suite('conformance: rejection matrix');

for (const { code, own, settings, before, act } of triggers) {
  matrix(`C-202 ${code} leaves everything as it was`, () =>
    withRoom(async (room) => {
      await before?.(room);
      const was = stateOf(room);
      const from = room.audit.durable.length;
      const count = room.execution.rejectCounts.get(code) ?? 0;
      if (act === undefined) room.execution.submit([openProposal(own)], decisionOf());
      else await act(room);
      assert.is(stateOf(room), was);
      const written = room.audit.facts().slice(from);
      const receipts = written.filter(({ event_type }) => event_type === 'decision.suppressed');
      assert.is(receipts.length, 1, 'one no-trade record');
      const others = written.filter((fact) => !receipts.includes(fact));
      assert.ok(others.every(({ payload }) => payload.mode === 'shadow'));
      const refused = receipts[0]?.payload;
      assert.is(refused?.code, code);
      assert.is(room.execution.rejectCounts.get(code), count + 1);
      note('rejection_matrix', { code, gate: refused?.gate, state_unchanged: true, receipts: 1 });
    }, settings),
  );
}

/** No label of this house is so long: the largest leg that is read back makes one of 52 characters. */
const onlyAtItsGate: RejectCode = 'LabelTooLong';

matrix('C-202 LabelTooLong is out of reach of any proposal, and its gate refuses it', () =>
  withRoom((room) => {
    const [leg] = room.execution.submit([openProposal({ leg_idx: legIdxMax })], decisionOf()).legs;
    assert.is(leg?.kind, 'sent');
    assert.is(String(room.line.handed[0]?.params.label).length, 52);
    const code = labelGate({ label: 'x'.repeat(65) } as OrderIntent)?.code;
    assert.is(code, onlyAtItsGate);
    assert.is(labelGate({ label: 'x'.repeat(64) } as OrderIntent), undefined);
    note('rejection_matrix', { code, gate: 'label', state_unchanged: true, receipts: 0 });
  }),
);

matrix('C-202 every code of the manifest is in the matrix or reserved, none in both', () => {
  const reached = [...triggers.map(({ code }) => code), onlyAtItsGate];
  assert.is(new Set(reached).size, reached.length);
  assert.equal([...reached, ...reservedRejectCodes].sort(), Object.keys(rejectCodes).sort());
});

matrix('C-202 what is reserved is emitted nowhere', () => {
  const sources = sourceFiles(/^(daemon|actors|machines|streams)\/.+\.ts$/).filter(
    ({ path }) => path !== 'streams/facts/reject-codes.ts',
  );
  assert.ok(sources.length > 100);
  for (const code of reservedRejectCodes) {
    const emitting = sources.filter(({ text }) => text.includes(`'${code}'`));
    assert.equal(
      emitting.map(({ path }) => path),
      [],
      code,
    );
  }
});

for (const code of reservedRejectCodes) {
  note('rejection_matrix', { code, gate: 'reserved', reason: rejectCodes[code].reserved });
}

matrix.run();
