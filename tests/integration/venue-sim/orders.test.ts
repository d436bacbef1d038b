/** Orders over real loopback sockets: result shapes, notifications, refusals, faults on the way. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { withVenue } from '../../fixtures/venue-sim/venues.ts';

const orders = suite('venue orders');

interface OrderRow {
  readonly order_id: string;
  readonly order_state: string;
  readonly filled_amount: number;
  readonly price: number;
  readonly label: string;
  readonly cancel_reason?: string;
  readonly average_price: number;
}
interface Placed {
  readonly order: OrderRow;
  readonly trades: Record<string, unknown>[];
}

const perpetual = { instrument_name: 'BTC-PERPETUAL' };

orders('an immediate order fills at the touch and shows its trade, fee and position', async () => {
  await withVenue('production', {}, async ({ ask }) => {
    const params = {
      ...perpetual,
      amount: 100,
      price: 80_001,
      time_in_force: 'immediate_or_cancel',
      label: 's4:a:b:0',
    };
    const { order, trades } = (await ask('private/buy', params)) as Placed;
    assert.equal(
      [order.order_state, order.filled_amount, order.average_price, order.label],
      ['filled', 100, 80_001, 's4:a:b:0'],
    );
    assert.is(trades.length, 1);
    assert.equal(
      [trades[0]?.liquidity, trades[0]?.fee_currency, trades[0]?.order_id],
      ['T', 'BTC', order.order_id],
    );
    assert.is(trades[0]?.fee, Math.round((100 / 80_001) * 0.00035 * 1e8) / 1e8);
    const position = (await ask('private/get_position', perpetual)) as Record<string, unknown>;
    assert.equal([position.size, position.direction], [100, 'buy']);
    const byOrder = await ask('private/get_user_trades_by_order', { order_id: order.order_id });
    assert.equal(byOrder, trades);
    const window = (await ask('private/get_user_trades_by_currency', { currency: 'BTC' })) as {
      trades: unknown[];
      has_more: boolean;
    };
    assert.equal(window, { trades, has_more: false });
  });
});

orders('an immediate order that meets nothing is a success that says cancelled', async () => {
  await withVenue('production', {}, async ({ ask }) => {
    const { order, trades } = (await ask('private/buy', {
      ...perpetual,
      amount: 100,
      price: 79_000,
      time_in_force: 'immediate_or_cancel',
    })) as Placed;
    assert.equal(
      [order.order_state, order.filled_amount, order.average_price, trades.length],
      ['cancelled', 0, 0, 0],
    );
    assert.equal(await ask('private/get_order_history_by_currency', { currency: 'BTC' }), []);
    const all = (await ask('private/get_order_history_by_currency', {
      currency: 'BTC',
      include_unfilled: true,
    })) as OrderRow[];
    assert.is(all[0]?.order_id, order.order_id);
  });
});

orders('cancel gives the bare order, cancel_all a number, and a dead order is 11044', async () => {
  await withVenue('production', {}, async ({ ask, call }) => {
    const { order } = (await ask('private/buy', {
      ...perpetual,
      amount: 100,
      price: 79_000,
    })) as Placed;
    const cancelled = (await ask('private/cancel', { order_id: order.order_id })) as OrderRow;
    assert.equal(
      [cancelled.order_id, cancelled.order_state, cancelled.cancel_reason],
      [order.order_id, 'cancelled', 'user_request'],
    );
    assert.is((await call('private/cancel', { order_id: order.order_id })).error?.code, 11044);
    assert.is((await call('private/cancel', { order_id: '12' })).error?.code, 10004);
    await ask('private/buy', { ...perpetual, amount: 100, price: 79_000, label: 'x' });
    await ask('private/buy', { ...perpetual, amount: 100, price: 79_000, label: 'x' });
    assert.is(await ask('private/cancel_by_label', { label: 'x' }), 2);
    await ask('private/buy', { ...perpetual, amount: 100, price: 79_000 });
    assert.is(await ask('private/cancel_all'), 1);
  });
});

orders('an edit keeps the id and says replaced', async () => {
  await withVenue('production', {}, async ({ ask }) => {
    const { order } = (await ask('private/buy', {
      ...perpetual,
      amount: 100,
      price: 79_000,
    })) as Placed;
    const edited = (await ask('private/edit', {
      order_id: order.order_id,
      amount: 200,
      price: 79_500,
    })) as { order: Record<string, unknown> };
    assert.equal(
      [edited.order.order_id, edited.order.amount, edited.order.price, edited.order.replaced],
      [order.order_id, 200, 79_500, true],
    );
    const state = (await ask('private/get_order_state', { order_id: order.order_id })) as Record<
      string,
      unknown
    >;
    assert.is(state.amount, 200);
  });
});

orders('post-only slides or is refused as asked', async () => {
  await withVenue('production', {}, async ({ ask, call }) => {
    const params = { ...perpetual, amount: 100, price: 80_010, post_only: true };
    const slid = (await ask('private/buy', params)) as Placed;
    assert.equal([slid.order.order_state, slid.order.price], ['open', 80_000.5]);
    assert.is(
      (await call('private/buy', { ...params, reject_post_only: true })).error?.code,
      11054,
    );
    assert.is(
      (await call('private/buy', { ...params, time_in_force: 'immediate_or_cancel' })).error?.code,
      11055,
    );
  });
});

orders('bad orders are refused by their own codes', async () => {
  await withVenue('production', {}, async ({ call }) => {
    const code = async (params: Record<string, unknown>): Promise<number | undefined> =>
      (await call('private/buy', { ...perpetual, amount: 100, price: 79_000, ...params })).error
        ?.code;
    assert.is(await code({ price: 79_000.3 }), 10043);
    assert.is(await code({ amount: 5 }), 10002);
    assert.is(await code({ amount: 15 }), 10021);
    assert.is(await code({ price: 90_000 }), 10007);
    assert.is(await code({ amount: 100_000_000 }), 10009);
    assert.is(await code({ valid_until: 1 }), 13888);
    assert.is(await code({ instrument_name: 'BTC-NOPE' }), 13020);
    assert.is(await code({ price: undefined }), -32602);
    assert.is(
      await code({ instrument_name: 'BTC-25DEC26-80000-C', amount: 1, price: 0.0502 }),
      10043,
    );
    const low = await call('private/sell', { ...perpetual, amount: 100, price: 70_000 });
    assert.is(low.error?.code, 10005);
    assert.match(low.error?.message ?? '', /^price_too_low \d/);
  });
});

orders(
  'a raw order notification is one bare object, trades are a list, changes are both',
  async () => {
    await withVenue('production', {}, async ({ ask, client, ports }) => {
      const channels = [
        'user.orders.any.any.raw',
        'user.trades.any.any.raw',
        'user.changes.any.any.raw',
        'user.portfolio.btc',
      ];
      assert.equal(await ask('private/subscribe', { channels }), channels);
      await ask('private/buy', {
        ...perpetual,
        amount: 100,
        price: 80_001,
        time_in_force: 'immediate_or_cancel',
      });
      await ports.until(() => client.data('user.portfolio.btc').length === 2, 'the portfolio');
      const [order] = client.data('user.orders.any.any.raw') as OrderRow[];
      assert.is(order?.order_state, 'filled');
      const [trades] = client.data('user.trades.any.any.raw') as unknown[][];
      assert.is(trades?.length, 1);
      const [changes] = client.data('user.changes.any.any.raw') as Record<string, unknown[]>[];
      assert.equal(
        [changes?.orders?.length, changes?.trades?.length, changes?.positions?.length],
        [1, 1, 1],
      );
    });
  },
);

orders(
  'notifications may come before the reply when the venue is told so, and after it otherwise',
  async () => {
    for (const notifyBeforeReply of [true, false]) {
      const order = { notifyBeforeReply, orderingFreedoms: false };
      await withVenue('production', order, async ({ ask, client, ports }) => {
        await ask('private/subscribe', { channels: ['user.orders.any.any.raw'] });
        const before = client.frames.length;
        await ask('private/buy', { ...perpetual, amount: 100, price: 79_000 });
        await ports.until(() => client.frames.length === before + 2, 'both frames');
        assert.is(client.frames[before]?.includes('user.orders'), notifyBeforeReply);
      });
    }
  },
);

orders('a lost reply leaves the order at the venue', async () => {
  await withVenue('production', {}, async ({ venue, client, ask }) => {
    venue.faults.dropReplies(1, 'private/buy');
    void client.call('private/buy', { ...perpetual, amount: 100, price: 79_000, label: 'lost' });
    const found = (await ask('private/get_open_orders_by_label', {
      currency: 'BTC',
      label: 'lost',
    })) as unknown[];
    assert.is(found.length, 1);
  });
});

orders('a rejection on command reaches only the method it was made for', async () => {
  await withVenue('production', {}, async ({ venue, call, ask }) => {
    venue.faults.reject(10041, 'settlement_in_progress', 1, 'private/buy');
    assert.is((await call('private/cancel_all')).error, undefined);
    assert.is(
      (await call('private/buy', { ...perpetual, amount: 100, price: 79_000 })).error?.code,
      10041,
    );
    assert.is(
      ((await ask('private/buy', { ...perpetual, amount: 100, price: 79_000 })) as Placed).order
        .order_state,
      'open',
    );
  });
});

orders('closing a position sends what flattens it', async () => {
  await withVenue('production', {}, async ({ ask }) => {
    await ask('private/sell', {
      ...perpetual,
      amount: 300,
      price: 79_999,
      time_in_force: 'immediate_or_cancel',
    });
    const closed = (await ask('private/close_position', {
      ...perpetual,
      type: 'market',
    })) as Placed;
    assert.equal([closed.order.order_state, closed.order.filled_amount], ['filled', 300]);
    const position = (await ask('private/get_position', perpetual)) as Record<string, unknown>;
    assert.equal([position.size, position.direction], [0, 'zero']);
  });
});

orders.run();
