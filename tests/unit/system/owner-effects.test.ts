/** What a restriction asks for: the right orders cancelled, each one tried whatever the others did. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ownerEffects } from '../../../daemon/system/owner-effects.ts';
import { openOrderOf } from '../../fixtures/system/orders.ts';

const effects = suite('owner effects');
const orders = [
  openOrderOf({ intentId: 'a' }),
  openOrderOf({ intentId: 'b', reduceOnly: true }),
  openOrderOf({ intentId: 'c' }),
];

function bench(outcomeKind: 'sent' | 'refused' = 'sent') {
  const cancelled: string[] = [];
  const warned: unknown[] = [];
  const errors: string[] = [];
  const reconciled: string[] = [];
  const open = [...orders];
  const of = ownerEffects({
    log: {
      warn: (event, fields) => void warned.push([event, fields]),
      error: (event) => void errors.push(event),
    },
    execution: () => ({
      openOrders: open,
      cancel: (id, strategyId, traceId) => {
        cancelled.push(`${id} ${strategyId} ${traceId}`);
        // An order that is cancelled leaves the list while it is walked.
        open.splice(0, 1);
        return { kind: outcomeKind } as ReturnType<
          NonNullable<ReturnType<Parameters<typeof ownerEffects>[0]['execution']>>['cancel']
        >;
      },
    }),
    reconcile: (cause) => void reconciled.push(cause),
    traceId: () => 'trace',
  });
  return { of, cancelled, warned, errors, reconciled };
}

effects('ReduceOnly leaves what reduces', () => {
  const { of, cancelled } = bench();
  of.cancelOrders('not_reduce_only', 'stale');
  assert.equal(cancelled, ['a guard trace', 'c guard trace']);
});

effects('an operator kill cancels everything', () => {
  const { of, cancelled, warned } = bench();
  of.cancelOrders('all', 'kill');
  assert.is(cancelled.length, 3);
  assert.equal(warned[0], ['guard.cancel', { intent_id: 'a', cause: 'kill', outcome: 'sent' }]);
});

effects('a refused cancel does not keep the others alive', () => {
  const { of, cancelled } = bench('refused');
  of.cancelOrders('all', 'kill');
  assert.is(cancelled.length, 3);
});

effects('before there is an execution room there is nothing to cancel', () => {
  const of = ownerEffects({
    log: { warn: () => assert.unreachable(), error: () => undefined },
    execution: () => undefined,
    reconcile: () => undefined,
    traceId: () => 'trace',
  });
  of.cancelOrders('all', 'early');
});

effects('containment is told of, reconciliation is passed on', () => {
  const { of, errors, reconciled } = bench();
  of.contain('margin');
  of.reconcile('latched');
  assert.equal(errors, ['guard.containment_required']);
  assert.equal(reconciled, ['latched']);
});

effects.run();
