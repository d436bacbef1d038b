/** Special orders, logs, moves and tokens as a client meets them on the wire. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { refusedGroups } from '../../../daemon/venue/methods/refused-methods.ts';
import { type VenueUnderTest, withVenue } from '../../fixtures/venue-sim/venues.ts';

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

special('what the venue knows of and has not is refused by the code of the manual', async () => {
  await withVenue('virtual', { enforceLimits: false }, async (under) => {
    for (const { code, methods } of refusedGroups)
      for (const method of methods) assert.is(await codeOf(under, method, {}), code, method);
    assert.is(await codeOf(under, 'private/nothing', {}), -32_601);
    assert.equal(await under.ask('public/get_combos', { currency: 'BTC' }), []);
  });
});

special.run();
