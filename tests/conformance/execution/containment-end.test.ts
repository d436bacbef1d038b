/** Clause C-404 at its end: exposure that could not be closed is told, and watched until it is gone; what stands in the way of closing it. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { ProposedIntent } from '../../../streams/facts/intent.ts';
import type { VenueTrade } from '../../../streams/facts/venue-records.ts';
import { adoptionOf, foreignOrder, foreignTrade } from '../../fixtures/adoptions.ts';
import {
  decisionOf,
  openProposal,
  type Room,
  venueOrderOf,
  withRoom,
} from '../../fixtures/execution-room.ts';
import {
  begin,
  end,
  handed,
  naked,
  nakedEvents,
  openCode,
  optionAlone,
  roomy,
  states,
  thin,
} from '../../fixtures/group-room.ts';

const groups = suite('conformance: the end of a containment');

groups('C-404 containment at its end with exposure left: naked, and no OPEN until it is gone', () =>
  withRoom(async (room) => {
    await naked(room);
    assert.is(room.line.handed.length, 6);
    assert.is(nakedEvents(room)[0]?.ms_to_neutral, null);
    assert.is(openCode(room), 'RiskStateNotHealthy containment');
    const close = { class: 'CLOSE', side: 'sell', reduce_only: true, instrument: room.option.name };
    const own = { ...close, quantity: '1', limit_price: '0.0495' };
    assert.is(room.execution.submit([openProposal(own)], decisionOf()).sent, 1);
    end(room, 6, 10);
    await room.pass(0);
    assert.is(states(room).at(-1), 'flattened');
    assert.is(openCode(room), 'sent');
    assert.is(nakedEvents(room).length, 1);
  }, roomy),
);

for (const [how, take] of [
  ['adopted', (room, trade) => room.execution.adopt(adoptionOf({ trades: [trade] }))],
  ['told by the stream', (room, trade) => room.execution.onVenueTrade(trade)],
] as const satisfies readonly (readonly [string, (room: Room, trade: VenueTrade) => void])[]) {
  groups(`C-404 naked exposure that a foreign trade takes off is over: ${how}`, () =>
    withRoom(async (room) => {
      await naked(room);
      const other = foreignOrder(room.perpetual, { side: 'sell', lots: 10 });
      take(room, foreignTrade(other, { tradeId: 'elsewhere' }));
      await room.pass(0);
      assert.is(states(room).at(-1), 'naked', 'NON-TRIP: of another instrument');
      const sold = foreignOrder(room.option, { side: 'sell', lots: 10, priceTicks: 495 });
      const trade = foreignTrade(sold);
      take(room, trade);
      await room.pass(0);
      assert.is(states(room).at(-1), 'flattened');
      assert.is(nakedEvents(room).length, 1);
    }, roomy),
  );
}

/** Rests a buy of the perpetual under the market: what a hedge that sells would meet. */
function restingBuy(room: Room, own: Partial<ProposedIntent>): void {
  const resting = { limit_price: '99995', time_in_force: 'good_til_cancelled', ...own };
  assert.is(room.execution.submit([openProposal(resting)], decisionOf()).sent, 1);
  room.execution.onVenueOrder(venueOrderOf(room, 0));
}

groups('C-404 an order of ours in the way of the hedge is cancelled, then the hedge leaves', () =>
  withRoom(async (room) => {
    restingBuy(room, {});
    begin(room, thin);
    await optionAlone(room, { first: 1, ended: 3 });
    assert.equal(
      room.line.handed.slice(6).map(({ method }) => method),
      ['private/cancel'],
    );
    room.execution.onVenueOrder(venueOrderOf(room, 0, { state: 'cancelled' }));
    await room.pass(250);
    const { method, amount } = handed(room, 7);
    assert.equal([method, amount], ['private/sell', 50_000]);
    end(room, 7, 5_000);
    await room.pass(0);
    assert.is(states(room).at(-1), 'hedged');
  }, roomy),
);

groups('C-404 an order in the way that protects stays: the containment ends, and tells', () =>
  withRoom(async (room) => {
    const short = foreignOrder(room.perpetual, { side: 'sell', lots: 200 });
    room.execution.adopt(adoptionOf({ trades: [foreignTrade(short, { tradeId: 'short' })] }));
    restingBuy(room, { class: 'CLOSE', reduce_only: true });
    begin(room, thin);
    room.guard.refuses = (request) => request.riskIncreasing === true;
    room.guard.refusal = 'RiskIncreasingCancelReplaceForbidden';
    await optionAlone(room, { first: 1, ended: 3 });
    assert.is(states(room).at(-1), 'naked');
    assert.is(room.line.handed.length, 6, 'nothing else has left');
    assert.is(nakedEvents(room).length, 1);
  }, roomy),
);

groups(
  'C-404 a close that is stopped before it leaves is tried again after a pause, not at once',
  () =>
    withRoom(async (room) => {
      const recorded = () =>
        room.ledger.facts('order.intent').filter(({ payload }) => payload.class === 'CLOSE').length;
      begin(room, thin);
      room.line.isBroken = true;
      end(room, 0, 0);
      end(room, 1, 10);
      await room.pass(0);
      assert.is(recorded(), 1, 'the ledger is not filled while nothing can leave');
      await room.pass(250);
      assert.is(recorded(), 2);
      room.line.isBroken = false;
      await room.pass(500);
      assert.is(recorded(), 3);
      assert.is(handed(room, 2).reduce_only, true);
      end(room, 2, 10);
      await room.pass(0);
      assert.is(states(room).at(-1), 'flattened');
      assert.is(nakedEvents(room)[0]?.close_attempts, 1, 'what did not leave is no attempt');
    }, roomy),
);

groups.run();
