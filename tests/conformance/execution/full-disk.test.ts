/** A full disk stops new risk and loses nothing of the way out; and clause C-601: no capsule, no OPEN. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { HoldfastError } from '../../../streams/facts/errors.ts';
import type { ProposedIntent } from '../../../streams/facts/intent.ts';
import {
  decisionOf,
  openProposal,
  type Room,
  venueOrderOf,
  venueTradeOf,
  withRoom,
} from '../../fixtures/execution-room.ts';
import { blind } from '../../fixtures/room-state.ts';

const disk = suite('conformance: full disk and capsules');

const close: ProposedIntent = {
  class: 'CLOSE',
  side: 'sell',
  reduce_only: true,
  limit_price: '100000',
  edge: undefined,
};

function codeOf(room: Room, own: ProposedIntent = {}): string {
  const [leg] = room.execution.submit([openProposal(own)], decisionOf()).legs;
  return leg?.kind === 'refused' ? leg.code : 'sent';
}

function hold(room: Room): void {
  assert.is(codeOf(room), 'sent');
  room.execution.onVenueOrder(venueOrderOf(room, 0, { state: 'filled', filledLots: 100 }));
  room.execution.onVenueTrade(venueTradeOf(room, 0, 'held', 100));
}

const full = () => new HoldfastError('DISK_FULL', 'planted');

disk('on a full disk OPEN is LedgerWriteFailed, a CLOSE, its end and its fill are recorded', () =>
  withRoom(async (room) => {
    hold(room);
    room.ledger.failure = full();
    assert.is(codeOf(room), 'LedgerWriteFailed');
    assert.is(room.line.handed.length, 1);
    assert.is(codeOf(room, close), 'sent');
    room.execution.onVenueOrder(venueOrderOf(room, 1, { state: 'filled', filledLots: 100 }));
    room.execution.onVenueTrade(venueTradeOf(room, 1, 'closed', 100));
    await room.pass(0);
    const intents = room.ledger.facts('order.intent').map(({ payload }) => payload.class);
    assert.equal(intents, ['OPEN', 'CLOSE']);
    const fills = room.ledger.facts('fill.recorded').map(({ payload }) => payload.trade_id);
    assert.equal(fills, ['held', 'closed']);
    const ends = room.ledger.facts('order.transition').map(({ payload }) => payload.to);
    assert.equal(ends.slice(-2), ['sent', 'filled'], 'no transition is lost');
    assert.ok(room.conditions.some(({ kind }) => kind === 'wal_write_error'));
  }),
);

disk('on a full disk a cancel is sent and recorded', () =>
  withRoom(async (room) => {
    codeOf(room, { time_in_force: 'good_til_cancelled', limit_price: '99999' });
    room.execution.onVenueOrder(venueOrderOf(room, 0));
    await room.pass(0);
    room.ledger.failure = full();
    const cancel = { class: 'CANCEL', target_order_id: 'order-0' };
    assert.is(room.execution.submit([cancel], decisionOf()).sent, 1);
    await room.pass(0);
    assert.is(room.ledger.facts('order.cancel_requested').length, 1);
  }),
);

disk('a queue that is full admits nothing by the reserve', () =>
  withRoom((room) => {
    hold(room);
    room.ledger.failure = new HoldfastError('JOURNAL_QUEUE_FULL', 'planted');
    assert.is(codeOf(room, close), 'LedgerWriteFailed');
  }),
);

disk('C-601 TRIP no capsule for an OPEN: nothing recorded or sent, and Degraded', () =>
  withRoom((room) => {
    blind(room);
    assert.is(codeOf(room), 'CapsuleWriteFailed');
    assert.equal(room.ledger.durable, []);
    assert.is(room.line.handed.length, 0);
    assert.is(room.execution.standing.workingLots('BTC-PERPETUAL'), 0);
    assert.ok(room.conditions.some(({ kind }) => kind === 'degraded'));
  }),
);

disk('C-601 a CLOSE goes on without its capsule, flagged', () =>
  withRoom((room) => {
    hold(room);
    const see = blind(room);
    assert.is(codeOf(room, close), 'sent');
    assert.is(room.line.handed.length, 2);
    const [, intent] = room.ledger.facts('order.intent');
    assert.is(intent?.payload.capsule_id, null);
    assert.is(room.ledger.facts('capsule.recorded').length, 1, 'that of the OPEN');
    assert.ok(room.conditions.some(({ kind }) => kind === 'degraded'));
    see();
    room.execution.onVenueOrder(venueOrderOf(room, 1, { state: 'filled', filledLots: 100 }));
    room.execution.onVenueTrade(venueTradeOf(room, 1, 'closed', 100));
    assert.is(room.execution.positions.get('BTC-PERPETUAL')?.signedLots, 0);
  }),
);

disk('C-601 NON-TRIP with its capsule an OPEN is sent, and names it', () =>
  withRoom((room) => {
    assert.is(codeOf(room), 'sent');
    const [intent] = room.ledger.facts('order.intent');
    const [capsule] = room.ledger.facts('capsule.recorded');
    assert.is(intent?.payload.capsule_id, capsule?.payload.capsule_id);
    assert.equal(room.conditions, []);
  }),
);

disk.run();
