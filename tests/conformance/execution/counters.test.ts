/** What must never happen is counted from evidence, not assumed: duplicates and illegal orders. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  decisionOf,
  type HandedOver,
  MemoryStream,
  openProposal,
  type Room,
  venueOrderOf,
  venueTradeOf,
  withRoom,
} from '../../fixtures/execution-room.ts';

const counters = suite('conformance: duplicate and illegal counters');

function told(room: Room): readonly (string | undefined)[] {
  return room.conditions.flatMap((one) => (one.kind === 'degraded' ? [one.cause] : []));
}

counters('C-109 a refused duplicate intent is no duplicate dispatch', () =>
  withRoom((room) => {
    const decision = decisionOf();
    room.execution.submit([openProposal()], decision);
    room.execution.submit([openProposal()], decision);
    assert.is(room.line.handed.length, 1);
    assert.is(room.execution.duplicateDispatches, 0);
    assert.is(room.execution.illegalAttempts, 0);
  }),
);

counters('a second order at the venue for one intent is a duplicate dispatch, and restricts', () =>
  withRoom((room) => {
    room.execution.submit([openProposal()], decisionOf());
    room.execution.onVenueOrder(venueOrderOf(room, 0));
    room.execution.onVenueOrder(venueOrderOf(room, 0));
    assert.is(room.execution.duplicateDispatches, 0);
    room.execution.onVenueOrder(venueOrderOf(room, 0, { orderId: 'another' }));
    assert.is(room.execution.duplicateDispatches, 1);
    assert.is(told(room).length, 1);
  }),
);

counters(
  'a trade names its order at the venue, and says how long the answer took once there was one',
  () =>
    withRoom(async (room) => {
      const [leg] = room.execution.submit([openProposal()], decisionOf()).legs;
      room.execution.onVenueTrade(venueTradeOf(room, 0, 'first', 40));
      assert.is(room.execution.orderByVenueId('order-0')?.intent.intentId, leg?.intentId);
      await room.pass(3);
      room.line.handed[0]?.settle({ kind: 'lost', cause: 'the session closed' });
      await room.pass(5);
      room.execution.onVenueTrade(venueTradeOf(room, 0, 'second', 60));
      const trips = room.ledger
        .facts('attribution.recorded')
        .map(({ payload }) => payload.round_trip_us);
      assert.equal(trips, [null, 3_000]);
    }),
);

counters('a trade that is known already writes nothing at all', async () => {
  let writes = 0;
  class Counted extends MemoryStream {
    override appendNow(records: readonly Uint8Array[]): number {
      writes += 1;
      return super.appendNow(records);
    }
  }
  await withRoom(
    (room) => {
      room.execution.submit([openProposal()], decisionOf());
      const trade = venueTradeOf(room, 0, 'once', 100);
      room.execution.onVenueTrade(trade);
      assert.is(writes, 2);
      room.execution.onVenueTrade(trade);
      assert.is(writes, 2);
    },
    { options: { ledger: new Counted() } },
  );
});

counters('more filled than was ordered is booked, and asks for reconciliation', () =>
  withRoom((room) => {
    room.execution.submit([openProposal()], decisionOf());
    room.execution.onVenueTrade(venueTradeOf(room, 0, 'all', 100));
    assert.equal(room.conditions, []);
    room.execution.onVenueTrade(venueTradeOf(room, 0, 'more', 1));
    assert.equal(
      room.conditions.map(({ kind }) => kind),
      ['reconcile'],
    );
    assert.is(room.execution.standing.positionLots('BTC-PERPETUAL'), 101);
  }),
);

for (const [code, counted] of [
  [10043, 1],
  [10021, 1],
  [-32602, 1],
  [10009, 0],
  [11054, 0],
] as const) {
  counters(`a venue refusal ${code} counts ${counted} illegal attempts`, () =>
    withRoom(async (room) => {
      room.execution.submit([openProposal()], decisionOf());
      const [handed] = room.line.handed as [HandedOver];
      handed.settle({ kind: 'error', error: { code, message: 'no', detail: '' } });
      await room.pass(1);
      assert.is(room.execution.illegalAttempts, counted);
      assert.is(room.execution.standing.workingLots('BTC-PERPETUAL'), 0);
    }),
  );
}

counters.run();
