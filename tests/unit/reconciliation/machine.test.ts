/** The reconciliation machine as a transition table. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { initialTransition, transition } from 'xstate';
import {
  type ReconcileVerdict,
  type ReconciliationEvent,
  reconciliationMachine,
} from '../../../machines/reconciliation.ts';

const machine = suite('reconciliation machine');

const ask: ReconciliationEvent = { type: 'reconcile.requested', cause: 'test' };
const read: ReconciliationEvent = { type: 'reconcile.collected' };
const unread: ReconciliationEvent = { type: 'reconcile.readFailed', cause: 'NETWORK_TIMEOUT' };
const corrected: ReconciliationEvent = { type: 'reconcile.corrected' };
const found = (verdict: ReconcileVerdict): ReconciliationEvent => ({
  type: 'reconcile.compared',
  verdict,
});

type Row = readonly [string, readonly ReconciliationEvent[], unknown, string | undefined];
const rows: readonly Row[] = [
  ['starts idle', [], 'idle', undefined],
  ['a request collects', [ask], { running: 'collecting' }, undefined],
  ['what was read is compared', [ask, read], { running: 'comparing' }, undefined],
  ['agreement proves', [ask, read, found('equal')], 'proven', undefined],
  ['a failed read fails', [ask, unread], 'failed', 'read_failed'],
  ['a standing difference fails', [ask, read, found('different')], 'failed', 'different'],
  [
    'a correction is looked at again',
    [ask, read, found('correct'), corrected],
    { running: 'collecting' },
    undefined,
  ],
  ['moved state is read again', [ask, read, found('again')], { running: 'collecting' }, undefined],
  [
    'attempts are bounded',
    [ask, read, found('again'), read, found('again')],
    'failed',
    'unsettled',
  ],
  [
    'corrections are bounded',
    [ask, read, found('again'), read, found('correct'), corrected],
    'failed',
    'unsettled',
  ],
  [
    'a verdict out of turn changes nothing',
    [ask, found('equal')],
    { running: 'collecting' },
    undefined,
  ],
  ['a failed run can be asked again', [ask, unread, ask], { running: 'collecting' }, undefined],
  [
    'a proven run can be asked again',
    [ask, read, found('equal'), ask],
    { running: 'collecting' },
    undefined,
  ],
  ['an event while idle changes nothing', [read, corrected, found('equal')], 'idle', undefined],
];

for (const [title, events, value, failure] of rows) {
  machine(title, () => {
    let [snapshot] = initialTransition(reconciliationMachine, { attemptsMax: 2 });
    for (const event of events) [snapshot] = transition(reconciliationMachine, snapshot, event);
    assert.equal(snapshot.value, value);
    assert.is(snapshot.context.failure, failure);
  });
}

machine('a request during a run is remembered, the first cause kept', () => {
  let [snapshot] = initialTransition(reconciliationMachine, { attemptsMax: 2 });
  for (const cause of ['one', 'two', 'three']) {
    [snapshot] = transition(reconciliationMachine, snapshot, {
      type: 'reconcile.requested',
      cause,
    });
  }
  assert.is(snapshot.context.cause, 'one');
  assert.is(snapshot.context.requestedAgain, 'two');
});

machine.run();
