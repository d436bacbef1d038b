/** The cancels of clause C-311: what is gone at the venue is looked up, once, and holds up nothing else. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  decisionOf,
  openProposal,
  type Room,
  venueOrderOf,
  withRoom,
} from '../../fixtures/execution-room.ts';

const gone = suite('conformance: gone orders');

function submitOne(room: Room): string {
  const [leg] = room.execution.submit([openProposal()], decisionOf()).legs;
  return leg?.intentId ?? '';
}

function working(room: Room): number {
  return room.execution.standing.workingLots('BTC-PERPETUAL');
}

gone('C-311 a cancel of an order that is gone succeeds by looking it up, without a retry', () =>
  withRoom(async (room) => {
    const intentId = submitOne(room);
    room.execution.onVenueOrder(venueOrderOf(room, 0));
    assert.is(room.execution.cancel(intentId, 's', '0'.repeat(32)).kind, 'sent');
    room.venue.history = [
      venueOrderOf(room, 0, {
        state: 'cancelled',
        cancelReason: 'instrument_expired',
        updatedUs: 9,
      }),
    ];
    room.execution.onLinkUp();
    const error = { code: 10_004, message: 'order_not_found', detail: '' };
    room.line.handed[1]?.settle({ kind: 'error', error });
    await room.pass(1_100);
    assert.is(room.execution.order(intentId)?.state, 'cancelled');
    assert.is(room.line.handed.length, 2);
    assert.is(room.execution.cancel(intentId, 's', '0'.repeat(32)).kind, 'nothing_to_cancel');
  }),
);

gone('C-311 beside an order that is gone the cancels of others go on', () =>
  withRoom(async (room) => {
    const [lost, alive] = [submitOne(room), submitOne(room)];
    for (const index of [0, 1]) room.execution.onVenueOrder(venueOrderOf(room, index));
    assert.is(room.execution.cancel(lost, 's', '0'.repeat(32)).kind, 'sent');
    assert.is(room.execution.cancel(alive, 's', '0'.repeat(32)).kind, 'sent');
    const error = { code: 10_004, message: 'order_not_found', detail: '' };
    room.line.handed[2]?.settle({ kind: 'error', error });
    room.execution.onVenueOrder(venueOrderOf(room, 1, { state: 'cancelled', updatedUs: 9 }));
    room.venue.history = [venueOrderOf(room, 0, { state: 'cancelled', updatedUs: 9 })];
    room.execution.onLinkUp();
    await room.pass(30_000);
    assert.is(room.execution.order(alive)?.state, 'cancelled');
    assert.is(room.execution.order(lost)?.state, 'cancelled');
    assert.is(room.line.handed.length, 4, 'two orders, two cancels, none again');
    assert.is(working(room), 0);
  }),
);

gone.run();
