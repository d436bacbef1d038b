/**
 * What an operator took over, in the ledger: durable first and as one block, in positions and
 * exposure, without an intent, once, and the same again after any number of restarts.
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { HoldfastError } from '../../../streams/facts/errors.ts';
import { adoptionOf, foreignOrder, foreignTrade, takenPosition } from '../../fixtures/adoptions.ts';
import { decisionOf, openProposal, type Room, withRoom } from '../../fixtures/execution-room.ts';
import { stateOf } from '../../fixtures/room-state.ts';
import { codeOf } from '../../fixtures/system/requests.ts';

const adoption = suite('conformance: adoption');

const perpetualLots = (room: Room): number | undefined =>
  room.execution.positions.get('BTC-PERPETUAL')?.signedLots;
const pendingBuy = (room: Room): number =>
  room.execution.exposure.row('BTC-PERPETUAL')?.pendingBuyLots ?? 0;

function sideState(room: Room): unknown {
  const rows = [...room.execution.exposure.rows].map(
    ({ instrument, signedLots, pendingBuyLots, pendingSellLots }) =>
      [instrument.name, signedLots, pendingBuyLots, pendingSellLots].join(' '),
  );
  const positions = [...room.execution.positions.all].map(
    ({ instrument, signedLots, averagePriceFloat, realisedUsdFloat }) =>
      [instrument.name, signedLots, averagePriceFloat, realisedUsdFloat].join(' '),
  );
  return { rows, positions, orders: room.execution.adoptedOrderCount };
}

adoption('a trade counts in position and ledger, with no intent and no attribution', () =>
  withRoom((room) => {
    const order = foreignOrder(room.perpetual, { lots: 7 });
    const trade = foreignTrade(order);
    room.execution.adopt(adoptionOf({ trades: [trade] }));
    assert.is(perpetualLots(room), 7);
    assert.is(room.execution.hasTrade('foreign-trade-1'), true);
    const [fact, ...more] = room.ledger.facts('trade.adopted');
    assert.equal(more, []);
    assert.is(fact?.payload.origin, 'operator');
    assert.is(fact?.payload.adoption_id, 'a'.repeat(64));
    assert.is(fact?.payload.role, 'owner');
    assert.is(fact?.payload.amount, '70');
    assert.not.ok('intent_id' in (fact?.payload ?? {}));
    assert.equal(room.ledger.facts('fill.recorded'), []);
    assert.equal(room.ledger.facts('attribution.recorded'), []);
    assert.equal(room.conditions, [], 'nothing is left to complain about');
  }),
);

adoption('the stream tells an adopted trade late: it is applied once', () =>
  withRoom((room) => {
    const trade = foreignTrade(foreignOrder(room.perpetual, { lots: 7 }));
    room.execution.adopt(adoptionOf({ trades: [trade] }));
    room.execution.onVenueTrade(trade);
    assert.is(perpetualLots(room), 7);
    assert.equal(room.ledger.facts('fill.recorded'), []);
  }),
);

adoption(
  'NON-TRIP a trade with no intent that the stream tells is booked as ever, and told of',
  () =>
    withRoom((room) => {
      room.execution.onVenueTrade(foreignTrade(foreignOrder(room.perpetual, { lots: 7 })));
      assert.equal(room.ledger.facts('trade.adopted'), []);
      assert.is(room.ledger.facts('fill.recorded')[0]?.payload.intent_id, null);
      assert.is(room.conditions.at(-1)?.kind, 'reconcile');
    }),
);

adoption(
  'an order reserves what it may still fill, its trades are the operator’s, its end releases',
  () =>
    withRoom((room) => {
      const order = foreignOrder(room.perpetual, { lots: 10, filledLots: 4 });
      room.execution.adopt(adoptionOf({ orders: [order] }));
      assert.is(pendingBuy(room), 6);
      assert.is(room.execution.hasAdoptedOrder(order.orderId), true);
      room.execution.onVenueTrade(foreignTrade(order, { lots: 2 }));
      assert.is(pendingBuy(room), 4);
      assert.is(perpetualLots(room), 2);
      assert.is(room.ledger.facts('trade.adopted')[0]?.payload.trade_id, 'foreign-trade-1');
      assert.equal(room.conditions, []);
      // Ended with a fill whose trade is still to come: that much stays reserved.
      room.execution.onVenueOrder({ ...order, state: 'cancelled', filledLots: 7 });
      assert.is(pendingBuy(room), 1);
      room.execution.onVenueTrade(foreignTrade(order, { tradeId: 'last', lots: 1 }));
      assert.is(pendingBuy(room), 0);
      assert.is(room.execution.hasAdoptedOrder(order.orderId), false);
      assert.is(room.ledger.facts('order.adopted_ended')[0]?.payload.outcome, 'cancelled');
    }),
);

adoption('a proof without the order ends it, one that has it does not', () =>
  withRoom((room) => {
    const order = foreignOrder(room.perpetual);
    room.execution.adopt(adoptionOf({ orders: [order] }));
    room.execution.provenOpen([order]);
    assert.is(pendingBuy(room), 10);
    room.execution.provenOpen([]);
    assert.is(pendingBuy(room), 0);
    assert.is(room.ledger.facts('order.adopted_ended')[0]?.payload.outcome, 'gone');
  }),
);

adoption('after restarts positions, reservations and known trades are what they were', () =>
  withRoom(async (room) => {
    const order = foreignOrder(room.perpetual, { lots: 10 });
    const gone = foreignOrder(room.perpetual, { orderId: 'gone', lots: 3 });
    const trade = foreignTrade(foreignOrder(room.perpetual, { orderId: 'before', lots: 7 }));
    const positions = [takenPosition(room.option, -3)];
    room.execution.adopt(adoptionOf({ trades: [trade], orders: [order, gone], positions }));
    room.execution.onVenueTrade(foreignTrade(order, { tradeId: 'second', lots: 4 }));
    room.execution.onVenueOrder({ ...gone, state: 'cancelled' });
    await room.pass(10);
    const taken = room.execution.positions.get(room.option.name);
    assert.equal(
      [taken?.signedLots, taken?.averagePriceFloat],
      [-3, positions[0]?.averagePriceFloat],
    );
    const before = sideState(room);
    room.execution.stop();
    let last = room;
    for (let life = 0; life < 2; life += 1) {
      last.execution.stop();
      last = last.restart();
      last.execution.recover();
      assert.equal(sideState(last), before);
      assert.is(last.execution.hasAdoption('a'.repeat(64)), true);
      assert.is(last.execution.hasAdoption('b'.repeat(64)), false);
      assert.is(last.execution.hasTrade('foreign-trade-1'), true);
    }
    last.execution.onVenueTrade(foreignTrade(order, { tradeId: 'third', lots: 6 }));
    assert.is(pendingBuy(last), 0, 'the last lots of the order end it in a later life as well');
    last.execution.stop();
  }),
);

adoption('what is no longer as it was compared is refused whole, and nothing is written', () =>
  withRoom(async (room) => {
    const trade = foreignTrade(foreignOrder(room.perpetual, { lots: 7 }));
    const order = foreignOrder(room.perpetual);
    room.execution.adopt(adoptionOf({ orders: [order] }));
    room.execution.onVenueTrade({ ...trade, orderId: 'other' });
    const records = room.ledger.durable.length;
    const before = stateOf(room);
    const other = foreignOrder(room.perpetual, { orderId: 'new' });
    for (const stale of [
      { trades: [trade], orders: [other] },
      { orders: [other, order] },
      { orders: [other], positions: [takenPosition(room.perpetual, 9)] },
    ]) {
      const code = await codeOf(() => room.execution.adopt(adoptionOf(stale)));
      assert.is(code, 'CONFLICT');
    }
    assert.is(room.ledger.durable.length, records);
    assert.is(stateOf(room), before);
  }),
);

adoption('what the disk did not take is not adopted', () =>
  withRoom((room) => {
    room.ledger.failure = new HoldfastError('JOURNAL_WRITE_FAILED', 'no disk');
    const trade = foreignTrade(foreignOrder(room.perpetual, { lots: 7 }));
    assert.throws(
      () => room.execution.adopt(adoptionOf({ trades: [trade] })),
      (error: HoldfastError) => error.code.startsWith('JOURNAL'),
    );
    assert.is(room.execution.hasTrade('foreign-trade-1'), false);
    assert.is(perpetualLots(room), undefined);
    assert.is(room.execution.hasAdoption('a'.repeat(64)), false);
  }),
);

const codeOfOpen = (room: Room): string => {
  const [leg] = room.execution.submit([openProposal()], decisionOf()).legs;
  return leg?.kind === 'refused' ? leg.code : 'sent';
};

/** 100 lots at 10 USD may be held: what is asked for fits alone. */
const tight = { policy: { max_position_usd: 1_000 } };

adoption('TRIP an adopted order takes room under the position limit', () =>
  withRoom((room) => {
    room.execution.adopt(adoptionOf({ orders: [foreignOrder(room.perpetual, { lots: 1 })] }));
    assert.is(codeOfOpen(room), 'PositionLimitExceeded');
    room.execution.provenOpen([]);
    assert.is(codeOfOpen(room), 'sent', 'and gives it back');
  }, tight),
);

adoption('TRIP an order that would meet an adopted one is a self-trade; NON-TRIP beside it', () =>
  withRoom((room) => {
    // The venue's books: an adopted offer rests where our bid would take it.
    const offer = { side: 'sell', priceTicks: 200_001 } as const;
    room.execution.adopt(adoptionOf({ orders: [foreignOrder(room.perpetual, offer)] }));
    assert.is(codeOfOpen(room), 'SelfTradePrevented');
    room.execution.onVenueOrder(foreignOrder(room.perpetual, { ...offer, priceTicks: 210_000 }));
    assert.is(codeOfOpen(room), 'sent');
  }),
);

adoption('NON-TRIP nothing adopted: the same order fits', () =>
  withRoom((room) => {
    assert.is(codeOfOpen(room), 'sent');
  }, tight),
);

adoption.run();
