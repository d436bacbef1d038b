/** The lifecycle is total: every state × event has its row here, written by hand. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  isTerminal,
  type OrderLifecycleEventType,
  type OrderLifecycleState,
  orderEvents,
  orderLifecycleMachine,
  orderStates,
  orderTransition,
} from '../../../machines/order-lifecycle.ts';

const lifecycle = suite('order lifecycle');

/**
 * Next state; `!d` duplicate, `!o` out of order, `!l` late fill, `!r` resurrected, `!c`
 * contradiction. Columns in the order of `orderEvents`.
 */
const columns: readonly OrderLifecycleEventType[] = [
  'ledger.recorded',
  'dispatch.sent',
  'dispatch.refused',
  'ack.timedOut',
  'process.restarted',
  'sight.lost',
  'venue.acked',
  'venue.partiallyFilled',
  'venue.filled',
  'venue.cancelled',
  'venue.rejected',
  'venue.expired',
  'fence.provedAbsent',
];
const short: Record<string, OrderLifecycleState> = {
  cr: 'created',
  re: 'recorded',
  se: 'sent',
  do: 'in_doubt',
  ac: 'acked',
  pa: 'partially_filled',
  fi: 'filled',
  ca: 'cancelled',
  rj: 'rejected',
  ns: 'not_sent',
  ex: 'expired',
};
const anomalies: Record<string, string> = {
  d: 'duplicate',
  o: 'out_of_order',
  l: 'late_fill',
  r: 'resurrected',
  c: 'contradiction',
};
const table: Record<OrderLifecycleState, string> = {
  created: 're cr!c ns cr!o ns cr!o ac!r pa!r fi!r ca!r rj!r ex!r ns',
  recorded: 're!d se ns do do do ac pa fi ca rj ex re!c',
  sent: 'se!d se!d se!c do do do ac pa fi ca rj ex se!c',
  in_doubt: 'do!d do!d do!c do!d do do ac pa fi ca rj ex ns',
  acked: 'ac!d ac!d ac!c ac!o do do ac!d pa fi ca rj ex ac!c',
  partially_filled: 'pa!d pa!d pa!c pa!o do do pa!o pa fi ca pa!c ex pa!c',
  filled: 'fi!d fi!d fi!c fi!o fi fi fi!o fi!o fi!d fi!o fi!c fi!o fi!c',
  cancelled: 'ca!d ca!d ca!c ca!o ca ca ca!o ca!l fi!l ca!d ca!c ca!d ca!c',
  rejected: 'rj!d rj!d rj!c rj!o rj rj ac!r pa!r fi!r rj!o rj!d rj!o rj!c',
  not_sent: 'ns!d ns!d ns!d ns!o ns ns ac!r pa!r fi!r ca!r rj!r ex!r ns!d',
  expired: 'ex!d ex!d ex!c ex!o ex ex ex!o ex!l fi!l ex!d ex!c ex!d ex!c',
};

lifecycle('the table below names every state and every event', () => {
  assert.equal(columns, orderEvents);
  assert.equal(Object.keys(table).sort(), [...orderStates].sort());
});

for (const state of orderStates) {
  const cells = table[state].split(' ');
  for (const [index, event] of columns.entries()) {
    const [next = '', anomaly] = (cells[index] ?? '').split('!');
    lifecycle(`${state} + ${event} → ${cells[index]}`, () => {
      assert.equal(orderTransition(state, event), {
        to: short[next],
        anomaly: anomaly === undefined ? null : anomalies[anomaly],
      });
    });
  }
}

lifecycle('every pair is written in the machine itself: none is ignored by accident', () => {
  for (const state of orderStates) {
    const on = orderLifecycleMachine.states[state]?.config.on ?? {};
    assert.equal(Object.keys(on).sort(), [...orderEvents].sort(), state);
  }
});

lifecycle('exactly the ends are terminal', () => {
  const ends = orderStates.filter((state) => isTerminal(state));
  assert.equal(ends, ['filled', 'cancelled', 'rejected', 'not_sent', 'expired']);
});

lifecycle.run();
