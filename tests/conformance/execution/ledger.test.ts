/** Clauses C-301, C-303, C-304, C-307: what is recorded is sent at most once, ever. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { HoldfastError } from '../../../streams/facts/errors.ts';
import {
  decisionOf,
  openProposal,
  type Room,
  venueOrderOf,
  venueTradeOf,
  withRoom,
} from '../../fixtures/execution-room.ts';

const ledger = suite('conformance: ledger');

function submitOne(room: Room): string {
  const [leg] = room.execution.submit([openProposal()], decisionOf()).legs;
  return leg?.intentId ?? '';
}

function working(room: Room): number {
  return room.execution.standing.workingLots('BTC-PERPETUAL');
}

/** Restarts over the same ledger, any number of times, and gives the last one. */
async function afterRestarts(room: Room, times: number, work: (last: Room) => Promise<void>) {
  let last = room;
  for (let restart = 0; restart < times; restart += 1) {
    last.execution.stop();
    last = last.restart();
    last.execution.recover();
  }
  try {
    await work(last);
  } finally {
    last.execution.stop();
  }
}

ledger(
  'C-301 recorded and never answered: in doubt after restarts, proved absent, not sent again',
  () =>
    withRoom(async (room) => {
      const intentId = submitOne(room);
      await afterRestarts(room, 3, async (last) => {
        assert.is(last.execution.order(intentId)?.state, 'in_doubt');
        assert.is(working(last), 100);
        assert.equal(last.conditions.at(-1), { kind: 'in_doubt', count: 1 });
        last.execution.onLinkUp();
        await last.pass(20_000);
        assert.is(last.execution.order(intentId)?.state, 'not_sent');
        assert.is(working(last), 0);
        assert.equal(last.conditions.at(-1), { kind: 'in_doubt', count: 0 });
        assert.is(last.line.handed.length, 0);
      });
    }),
);

ledger('C-301 recorded and at the venue: adopted with its fills', () =>
  withRoom(async (room) => {
    const intentId = submitOne(room);
    const order = venueOrderOf(room, 0, { state: 'cancelled', filledLots: 30 });
    const trade = venueTradeOf(room, 0, 't1', 30);
    await afterRestarts(room, 2, async (last) => {
      last.venue.history = [order];
      last.venue.trades = [trade];
      last.execution.onLinkUp();
      await last.pass(1);
      assert.is(last.execution.order(intentId)?.state, 'cancelled');
      assert.is(last.execution.positions.get('BTC-PERPETUAL')?.signedLots, 30);
      assert.is(working(last), 0);
      assert.is(last.line.handed.length, 0);
    });
  }),
);

ledger('C-301 a fill recorded before the crash is not applied again after it', () =>
  withRoom(async (room) => {
    const intentId = submitOne(room);
    const trade = venueTradeOf(room, 0, 't1', 100);
    room.execution.onVenueTrade(trade);
    await afterRestarts(room, 2, async (last) => {
      assert.is(last.execution.order(intentId)?.state, 'filled');
      last.execution.onVenueTrade(trade);
      assert.is(last.execution.positions.get('BTC-PERPETUAL')?.signedLots, 100);
      assert.is(last.execution.positions.get('BTC-PERPETUAL')?.averagePriceFloat, 100_000.5);
      assert.is(last.execution.inDoubtCount, 0);
    });
  }),
);

ledger('C-303 a fill before the acknowledgement', () =>
  withRoom((room) => {
    const intentId = submitOne(room);
    room.execution.onVenueTrade(venueTradeOf(room, 0, 't1', 40));
    assert.is(room.execution.order(intentId)?.state, 'partially_filled');
    room.execution.onVenueOrder(venueOrderOf(room, 0));
    room.execution.onVenueOrder(venueOrderOf(room, 0, { state: 'cancelled', filledLots: 40 }));
    assert.is(room.execution.order(intentId)?.state, 'cancelled');
    assert.is(working(room), 0);
    assert.is(room.execution.positions.get('BTC-PERPETUAL')?.signedLots, 40);
  }),
);

ledger('C-303 one trade by reply, stream and look-up is applied once', () =>
  withRoom((room) => {
    submitOne(room);
    const trade = venueTradeOf(room, 0, 't1', 100);
    room.execution.onVenueTrades([trade, trade]);
    room.execution.onVenueTrade({ ...trade });
    assert.is(room.execution.positions.get('BTC-PERPETUAL')?.signedLots, 100);
    assert.is(room.ledger.facts('fill.recorded').length, 1);
    assert.is(room.ledger.facts('attribution.recorded').length, 1);
  }),
);

ledger('C-303 a late fill after the cancel counts, and the order stays ended', () =>
  withRoom((room) => {
    const intentId = submitOne(room);
    room.execution.onVenueOrder(venueOrderOf(room, 0, { state: 'cancelled' }));
    assert.is(working(room), 0);
    room.execution.onVenueTrade(venueTradeOf(room, 0, 't1', 25));
    assert.is(room.execution.order(intentId)?.state, 'cancelled');
    assert.is(room.execution.positions.get('BTC-PERPETUAL')?.signedLots, 25);
    assert.is(working(room), 0);
    assert.is(room.execution.anomalies.get('late_fill'), 1);
  }),
);

ledger('what the venue says again of an order that ended is recorded as facts of their own', () =>
  withRoom((room) => {
    submitOne(room);
    const ended = venueOrderOf(room, 0, { state: 'cancelled' });
    for (let times = 0; times < 3; times += 1) room.execution.onVenueOrder(ended);
    const told = room.ledger.facts('order.transition').filter(({ payload }) => payload.anomaly);
    assert.is(told.length, 2);
    const all = room.ledger.facts('order.transition');
    assert.is(new Set(all.map(({ event_id }) => event_id)).size, all.length);
  }),
);

ledger('C-303 the trade id is in the ledger before the position moves', () =>
  withRoom((room) => {
    submitOne(room);
    room.ledger.failure = new HoldfastError('JOURNAL_WRITE_FAILED', 'planted');
    room.execution.onVenueTrade(venueTradeOf(room, 0, 't1', 100));
    assert.is(room.execution.positions.get('BTC-PERPETUAL'), undefined);
    assert.is(room.conditions.at(-1)?.kind, 'wal_write_error');
  }),
);

ledger('C-304 a full ledger queue refuses OPEN and reports the write error', () =>
  withRoom((room) => {
    room.ledger.failure = new HoldfastError('JOURNAL_QUEUE_FULL', 'planted');
    const [leg] = room.execution.submit([openProposal()], decisionOf()).legs;
    assert.is(leg?.kind === 'refused' ? leg.code : 'sent', 'LedgerWriteFailed');
    assert.equal(room.conditions, [{ kind: 'wal_write_error', cause: 'LedgerWriteFailed' }]);
    assert.is(room.line.handed.length, 0);
    room.ledger.failure = undefined;
    assert.is(room.execution.submit([openProposal()], decisionOf()).sent, 1);
  }),
);

ledger('C-307 no answer → in doubt, exposure reserved, nothing sent again', () =>
  withRoom(async (room) => {
    const intentId = submitOne(room);
    await room.pass(1_999);
    assert.is(room.execution.order(intentId)?.state, 'sent');
    await room.pass(1);
    assert.is(room.execution.order(intentId)?.state, 'in_doubt');
    assert.is(working(room), 100);
    assert.equal(room.conditions, [{ kind: 'in_doubt', count: 1 }]);
    await room.pass(60_000);
    assert.is(room.execution.order(intentId)?.state, 'in_doubt', 'nobody could look yet');
    assert.is(room.line.handed.length, 1);
  }),
);

ledger('C-307 absence is believed only after the fence and two reads a second apart', () =>
  withRoom(async (room) => {
    const intentId = submitOne(room);
    room.execution.onLinkUp();
    // valid_until is 5 000 ms, the skew 2 000 ms; reads go on from 2 000 ms every second.
    await room.pass(7_000);
    assert.is(room.execution.order(intentId)?.state, 'in_doubt');
    assert.ok(room.venue.reads > 10);
    await room.pass(1_100);
    assert.is(room.execution.order(intentId)?.state, 'in_doubt', 'one read is not two');
    await room.pass(1_100);
    assert.is(room.execution.order(intentId)?.state, 'not_sent');
    assert.is(working(room), 0);
    assert.is(room.line.handed.length, 1);
  }),
);

ledger('C-307 a position that moves between the reads, or a failed read, starts over', () =>
  withRoom(async (room) => {
    const intentId = submitOne(room);
    room.execution.onLinkUp();
    for (let second = 0; second < 15; second += 1) {
      room.venue.positionLots += 1;
      await room.pass(1_000);
    }
    assert.is(room.execution.order(intentId)?.state, 'in_doubt');
    for (let second = 0; second < 16; second += 1) {
      room.venue.failure =
        second % 2 === 0 ? new HoldfastError('NETWORK_TIMEOUT', 'planted') : undefined;
      await room.pass(1_000);
    }
    assert.is(room.execution.order(intentId)?.state, 'in_doubt');
    room.venue.failure = undefined;
    await room.pass(3_000);
    assert.is(room.execution.order(intentId)?.state, 'not_sent');
  }),
);

ledger('C-307 found open: adopted, and a late answer changes nothing', () =>
  withRoom(async (room) => {
    const intentId = submitOne(room);
    room.venue.open = [venueOrderOf(room, 0)];
    room.execution.onLinkUp();
    await room.pass(2_100);
    assert.is(room.execution.order(intentId)?.state, 'acked');
    assert.is(room.execution.inDoubtCount, 0);
    assert.is(working(room), 100);
    room.execution.onVenueOrder(venueOrderOf(room, 0));
    assert.is(room.execution.order(intentId)?.state, 'acked');
  }),
);

ledger('a lost session puts open orders in doubt', () =>
  withRoom(async (room) => {
    const intentId = submitOne(room);
    room.execution.onVenueOrder(venueOrderOf(room, 0));
    room.execution.onLinkDown('test');
    assert.is(room.execution.order(intentId)?.state, 'in_doubt');
    room.venue.history = [venueOrderOf(room, 0, { state: 'cancelled', updatedUs: 9 })];
    room.execution.onLinkUp();
    await room.pass(1);
    assert.is(room.execution.order(intentId)?.state, 'cancelled');
  }),
);

ledger('a refusal of the venue ends the order and releases it', () =>
  withRoom(async (room) => {
    const intentId = submitOne(room);
    const error = { code: 10_009, message: 'not_enough_funds', detail: '' };
    room.line.handed[0]?.settle({ kind: 'error', error });
    await room.pass(1);
    assert.is(room.execution.order(intentId)?.state, 'rejected');
    assert.is(working(room), 0);
  }),
);

ledger('bytes that never left end as not sent at once', () =>
  withRoom((room) => {
    room.line.isUp = false;
    const [leg] = room.execution.submit([openProposal()], decisionOf()).legs;
    assert.is(leg?.kind, 'refused');
    assert.is(room.execution.order(leg?.intentId ?? '')?.state, 'not_sent');
    assert.is(working(room), 0);
  }),
);

ledger('a trade without an intent moves the position and asks for reconciliation', () =>
  withRoom((room) => {
    submitOne(room);
    const stray = { ...venueTradeOf(room, 0, 'x1', 5), orderId: 'foreign', label: '' };
    room.execution.onVenueTrade(stray);
    assert.is(room.execution.positions.get('BTC-PERPETUAL')?.signedLots, 5);
    assert.is(room.conditions.at(-1)?.kind, 'reconcile');
  }),
);

ledger('an order with our label and no intent is told to reconciliation', async () => {
  const ghosts: string[] = [];
  await withRoom(
    (room) => {
      submitOne(room);
      const label = `hf1:${'a'.repeat(8)}:${'b'.repeat(12)}:0:${'c'.repeat(16)}`;
      room.execution.onVenueOrder(venueOrderOf(room, 0, { orderId: 'ghost', label }));
      assert.equal(ghosts, ['ghost']);
      room.execution.onVenueOrder(venueOrderOf(room, 0, { orderId: 'manual', label: 'by hand' }));
      assert.equal(ghosts, ['ghost']);
    },
    { options: { listener: { onGhost: (order) => void ghosts.push(order.orderId) } } },
  );
});

ledger.run();
