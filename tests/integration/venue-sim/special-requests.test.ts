/** Special orders, quotes, logs, moves and tokens as a client meets them on the wire. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { refusedGroups } from '../../../daemon/venue/methods/refused-methods.ts';
import { placeFor } from '../../fixtures/venue-sim/place-for.ts';
import { credentials, type VenueUnderTest, withVenue } from '../../fixtures/venue-sim/venues.ts';

const special = suite('special requests');
const perpetual = 'BTC-PERPETUAL';
type Row = Record<string, unknown>;

async function placed(under: VenueUnderTest, side: 'buy' | 'sell', more: Row): Promise<Row> {
  const params = { instrument_name: perpetual, amount: 100, ...more };
  return ((await under.ask(`private/${side}`, params)) as { order: Row }).order;
}

async function codeOf(under: VenueUnderTest, method: string, params: Row): Promise<number> {
  return (await under.call(method, params)).error?.code ?? 0;
}

function mark(under: VenueUnderTest, price: number): void {
  const { engine } = under.venue;
  engine.run(engine.nowUs + 1_000, () => {
    engine.market(perpetual).mark.price = price;
  });
}

special(
  'a trailing stop follows the mark, keeps its reference, and fires on the way back',
  async () => {
    await withVenue('virtual', {}, async (under) => {
      const params = { type: 'trailing_stop', trigger: 'mark_price', trigger_offset: 200 };
      const order = await placed(under, 'sell', params);
      assert.equal(
        [order.order_type, order.order_state, order.price, order.trigger_price],
        ['trailing_stop', 'untriggered', 'market_price', 79_800],
      );
      assert.equal([order.trigger_offset, order.trigger_reference_price], [200, 80_000]);
      const state = async (): Promise<Row> =>
        (await under.ask('private/get_order_state', { order_id: order.order_id })) as Row;
      mark(under, 80_500);
      assert.is((await state()).trigger_price, 80_300);
      mark(under, 80_301);
      assert.equal(
        [(await state()).trigger_price, (await state()).order_state],
        [80_300, 'untriggered'],
      );
      mark(under, 80_300);
      assert.is((await state()).order_state, 'triggered');
      const position = (await under.ask('private/get_position', {
        instrument_name: perpetual,
      })) as Row;
      assert.is(position.size, -100);
    });
  },
);

special('an iceberg says what it shows, and is refused outside its bounds', async () => {
  await withVenue('virtual', {}, async (under) => {
    const order = await placed(under, 'buy', {
      amount: 5_000,
      price: 79_990,
      display_amount: 1_000,
    });
    assert.equal([order.amount, order.display_amount, order.refresh_amount], [5_000, 1_000, 1_000]);
    const base = { instrument_name: perpetual, price: 79_990 };
    const few = { ...base, amount: 5_000, display_amount: 990 };
    assert.is(await codeOf(under, 'private/buy', few), 10_036);
    const thin = { ...base, amount: 101_000, display_amount: 1_000 };
    assert.is(await codeOf(under, 'private/buy', thin), 10_036);
    const option = {
      instrument_name: 'BTC-25DEC26-80000-C',
      price: 0.04,
      amount: 20,
      display_amount: 1,
    };
    assert.is(await codeOf(under, 'private/buy', option), 11_048);
    const market = {
      instrument_name: perpetual,
      type: 'market',
      amount: 5_000,
      display_amount: 1_000,
    };
    assert.is(await codeOf(under, 'private/buy', market), 11_047);
  });
});

special(
  'a bracket: the entry names its orders, they name it, and the pair has one reference',
  async () => {
    await withVenue('virtual', {}, async (under) => {
      const child = { amount: 100, direction: 'sell', reduce_only: true };
      const entry = await placed(under, 'buy', {
        price: 79_990,
        linked_order_type: 'one_triggers_one_cancels_other',
        otoco_config: [
          { ...child, type: 'limit', price: 80_500, label: 'profit' },
          {
            ...child,
            type: 'stop_market',
            trigger: 'mark_price',
            trigger_price: 79_500,
            label: 'loss',
          },
        ],
      });
      assert.is(entry.is_primary_otoco, true);
      const [profit, loss] = (await under.ask('private/get_open_orders', {})) as [Row, Row];
      const [first, second] = entry.oto_order_ids as [string, string];
      assert.match(first, /^OTO-\d+$/);
      for (const [row, id] of [
        [profit, first],
        [loss, second],
      ] as const) {
        assert.equal([row.order_id, row.order_state], [id, 'untriggered']);
        assert.equal([row.primary_order_id, row.is_secondary_oto], [entry.order_id, true]);
        assert.is(row.oco_ref, profit.oco_ref);
      }
      await under.ask('private/cancel', { order_id: entry.order_id });
      assert.equal(await under.ask('private/get_open_orders', {}), []);
      const wrong = {
        instrument_name: perpetual,
        amount: 10,
        price: 79_000,
        linked_order_type: 'one_cancels_other',
      };
      assert.is(await codeOf(under, 'private/buy', wrong), -32_602);
    });
  },
);

special(
  'an option order in USD says so, and where it is not possible the code says why',
  async () => {
    await withVenue('virtual', {}, async (under) => {
      const option = { instrument_name: 'BTC-25DEC26-80000-C', amount: 1 };
      const order = await placed(under, 'buy', { ...option, price: 3_000, advanced: 'usd' });
      assert.equal(
        [order.advanced, order.usd, order.price, order.auto_replaced],
        ['usd', 3_000, 0.0375, false],
      );
      const edited = (await under.ask('private/edit', {
        order_id: order.order_id,
        price: 3_200,
        advanced: 'usd',
      })) as { order: Row };
      assert.equal(
        [edited.order.usd, edited.order.price, edited.order.replaced],
        [3_200, 0.04, true],
      );
      const implied = await placed(under, 'buy', { ...option, price: 20, advanced: 'implv' });
      assert.ok(Number(implied.price) > 0 && implied.implv === 20);
      const future = { instrument_name: perpetual, amount: 10, price: 79_000, advanced: 'usd' };
      assert.is(await codeOf(under, 'private/buy', future), 11_038);
      const posted = { ...option, price: 3_000, advanced: 'usd', post_only: true };
      assert.is(await codeOf(under, 'private/buy', posted), 11_039);
      const plain = await placed(under, 'buy', { ...option, price: 0.03 });
      const change = { order_id: plain.order_id, price: 3_000, advanced: 'usd' };
      assert.is(await codeOf(under, 'private/edit', change), 11_041);
    });
  },
);

const group = {
  index_name: 'btc_usd',
  mmp_group: 'g',
  interval: 60,
  frozen_time: 0,
  max_quote_quantity: 1,
  quantity_limit: 0.01,
};
function quotes(bid: number, ask: number): Row {
  const side = (price: number): Row => ({ price, amount: 1_000 });
  const entry = { instrument_name: perpetual, quote_set_id: 's', bid: side(bid), ask: side(ask) };
  return { quote_id: 'q', mmp_group: 'g', quotes: [entry], wait_for_response: true };
}

special(
  'mass quotes need protection and cancel-on-disconnect, move what stands, and are cut when hit',
  async () => {
    await withVenue('virtual', {}, async (under) => {
      const { ask, client, ports, venue } = under;
      assert.is(await codeOf(under, 'private/mass_quote', quotes(79_990, 80_010)), 13_042);
      await ask('private/enable_cancel_on_disconnect');
      const none = (await ask('private/mass_quote', {
        ...quotes(79_990, 80_010),
        detailed: true,
      })) as {
        errors: { side: string; error: { code: number } }[];
      };
      assert.equal(
        none.errors.map(({ side, error }) => [side, error.code]),
        [
          ['bid', 13_040],
          ['ask', 13_040],
        ],
      );
      const [config] = (await ask('private/set_mmp_config', group)) as [Row];
      assert.equal([config.mmp_group, config.quantity_limit], ['g', 0.01]);
      const first = (await ask('private/mass_quote', quotes(79_999.5, 80_000.5))) as {
        orders: Row[];
      };
      assert.equal(
        first.orders.map(({ quote, quote_set_id, mmp_group }) => [quote, quote_set_id, mmp_group]),
        [
          [true, 's', 'g'],
          [true, 's', 'g'],
        ],
      );
      const moved = (await ask('private/mass_quote', quotes(79_999, 80_001))) as { orders: Row[] };
      const ids = (orders: Row[]): unknown[] => orders.map(({ order_id }) => order_id);
      assert.equal(ids(moved.orders), ids(first.orders));
      assert.is(
        await codeOf(under, 'private/mass_quote', { ...quotes(1, 2), mmp_group: '' }),
        -32_602,
      );
      await ask('private/subscribe', { channels: ['user.mmp_trigger.btc_usd'] });
      const maker = venue.engine.accounts.find(({ house, name }) => house && name !== 'tape');
      if (maker === undefined) throw new Error('no maker');
      placeFor(venue.engine, maker, 'sell', 159_998, 100_000);
      await ports.until(() => client.data('user.mmp_trigger.btc_usd').length > 0, 'the trip');
      assert.equal(client.data('user.mmp_trigger.btc_usd'), [
        { frozen_until: 0, index_name: 'btc_usd', mmp_group: 'g' },
      ]);
      const cut = (await ask('private/get_order_state', {
        order_id: first.orders[1]?.order_id,
      })) as Row;
      assert.equal([cut.cancel_reason, cut.mmp_cancelled], ['mmp_trigger', true]);
      const frozen = (await ask('private/mass_quote', {
        ...quotes(79_900, 80_100),
        detailed: true,
      })) as {
        errors: { error: { code: number } }[];
      };
      assert.equal(
        frozen.errors.map(({ error }) => error.code),
        [11_030, 11_030],
      );
      assert.is(await ask('private/reset_mmp', { index_name: 'btc_usd', mmp_group: 'g' }), 'ok');
      await ask('private/mass_quote', quotes(79_900, 80_100));
      assert.is(await ask('private/cancel_quotes', { cancel_type: 'all', freeze_quotes: true }), 2);
      assert.is(await codeOf(under, 'private/mass_quote', quotes(79_900, 80_100)), 13_043);
    });
  },
);

special('a customer without the approval for mass quotes is told 13902', async () => {
  const other = { clientId: 'PLAIN', secret: 'plain secret', massQuotes: false };
  await withVenue('virtual', { others: [other] }, async (under) => {
    const client = await under.connect(false);
    const call = async (method: string, params: Row): Promise<number> =>
      (await under.ports.settle(client.call(method, params))).error?.code ?? 0;
    const { clientId, secret } = other;
    const asPlain = { ...credentials, client_id: clientId, client_secret: secret };
    assert.is(await call('public/auth', asPlain), 0);
    assert.is(await call('private/enable_cancel_on_disconnect', {}), 0);
    assert.is(await call('private/set_mmp_config', group), 0);
    assert.is(await call('private/mass_quote', quotes(79_990, 80_010)), 13_902);
    await under.ask('private/enable_cancel_on_disconnect');
    assert.is(await codeOf(under, 'private/mass_quote', quotes(79_990, 80_010)), 0);
  });
});

special(
  'more quotes a second than the pool holds are 13903, and a second later it is full',
  async () => {
    await withVenue('virtual', {}, async (under) => {
      await under.ask('private/enable_cancel_on_disconnect');
      const [entry] = quotes(79_990, 80_010).quotes as [Row];
      const hundred = {
        ...quotes(79_990, 80_010),
        quotes: Array.from({ length: 100 }, () => entry),
      };
      const codes: number[] = [];
      for (let call = 0; call < 4; call += 1)
        codes.push(await codeOf(under, 'private/mass_quote', hundred));
      assert.ok(codes.includes(13_903), codes.join());
      assert.is(codes[0], 0);
      await under.ports.pass(1_100);
      assert.is(await codeOf(under, 'private/mass_quote', quotes(79_990, 80_010)), 0);
    });
  },
);

special(
  'a quote whose bid is not below its ask is 13910 on both sides, and none stands',
  async () => {
    await withVenue('virtual', {}, async (under) => {
      await under.ask('private/enable_cancel_on_disconnect');
      await under.ask('private/set_mmp_config', group);
      const codes = async (bid: number, ask: number): Promise<number[]> => {
        const params = { ...quotes(bid, ask), detailed: true };
        const { errors } = (await under.ask('private/mass_quote', params)) as {
          errors: { error: { code: number } }[];
        };
        return errors.map(({ error }) => error.code);
      };
      assert.equal(await codes(79_990, 79_990), [13_910, 13_910]);
      assert.equal(await under.ask('private/get_open_orders', {}), []);
      assert.equal(await codes(79_989.5, 79_990), []);
    });
  },
);

special('what the venue knows of and has not is refused by the code of the manual', async () => {
  await withVenue('virtual', { enforceLimits: false }, async (under) => {
    for (const { code, methods } of refusedGroups)
      for (const method of methods) assert.is(await codeOf(under, method, {}), code, method);
    assert.is(await codeOf(under, 'private/nothing', {}), -32_601);
    assert.equal(await under.ask('public/get_combos', { currency: 'BTC' }), []);
  });
});

special.run();
