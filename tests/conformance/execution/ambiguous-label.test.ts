/** The end of clause C-108: a label that fits two intents decides nothing, and restricts until it is proven. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { executionGate } from '../../../actors/guard/index.ts';
import {
  decisionOf,
  openProposal,
  type Room,
  venueOrderOf,
  venueTradeOf,
  withRoom,
} from '../../fixtures/execution-room.ts';
import { activeBench } from '../../fixtures/guard/guard-bench.ts';

const labels = suite('conformance: ambiguous label');

/** After a restart over a ledger in which another intent shares label, instrument, side and size. */
async function withTwins(work: (room: Room, sent: Room) => void): Promise<void> {
  await withRoom((room) => {
    const [leg] = room.execution.submit([openProposal()], decisionOf()).legs;
    const intentId = leg?.intentId ?? '';
    const twinId = `${intentId.slice(0, 16)}${'0'.repeat(48)}`;
    const texts = room.ledger.durable.map((bytes) => bytes.toString('utf8'));
    const intent = texts.find((text) => text.includes('"event_type":"order.intent"')) ?? '';
    room.ledger.durable.push(Buffer.from(intent.replaceAll(intentId, twinId)));
    const next = room.restart();
    try {
      next.execution.recover();
      assert.is(next.execution.inDoubtCount, 2);
      next.conditions.length = 0;
      work(next, room);
    } finally {
      next.execution.stop();
    }
  });
}

labels('C-108 TRIP an order that fits two intents is bound to neither, and told', () =>
  withTwins((room, sent) => {
    const order = venueOrderOf(sent, 0);
    room.execution.onVenueOrder(order);
    const cause = `label ${order.label} is ambiguous`;
    assert.equal(room.conditions, [{ kind: 'degraded', cause }]);
    assert.is(room.execution.inDoubtCount, 2);
    assert.is(room.execution.orderByVenueId(order.orderId), undefined);
    assert.is(room.execution.standing.workingLots('BTC-PERPETUAL'), 200, 'both stay reserved');
  }),
);

labels(
  'C-108 TRIP a fill that fits two intents moves the position, has no order, and is told',
  () =>
    withTwins((room, sent) => {
      room.execution.onVenueTrade(venueTradeOf(sent, 0, 't1', 100));
      assert.equal(
        room.conditions.map(({ kind }) => kind),
        ['degraded', 'reconcile'],
      );
      assert.is(room.execution.positions.get('BTC-PERPETUAL')?.signedLots, 100);
      assert.is(room.ledger.facts('fill.recorded')[0]?.payload.intent_id, null);
    }),
);

labels('C-108 NON-TRIP a label that fits one of several is that one', () =>
  withRoom((room) => {
    room.execution.submit([openProposal()], decisionOf());
    room.execution.submit([openProposal()], decisionOf());
    room.execution.onVenueOrder(venueOrderOf(room, 1));
    assert.equal(room.conditions, []);
    const bound = room.execution.orderByVenueId('order-1');
    assert.is(bound?.intent.label, String(room.line.handed[1]?.params.label));
  }),
);

labels('C-108 what is told that way blocks OPEN and lets the way out pass', () => {
  const { guard } = activeBench();
  const gate = executionGate(guard, () => undefined);
  const refusal = (cls: 'OPEN' | 'CLOSE' | 'HEDGE') =>
    gate.refusal(gate.evaluate(), { class: cls });
  assert.equal([refusal('OPEN'), refusal('CLOSE')], [undefined, undefined]);
  gate.report({ kind: 'degraded', cause: 'label x is ambiguous' });
  assert.is(guard.riskState, 'Degraded');
  assert.equal(
    [refusal('OPEN'), refusal('CLOSE'), refusal('HEDGE')],
    ['RiskStateNotHealthy', undefined, undefined],
  );
});

labels.run();
