/** Mass quotes and their protection as a market maker meets them on the wire. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { placeFor } from '../../fixtures/venue-sim/place-for.ts';
import { credentials, type VenueUnderTest, withVenue } from '../../fixtures/venue-sim/venues.ts';

const special = suite('mass quotes');
const perpetual = 'BTC-PERPETUAL';
type Row = Record<string, unknown>;

async function codeOf(under: VenueUnderTest, method: string, params: Row): Promise<number> {
  return (await under.call(method, params)).error?.code ?? 0;
}

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

special.run();
