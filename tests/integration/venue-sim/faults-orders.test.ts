/** Faults of orders and fills, one by one: each trips, and leaves nothing behind. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { generator, place } from '../../../streams/venues/simulated/index.ts';
import { limitTerms } from '../../fixtures/venue-sim/engines.ts';
import { clientId, type VenueUnderTest, withVenue } from '../../fixtures/venue-sim/venues.ts';

const orders = suite('venue faults of orders');

const perpetual = 'BTC-PERPETUAL';
const order = { instrument_name: perpetual, amount: 100, price: 79_000 };

function alive(name: string, work: (under: VenueUnderTest) => Promise<void>): Promise<void> {
  return withVenue('virtual', { source: generator(name) }, work);
}

function mine({ venue }: VenueUnderTest) {
  const account = venue.engine.accounts.find(({ name }) => name === clientId);
  if (account === undefined) throw new Error('no account');
  return account;
}

orders('missing_fill: one fill is never told, the next one is', async () => {
  await withVenue('virtual', {}, async (under) => {
    const channels = ['user.trades.any.any.raw', 'user.orders.any.any.raw'];
    await under.ask('private/subscribe', { channels });
    const { engine } = under.venue;
    const maker = engine.openAccount('seller', true);
    await under.ask('private/buy', { ...order, price: 79_990 });
    const hit = (): void => {
      engine.run(engine.nowUs, () =>
        place(
          engine,
          maker,
          engine.market(perpetual),
          limitTerms('sell', 159_980, 4, { timeInForce: 'immediate_or_cancel' }),
        ),
      );
    };
    await under.ports.pass(20);
    await under.ask('private/buy', { ...order, price: 79_999.5 });
    under.venue.faults.trip('missing_fill');
    await under.ports.pass(20);
    const told = under.client.data('user.orders.any.any.raw').length;
    hit();
    await under.ports.pass(500);
    assert.is(mine(under).trades.length, 1);
    assert.is(under.client.data('user.trades.any.any.raw').length, 0);
    assert.is(under.client.data('user.orders.any.any.raw').length, told);
    hit();
    await under.ports.pass(500);
    assert.is(under.client.data('user.trades.any.any.raw').length, 1);
  });
});

orders('late_fill: an acknowledged cancel trades all the same, and every view agrees', async () => {
  await withVenue('virtual', {}, async (under) => {
    await under.ask('private/subscribe', { channels: ['user.trades.any.any.raw'] });
    const placed = (await under.ask('private/buy', order)) as { order: { order_id: string } };
    const { order_id } = placed.order;
    under.venue.faults.trip('late_fill', { late_ms: 300, share: 0.5 });
    const cancelled = (await under.ask('private/cancel', { order_id })) as {
      order_state: string;
      filled_amount: number;
    };
    assert.equal([cancelled.order_state, cancelled.filled_amount], ['cancelled', 0]);
    await under.ports.pass(500);
    const [trades] = under.client.data('user.trades.any.any.raw') as {
      order_id: string;
      amount: number;
    }[][];
    assert.equal([trades?.[0]?.order_id, trades?.[0]?.amount], [order_id, 50]);
    const state = (await under.ask('private/get_order_state', { order_id })) as {
      filled_amount: number;
      order_state: string;
    };
    assert.equal([state.order_state, state.filled_amount], ['cancelled', 50]);
    const position = (await under.ask('private/get_position', { instrument_name: perpetual })) as {
      size: number;
    };
    assert.is(position.size, 50);
    const second = (await under.ask('private/buy', order)) as { order: { order_id: string } };
    await under.ask('private/cancel', { order_id: second.order.order_id });
    await under.ports.pass(500);
    assert.is(mine(under).trades.length, 1, 'only as often as asked');
  });
});

orders('partial_fill: an immediate order trades in pieces and in part', async () => {
  await withVenue('virtual', {}, async (under) => {
    const fault = under.venue.faults.trip('partial_fill', { pieces: 4, share: 0.5 });
    const immediate = {
      ...order,
      amount: 1_000,
      price: 80_001,
      time_in_force: 'immediate_or_cancel',
    };
    type Filled = { order: { order_state: string; filled_amount: number }; trades: unknown[] };
    const cut = (await under.ask('private/buy', immediate)) as Filled;
    assert.equal(
      [cut.order.order_state, cut.order.filled_amount, cut.trades.length],
      ['cancelled', 500, 4],
    );
    const resting = (await under.ask('private/buy', {
      ...order,
      amount: 800,
      price: 80_001,
    })) as Filled;
    assert.equal(
      [resting.order.order_state, resting.trades.length],
      ['filled', 4],
      'what may rest is not cut',
    );
    fault.end();
    const whole = (await under.ask('private/buy', immediate)) as Filled;
    assert.equal([whole.order.order_state, whole.trades.length], ['filled', 1]);
  });
});

orders('expiry: an open order ends with the product, the position becomes cash', async () => {
  await withVenue('virtual', {}, async (under) => {
    const option = 'BTC-25DEC26-80000-C';
    await under.ask('private/subscribe', { channels: ['user.orders.any.any.raw'] });
    const standing = (await under.ask('private/buy', {
      instrument_name: option,
      amount: 1,
      price: 0.04,
    })) as { order: { order_id: string } };
    await under.ask('private/buy', { instrument_name: option, amount: 1, price: 0.0505 });
    under.venue.faults.trip('expiry', { instrument: option });
    await under.ports.pass(50);
    const state = (await under.ask('private/get_order_state', {
      order_id: standing.order.order_id,
    })) as { order_state: string; cancel_reason: string };
    assert.equal([state.order_state, state.cancel_reason], ['cancelled', 'settlement']);
    assert.is(under.client.data('user.orders.any.any.raw').length >= 3, true);
    assert.is(
      ((await under.ask('private/get_position', { instrument_name: option })) as { size: number })
        .size,
      0,
    );
    assert.throws(() => under.venue.faults.trip('expiry', { instrument: option }), /cannot expire/);
  });
});

orders(
  'margin_call: the venue cancels and reduces, and gives the money back at the end',
  async () => {
    await alive('call', async (under) => {
      await under.ask('private/sell', {
        ...order,
        amount: 400_000,
        price: 83_900,
        time_in_force: 'immediate_or_cancel',
      });
      await under.ask('private/buy', { ...order, price: 84_000 });
      const wallet = mine(under).wallets.get('BTC');
      const held = (): number =>
        Math.abs([...mine(under).positions.values()].reduce((sum, { lots }) => sum + lots, 0));
      const before = held();
      const fault = under.venue.faults.trip('margin_call', { currency: 'BTC', leave: 0.02 });
      await under.ports.pass(4_000);
      assert.is(mine(under).openOrders.size, 0);
      assert.ok(held() < before, `${held()} of ${before}`);
      fault.end();
      await under.ports.pass(50);
      const rest = held();
      assert.ok((wallet?.cash ?? 0) > 9 * 1e8);
      await under.ports.pass(5_000);
      assert.is(held(), rest);
    });
  },
);

orders('what does not fit is refused and leaves nothing behind', async () => {
  await withVenue('virtual', {}, async ({ venue }) => {
    const { faults } = venue;
    assert.throws(() => faults.trip('earthquake'), /no fault is called/);
    assert.throws(() => faults.trip('delay', {}), /delay_ms/);
    assert.throws(() => faults.trip('halt', { instrument: 'DOGE' }), /no such instrument/);
    assert.throws(() => faults.trip('halt', { instruments: 'BTC-PERPETUAL' }), /nrecognized/);
    assert.is(faults.active.length, 0);
  });
});

orders.run();
