/** The working path: one proposal becomes one durable intent, one order, fills, a position. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { groupIdOf } from '../../../streams/facts/decision.ts';
import { adoptionOf, takenPosition } from '../../fixtures/adoptions.ts';
import {
  decisionOf,
  openProposal,
  venueOrderOf,
  venueTradeOf,
  withRoom,
} from '../../fixtures/execution-room.ts';

const path = suite('submit path');

path('an allowed proposal reaches the venue in the same turn', () =>
  withRoom((room) => {
    const outcome = room.execution.submit([openProposal()], decisionOf());
    assert.is(outcome.sent, 1, JSON.stringify(outcome.legs));
    assert.is(room.line.handed.length, 1);
    assert.is(room.line.handed[0]?.method, 'private/buy');
    assert.is(room.line.handed[0]?.params.amount, 1000);
  }),
);

path('the intent block holds instrument, snapshot, capsule and intent, joined by digest', () =>
  withRoom((room) => {
    room.execution.submit([openProposal()], decisionOf());
    const facts = room.ledger.facts();
    assert.equal(
      facts.slice(0, 4).map((fact) => fact.event_type),
      ['instrument.recorded', 'snapshot.recorded', 'capsule.recorded', 'order.intent'],
    );
    const [, snapshot, capsule, intent] = facts.map((fact) => fact.payload);
    assert.is(capsule?.snapshot_digest, snapshot?.digest);
    assert.is(intent?.capsule_id, capsule?.capsule_id);
    assert.is(capsule?.intent_id, intent?.intent_id);
  }),
);

path('the group id is that of the decision vocabulary', () =>
  withRoom((room) => {
    const decision = decisionOf({ strategyId: 'a "quoted" id' });
    const pins = {
      scenario_id: 'test',
      run_id: 'another run',
      manifest_fingerprint: '0'.repeat(64),
      parameter_hash: '0'.repeat(64),
    };
    const { groupId } = room.execution.submit([openProposal()], decision);
    assert.is(groupId, groupIdOf(pins, decision.strategyId, decision.decisionId));
  }),
);

path('a fill is booked, attributed and leaves nothing reserved', () =>
  withRoom(async (room) => {
    room.execution.submit([openProposal()], decisionOf());
    assert.is(room.execution.standing.workingLots('BTC-PERPETUAL'), 100);
    room.execution.onVenueOrder(venueOrderOf(room, 0, { state: 'filled', filledLots: 100 }));
    assert.is(room.execution.standing.workingLots('BTC-PERPETUAL'), 100, 'the trade is missing');
    room.execution.onVenueTrade(venueTradeOf(room, 0, 't1', 100));
    assert.is(room.execution.standing.workingLots('BTC-PERPETUAL'), 0);
    assert.is(room.execution.positions.get('BTC-PERPETUAL')?.signedLots, 100);
    const [row] = room.ledger.facts('attribution.recorded');
    assert.is(row?.payload.trade_id, 't1');
    assert.is(row?.payload.mode, 'paper');
    assert.equal([...room.execution.openOrders], []);
  }),
);

path('every record of a whole life is a valid, canonical fact', () =>
  withRoom(async (room) => {
    room.execution.submit([openProposal()], decisionOf());
    room.execution.onVenueOrder(venueOrderOf(room, 0));
    room.execution.onVenueTrade(venueTradeOf(room, 0, 't1', 40));
    room.execution.cancel('order-0', 'test-strategy', '0'.repeat(32));
    room.execution.onVenueOrder(venueOrderOf(room, 0, { state: 'cancelled', filledLots: 40 }));
    room.execution.submit([openProposal({ quantity: 'x' })], decisionOf());
    room.execution.adopt(adoptionOf({ positions: [takenPosition(room.option, -3)] }));
    const { canonicalJson } = await import('../../../streams/facts/hash.ts');
    for (const stream of [room.ledger, room.audit]) {
      for (const [index, fact] of stream.facts().entries()) {
        assert.is(stream.durable[index]?.toString(), canonicalJson(fact));
      }
    }
    const types = new Set([...room.ledger.facts(), ...room.audit.facts()].map((f) => f.event_type));
    assert.is(types.size, 10, [...types].join(' '));
  }),
);

path.run();
