/** Clause C-404 where something is not known yet, or was stopped: no attempt is lost, and nothing is over before it is. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { adoptionOf, foreignOrder, foreignTrade } from '../../fixtures/adoptions.ts';
import {
  decisionOf,
  openProposal,
  type Room,
  type RoomSettings,
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
import { optionInstrument } from '../../fixtures/instruments.ts';

const groups = suite('conformance: a containment in doubt');

groups('C-404 a close that is on its way has closed nothing yet', () =>
  withRoom(async (room) => {
    await naked(room);
    const close = { class: 'CLOSE', side: 'sell', reduce_only: true, instrument: room.option.name };
    const own = {
      ...close,
      quantity: '1',
      limit_price: '0.06',
      time_in_force: 'good_til_cancelled',
    };
    assert.is(room.execution.submit([openProposal(own)], decisionOf()).sent, 1);
    room.execution.onVenueOrder(venueOrderOf(room, 6));
    await room.pass(0);
    assert.is(states(room).at(-1), 'naked');
    room.execution.onVenueOrder(venueOrderOf(room, 6, { state: 'cancelled' }));
    await room.pass(0);
    assert.is(states(room).at(-1), 'naked');
    assert.is(openCode(room), 'RiskStateNotHealthy containment');
  }, roomy),
);

groups(
  'C-404 closes that were stopped before they left are no attempts, after a restart either',
  () =>
    withRoom(async (room) => {
      begin(room, thin);
      room.line.isBroken = true;
      end(room, 0, 0);
      end(room, 1, 10);
      await room.pass(750);
      assert.is(room.ledger.facts('order.intent').length, 5, 'three closes are recorded');
      room.execution.stop();
      const again = room.restart();
      try {
        again.execution.recover();
        again.execution.onLinkUp();
        await again.pass(1);
        assert.is(again.line.handed.length, 1);
        const { instrument_name, reduce_only } = handed(again, 0);
        assert.equal([instrument_name, reduce_only], [room.option.name, true]);
      } finally {
        again.execution.stop();
      }
    }, roomy),
);

/** The closes of the option are spent but for the word of the last, which `last` gives. */
async function closesAlmostSpent(room: Room): Promise<{ last: () => void }> {
  begin(room, thin);
  await optionAlone(room, { first: 0, ended: 2 });
  const ended = venueOrderOf(room, 4, { state: 'cancelled' });
  return { last: () => room.execution.onVenueOrder(ended) };
}

groups('C-404 a delta that cannot be valued now is waited for', () =>
  withRoom(async (room) => {
    const { last } = await closesAlmostSpent(room);
    room.market.remove(room.option.name);
    last();
    await room.pass(0);
    assert.is(states(room).at(-1), 'flattening');
    room.freshBooks();
    await room.pass(250);
    assert.is(handed(room, 5).amount, 50_000);
  }, roomy),
);

groups('C-404 a hedge that was stopped before it left is tried again on the same terms', () =>
  withRoom(async (room) => {
    const { last } = await closesAlmostSpent(room);
    room.line.isBroken = true;
    last();
    await room.pass(0);
    assert.is(states(room).at(-1), 'flattening');
    room.line.isBroken = false;
    await room.pass(250);
    assert.is(handed(room, 5).amount, 50_000);
    end(room, 5, 5_000);
    await room.pass(0);
    assert.is(states(room).at(-1), 'hedged');
  }, roomy),
);

groups('C-404 a hedge waits while the rest of the account cannot be valued', () =>
  withRoom(async (room) => {
    const other = optionInstrument({ name: 'BTC-25DEC26-90000-C', strike: '90000' });
    const trades = [foreignTrade(foreignOrder(other), { tradeId: 'other' })];
    room.execution.adopt(adoptionOf({ trades }));
    room.market.ticker(other, 0.05, 100_000);
    const { last } = await closesAlmostSpent(room);
    room.market.remove(other.name);
    last();
    await room.pass(0);
    assert.is(states(room).at(-1), 'flattening');
    assert.is(room.line.handed.length, 5);
    room.market.ticker(other, 0.05, 100_000);
    await room.pass(250);
    assert.is(handed(room, 5).amount, 50_000);
  }, roomy),
);

groups(
  'closing the account: what was stopped before it left is tried again on the same terms',
  () =>
    withRoom(async (room) => {
      const trades = [foreignTrade(foreignOrder(room.perpetual), { tradeId: 'held' })];
      room.execution.adopt(adoptionOf({ trades }));
      room.line.isBroken = true;
      room.execution.flatten('test', 'all');
      assert.is(room.ledger.facts('order.intent').length, 1);
      room.line.isBroken = false;
      await room.pass(100);
      assert.equal([handed(room, 0).amount, handed(room, 0).reduce_only], [100, true]);
    }, roomy),
);

groups(
  'C-404 what another close takes for good is told as naked, and nothing is closed twice',
  () =>
    withRoom(async (room) => {
      const order = foreignOrder(room.option, { side: 'sell', lots: 10, reduceOnly: true });
      begin(room, thin);
      room.execution.adopt(adoptionOf({ orders: [order] }));
      end(room, 0, 0);
      end(room, 1, 10);
      await room.pass(2_000);
      assert.is(states(room).at(-1), 'flattening');
      await room.pass(8_000);
      assert.is(states(room).at(-1), 'naked');
      assert.is(nakedEvents(room).length, 1);
      assert.is(room.line.handed.length, 2);
    }, roomy),
);

const bounded: RoomSettings = { policy: { ...roomy.policy, hedge_bound_usd: 30_000 } };
groups('C-404 a hedge as large as its bound leaves a rest: naked, with its size', () =>
  withRoom(async (room) => {
    const { last } = await closesAlmostSpent(room);
    last();
    await room.pass(0);
    assert.is(handed(room, 5).amount, 30_000);
    end(room, 5, 3_000);
    await room.pass(0);
    assert.is(states(room).at(-1), 'naked');
    assert.is(nakedEvents(room)[0]?.exposure_after_usd_float, 20_000);
  }, bounded),
);

groups.run();
