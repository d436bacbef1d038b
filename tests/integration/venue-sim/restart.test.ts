/** A venue process that stops and starts again knows everything its customers may ask for. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type RunningVenue, startVenue } from '../../../daemon/venue/index.ts';
import { generator } from '../../../streams/venues/simulated/index.ts';
import { type PortsUnderTest, withPorts } from '../../fixtures/ports.ts';
import { WireClient } from '../../fixtures/venue-sim/clients.ts';
import { totals } from '../../fixtures/venue-sim/engines.ts';
import { clientId, clientSecret, credentials } from '../../fixtures/venue-sim/venues.ts';

const restart = suite('venue restart');

async function start(ports: PortsUnderTest): Promise<{ venue: RunningVenue; client: WireClient }> {
  const venue = await ports.settle(
    startVenue({
      ports: ports.server,
      host: '127.0.0.1',
      port: 0,
      source: generator('restart'),
      accounts: [{ clientId, secret: clientSecret }],
      stateDirectory: `${ports.directory}/venue`,
    }),
  );
  const client = new WireClient(ports.client, venue);
  await ports.settle(client.open());
  await ports.settle(client.call('public/auth', credentials));
  return { venue, client };
}

restart('orders, trades, positions, money and sequences survive', async () => {
  await withPorts('production', async (ports) => {
    const first = await start(ports);
    const ask = first.venue.engine.market('BTC-PERPETUAL').bestPrice('sell');
    const perpetual = { instrument_name: 'BTC-PERPETUAL' };
    await first.client.call('private/enable_cancel_on_disconnect');
    await first.client.call('private/buy', {
      ...perpetual,
      amount: 1_000,
      price: ask + 5,
      time_in_force: 'immediate_or_cancel',
    });
    await first.client.call('private/buy', {
      ...perpetual,
      amount: 500,
      price: ask - 900,
      label: 'stays',
    });
    const questions: [string, Record<string, unknown>][] = [
      ['private/get_open_orders', {}],
      ['private/get_user_trades_by_currency', { currency: 'BTC' }],
      ['private/get_order_history_by_currency', { currency: 'BTC', include_unfilled: true }],
    ];
    const before = [];
    for (const [method, params] of questions)
      before.push((await first.client.call(method, params)).result);
    const cash = first.venue.engine.accounts.map((account) =>
      [...account.wallets.values()].map((wallet) => wallet.cash),
    );
    const changeId = first.venue.engine.sequences.changeId;
    await first.venue.close();
    const second = await start(ports);
    try {
      for (const [at, [method, params]] of questions.entries()) {
        assert.equal((await second.client.call(method, params)).result, before[at], method);
      }
      assert.equal(
        (before[0] as { label: string }[]).map((order) => order.label),
        ['stays'],
      );
      assert.is(second.venue.engine.accounts.length, cash.length);
      assert.ok(second.venue.engine.sequences.changeId > changeId);
      assert.equal(totals(second.venue.engine), { lots: 0, money: 0 });
      const position = (await second.client.call('private/get_position', perpetual)).result as {
        size: number;
      };
      assert.is(position.size, 1_000);
    } finally {
      second.client.cut();
      await second.venue.close();
    }
  });
});

restart(
  'market maker protection survives: its limits, its freeze, and that a group is gone',
  async () => {
    await withPorts('virtual', async (ports) => {
      const limits = {
        index_name: 'btc_usd',
        interval: 60,
        frozen_time: 0,
        max_quote_quantity: 1,
        quantity_limit: 0.000_1,
      };
      const life = async (work: (ask: Ask) => Promise<void>): Promise<void> => {
        const { venue, client } = await start(ports);
        await work(async (method, params) => {
          const { result, error } = await ports.settle(client.call(method, params));
          return error?.code ?? result;
        });
        client.cut();
        await ports.settle(venue.close());
      };
      type Ask = (method: string, params: Record<string, unknown>) => Promise<unknown>;
      const order = { instrument_name: 'BTC-PERPETUAL', amount: 1_000, mmp: true };
      await life(async (ask) => {
        await ask('private/set_mmp_config', { ...limits, mmp_group: 'kept' });
        await ask('private/set_mmp_config', { ...limits, mmp_group: 'gone' });
        await ask('private/set_mmp_config', { ...limits, mmp_group: 'gone', interval: 0 });
        await ask('private/set_mmp_config', limits);
        const ticker = await ask('public/ticker', { instrument_name: 'BTC-PERPETUAL' });
        const price = (ticker as { best_ask_price: number }).best_ask_price;
        const { trades } = (await ask('private/buy', { ...order, price })) as { trades: unknown[] };
        assert.ok(trades.length > 0);
      });
      await life(async (ask) => {
        const groups = (await ask('private/get_mmp_config', {})) as Record<string, unknown>[];
        assert.equal(
          groups.map(({ mmp_group, quantity_limit }) => [mmp_group, quantity_limit]),
          [
            ['kept', 0.000_1],
            [undefined, 0.000_1],
          ],
        );
        assert.is(await ask('private/buy', { ...order, price: 1_000 }), 11_030);
        assert.is(await ask('private/reset_mmp', { index_name: 'btc_usd' }), 'ok');
      });
      await life(async (ask) => {
        const reply = await ask('private/buy', { ...order, price: 1_000 });
        assert.is(typeof reply, 'object', String(reply));
      });
    });
  },
);

restart('a damaged state file is an error, not a fresh start', async () => {
  await withPorts('virtual', async (ports) => {
    ports.server.disk.makeDirectory(`${ports.directory}/venue`);
    ports.server.disk.writeFileAtomic(`${ports.directory}/venue/venue-state.json`, '{"engine":');
    let code: unknown;
    await start(ports).catch((error: { code?: unknown }) => {
      code = error.code;
    });
    assert.is(code, 'SCHEMA_INVALID');
  });
});

/** What a killed venue leaves: its snapshot, and a log with one order in it and `tail` at its end. */
async function leftBehind(ports: PortsUnderTest, tail: string): Promise<void> {
  const { venue, client } = await start(ports);
  const params = { instrument_name: 'BTC-PERPETUAL', amount: 100, price: 20_000, label: 'kept' };
  const bid = venue.engine.market('BTC-PERPETUAL').bestPrice('buy');
  const placed = await ports.settle(client.call('private/buy', { ...params, price: bid - 800 }));
  assert.is(placed.error, undefined);
  const { disk } = ports.server;
  const files = ['venue-state.json', 'venue-state.log'].map((name) => {
    const path = `${ports.directory}/venue/${name}`;
    return [path, disk.readFile(path).toString('utf8')] as const;
  });
  assert.not.match(files[0]?.[1] ?? '', /kept/);
  client.cut();
  await ports.settle(venue.close());
  for (const [path, text] of files)
    disk.writeFileAtomic(path, path.endsWith('.log') ? text + tail : text);
}

restart(
  'the log is read after the snapshot, and half a line at its end was told to nobody',
  async () => {
    await withPorts('virtual', async (ports) => {
      await leftBehind(ports, '[99,{"savedUs":1');
      const { venue, client } = await start(ports);
      const open = (await ports.settle(client.call('private/get_open_orders'))).result as {
        label: string;
      }[];
      assert.equal(
        open.map(({ label }) => label),
        ['kept'],
      );
      client.cut();
      await ports.settle(venue.close());
    });
  },
);

restart('a damaged line with others after it is an error', async () => {
  await withPorts('virtual', async (ports) => {
    await leftBehind(ports, '[99,{"savedUs":1\n[100,{}]\n');
    let code: unknown;
    await start(ports).catch((error: { code?: unknown }) => {
      code = error.code;
    });
    assert.is(code, 'SCHEMA_INVALID');
  });
});

restart.run();
