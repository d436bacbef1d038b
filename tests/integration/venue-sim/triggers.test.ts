/** Orders that wait for a price: what they look like, when they fire, and what becomes of them. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type VenueUnderTest, withVenue } from '../../fixtures/venue-sim/venues.ts';

const triggers = suite('venue triggers');
const instrument_name = 'BTC-PERPETUAL';

type Row = Record<string, unknown>;

async function place(under: VenueUnderTest, side: string, more: Row): Promise<Row> {
  const params = { instrument_name, amount: 100, trigger: 'mark_price', ...more };
  return ((await under.ask(`private/${side}`, params)) as { order: Row }).order;
}

/** Moves the mark as a maker would: the venue looks at its triggers afterwards. */
function mark(under: VenueUnderTest, price: number): void {
  const { engine } = under.venue;
  const market = engine.market(instrument_name);
  engine.run(engine.nowUs, () => {
    market.mark.price = price;
    engine.touchTicker(market);
  });
}

triggers(
  'a stop market waits without a price and becomes a new order when its price comes',
  async () => {
    await withVenue('production', {}, async (under) => {
      const { ask, ports, client } = under;
      await ask('private/subscribe', { channels: ['user.orders.any.any.raw'] });
      const waiting = await place(under, 'sell', { type: 'stop_market', trigger_price: 79_900 });
      assert.equal(
        [
          waiting.order_state,
          waiting.order_type,
          waiting.price,
          waiting.trigger,
          waiting.trigger_price,
        ],
        ['untriggered', 'stop_market', 'market_price', 'mark_price', 79_900],
      );
      assert.match(String(waiting.order_id), /^BTC-SLMS-\d+$/);
      mark(under, 79_950);
      const open = (await ask('private/get_open_orders', { type: 'trigger_all' })) as Row[];
      assert.equal(
        open.map((row) => row.order_id),
        [waiting.order_id],
      );
      mark(under, 79_900);
      const orders = (): Row[] => client.data('user.orders.any.any.raw') as Row[];
      await ports.until(() => orders().some((row) => row.order_state === 'filled'), 'the fill');
      const fired = orders().find((row) => row.order_state === 'filled');
      assert.is(fired?.trigger_order_id, waiting.order_id);
      assert.is.not(fired?.order_id, waiting.order_id);
      const old = (await ask('private/get_order_state', { order_id: waiting.order_id })) as Row;
      assert.equal([old.order_state, old.triggered], ['triggered', true]);
      const position = (await ask('private/get_position', { instrument_name })) as Row;
      assert.is(position.size, -100);
    });
  },
);

for (const [title, side, type, trigger_price, moved] of [
  ['a stop buys when the price rises', 'buy', 'stop_limit', 80_500, 80_500],
  ['a take buys when the price falls', 'buy', 'take_limit', 79_500, 79_500],
  ['a take sells when the price rises', 'sell', 'take_limit', 80_500, 80_600],
] as const) {
  triggers(title, async () => {
    await withVenue('production', {}, async (under) => {
      const price = side === 'buy' ? 79_400 : 80_700;
      const waiting = await place(under, side, { type, price, trigger_price });
      assert.is(waiting.price, price);
      mark(under, 80_010);
      mark(under, moved);
      const open = (await under.ask('private/get_open_orders')) as Row[];
      assert.equal(
        open.map((row) => [row.order_type, row.trigger_order_id, row.price]),
        [['limit', waiting.order_id, price]],
      );
    });
  });
}

triggers('one that would fire at once is 11036, one without its price -32602', async () => {
  await withVenue('production', {}, async ({ call }) => {
    const stop = { instrument_name, amount: 100, type: 'stop_market', trigger: 'mark_price' };
    const late = await call('private/buy', { ...stop, trigger_price: 79_000 });
    assert.is(late.error?.code, 11036);
    const blank = await call('private/buy', stop);
    assert.equal([blank.error?.code, blank.error?.data?.param], [-32602, 'trigger_price']);
    const offTick = await call('private/buy', { ...stop, trigger_price: 80_500.3 });
    assert.is(offTick.error?.code, 10044);
  });
});

triggers('it can be edited and cancelled, and costs no margin while it waits', async () => {
  await withVenue('production', {}, async (under) => {
    const { ask } = under;
    const waiting = await place(under, 'buy', {
      type: 'stop_market',
      trigger_price: 80_500,
      amount: 100_000,
    });
    const summary = (await ask('private/get_account_summary', { currency: 'BTC' })) as Row;
    assert.is(summary.initial_margin, 0);
    const { order } = (await ask('private/edit', {
      order_id: waiting.order_id,
      amount: 200,
      trigger_price: 80_600,
    })) as { order: Row };
    assert.equal(
      [order.trigger_price, order.amount, order.order_state],
      [80_600, 200, 'untriggered'],
    );
    mark(under, 80_550);
    const cancelled = (await ask('private/cancel', { order_id: waiting.order_id })) as Row;
    assert.equal([cancelled.order_state, cancelled.cancel_reason], ['cancelled', 'user_request']);
    mark(under, 80_700);
    assert.equal(await ask('private/get_open_orders'), []);
  });
});

triggers.run();
