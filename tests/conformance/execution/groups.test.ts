/** Clauses C-406 to C-408: when a group is complete, when it is not, and when it churns. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { HoldfastError } from '../../../streams/facts/errors.ts';
import { decisionOf, venueOrderOf, venueTradeOf, withRoom } from '../../fixtures/execution-room.ts';
import { begin, end, openCode, pair, roomy, states, thin } from '../../fixtures/group-room.ts';

const groups = suite('conformance: groups');

groups('C-406 fills in the exact ratio complete the group', () =>
  withRoom(async (room) => {
    begin(room);
    end(room, 0, 100);
    end(room, 1, 10);
    await room.pass(0);
    assert.equal(states(room), ['recorded', 'dispatched', 'complete']);
    assert.is(room.execution.openGroups, 0);
    assert.is(room.line.handed.length, 2);
  }, roomy),
);

groups('C-406 one lot off is a failure', () =>
  withRoom((room) => {
    begin(room);
    end(room, 0, 99);
    end(room, 1, 10);
    assert.is(states(room).at(-1), 'mixed_failed');
  }, roomy),
);

groups('C-406 the record of the group stands in the block of its legs, or no leg is sent', () =>
  withRoom((room) => {
    room.ledger.failure = new HoldfastError('JOURNAL_WRITE_FAILED', 'planted');
    const legs = pair(room);
    assert.is(room.execution.submit(legs, decisionOf()).sent, 0);
    assert.is(room.line.handed.length, 0);
    assert.is(room.execution.openGroups, 0);
    room.ledger.failure = undefined;
    begin(room);
    const types = room.ledger.facts().map((fact) => fact.event_type);
    assert.is(types.indexOf('group.transition') < types.indexOf('order.transition'), true);
  }, roomy),
);

groups('C-406 a leg that would rest does not fit into a group', () =>
  withRoom((room) => {
    const legs = pair(room, { time_in_force: 'good_til_cancelled' });
    const [leg] = room.execution.submit(legs, decisionOf()).legs;
    assert.is(leg?.kind === 'refused' ? leg.code : 'sent', 'SchemaInvalid');
  }, roomy),
);

groups('C-407 in any order of events it is not complete before every leg has ended', () =>
  withRoom(async (room) => {
    begin(room);
    // Trades first, acknowledgements after them, ends last; leg 1 before leg 0.
    room.execution.onVenueTrade(venueTradeOf(room, 1, 'x1', 10));
    room.execution.onVenueTrade(venueTradeOf(room, 0, 'x2', 40));
    await room.pass(0);
    assert.is(states(room).includes('complete'), false);
    room.execution.onVenueOrder(venueOrderOf(room, 0));
    room.execution.onVenueOrder(venueOrderOf(room, 1, { state: 'filled', filledLots: 10 }));
    room.execution.onVenueOrder(venueOrderOf(room, 0, { state: 'filled', filledLots: 100 }));
    await room.pass(0);
    // Reported filled, and its last trade is not there yet.
    assert.is(states(room).includes('complete'), false);
    room.execution.onVenueTrade(venueTradeOf(room, 0, 'x3', 60));
    await room.pass(0);
    assert.is(states(room).at(-1), 'complete');
  }, roomy),
);

groups('C-408 the third flatten of one key within 5 minutes blocks it for 15', () =>
  withRoom(async (room) => {
    for (let round = 0; round < 3; round += 1) {
      const at = room.line.handed.length;
      room.freshBooks();
      begin(room, thin);
      end(room, at, 100);
      end(room, at + 1, 0);
      await room.pass(0);
      end(room, at + 2, 100);
      await room.pass(10_000);
    }
    room.freshBooks();
    const legs = pair(room, thin);
    const code = (): string => {
      const [leg] = room.execution.submit(legs, decisionOf()).legs;
      return leg?.kind === 'refused' ? leg.code : 'sent';
    };
    assert.is(code(), 'ChurnBreakerActive');
    assert.is(openCode(room), 'sent', 'another key is free');
    await room.pass(889_999);
    room.freshBooks();
    assert.is(code(), 'ChurnBreakerActive');
    await room.pass(1);
    assert.is(code(), 'sent');
  }, roomy),
);

groups.run();
