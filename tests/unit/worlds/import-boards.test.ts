/** Options boards: the whole chain is listed, quotes become books and tickers, nothing is made up. */
import { existsSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { openWorldOf, sealImport } from '../../../actors/ingress/oracle/index.ts';
import { replay } from '../../../streams/venues/simulated/index.ts';
import type { World } from '../../../streams/worlds/index.ts';
import { withVenue } from '../../fixtures/venue-sim/venues.ts';
import { withOracle } from '../../fixtures/worlds/oracle.ts';

const boards = suite('options board import');

const data = resolve('..', 'shared', 'data', 'deribit');

const listed = (name: string, more: Record<string, unknown> = {}): Record<string, unknown> => ({
  tick_size: 0.0005,
  taker_commission: 0.0003,
  strike: 40000,
  settlement_period: 'month',
  quote_currency: 'USD',
  option_type: name.endsWith('P') ? 'put' : 'call',
  min_trade_amount: 0.1,
  maker_commission: 0.0003,
  kind: 'option',
  is_active: true,
  instrument_name: name,
  expiration_timestamp: 1_632_470_400_000,
  contract_size: 1,
  base_currency: 'BTC',
  ...more,
});
const list = (...rows: unknown[]): string =>
  `https://x/api/v2/public/get_instruments -> 1618677848.218575: ${JSON.stringify({ jsonrpc: '2.0', result: rows })}`;
const bare = (result: unknown, usOut?: number): string =>
  JSON.stringify({ jsonrpc: '2.0', result, ...(usOut === undefined ? {} : { usOut }) });

const call = 'BTC-24SEP21-40000-C';
const put = 'BTC-24SEP21-40000-P';

function sealed<T>(lines: readonly string[], use: (world: World) => T | Promise<T>): Promise<T> {
  return withOracle(async (oracle) => {
    const path = join(oracle.scratch, 'board.txt');
    writeFileSync(path, `${lines.join('\n')}\n`);
    await sealImport(oracle.ports, oracle.root, {
      format: 'deribit-board',
      scenarioId: 'board',
      sources: [{ path }],
    });
    return use(openWorldOf(oracle.disk, oracle.root, 'board'));
  });
}

function eventsOf(world: World): string[] {
  const texts: string[] = [];
  const cursor = world.cursor();
  for (let event = cursor.next(); event !== undefined; event = cursor.next()) {
    const at = event.tsUs / 1_000_000;
    if (event.type === 'book')
      texts.push(`${at} ${event.instrument.name} [${event.bids.join()}] [${event.asks.join()}]`);
    else if (event.type === 'ticker')
      texts.push(`${at} ${event.instrument.name} mark ${event.markFloat} iv ${event.markIvFloat}`);
  }
  return texts;
}

boards(
  'listed and never quoted is an empty book; a summary row is a touch and a ticker',
  async () => {
    const summary = {
      instrument_name: call,
      bid_price: 0.0505,
      ask_price: 0.051,
      mark_price: 0.0507,
      mark_iv: 80.5,
      underlying_price: 60_000,
      open_interest: 3,
      last: null,
      creation_timestamp: 1_618_677_900_000,
    };
    const lines = [list(listed(call), listed(put)), bare([summary])];
    await sealed(lines, (world) => {
      assert.equal(eventsOf(world), [
        `1618677848.218575 ${put} [] []`,
        `1618677900 ${call} [101,1] [102,1]`,
        `1618677900 ${call} mark 0.0507 iv 80.5`,
      ]);
      assert.ok(world.manifest.provenance.derived.amount);
      assert.is(world.manifest.source.format, 'deribit-board');
    });
  },
);

boards('two readings in any order of lines become a sequence in order of time', async () => {
  const row = (ms: number, bid: number): Record<string, unknown> => ({
    instrument_name: call,
    timestamp: ms,
    state: 'open',
    mark_price: bid,
    index_price: 60_000,
    best_bid_price: bid,
    best_bid_amount: 2.5,
    best_ask_price: 0,
    best_ask_amount: 0,
    greeks: { delta: 0.5, gamma: 0, vega: 1, theta: -1 },
  });
  const lines = [
    bare(row(1_618_677_910_000, 0.052)),
    bare(row(1_618_677_900_000, 0.05)),
    list(listed(call)),
  ];
  await sealed(lines, (world) => {
    assert.equal(
      eventsOf(world).filter((text) => text.includes('[')),
      [`1618677900 ${call} [100,25] []`, `1618677910 ${call} [104,25] []`],
    );
  });
});

boards('inactive rows and torn quotes are left out and counted', async () => {
  const torn = {
    instrument_name: call,
    bid_price: 0.06,
    ask_price: 0.05,
    mark_price: 0.05,
    creation_timestamp: 1_618_677_900_000,
  };
  await sealed([list(listed(call), listed(put, { is_active: false })), bare([torn])], (world) => {
    assert.is(world.manifest.counts.book, 0);
    assert.is(world.manifest.counts.ticker, 1);
    assert.equal(Object.values(world.manifest.provenance.left_out), [1, 1]);
  });
});

boards(
  'a price off the tick, a row without a time and a cut line are named with their line',
  async () => {
    const off = { instrument_name: call, bid_price: 0.05025, mark_price: 0.05, timestamp: 1 };
    for (const bad of [
      bare(off),
      bare([{ instrument_name: call, mark_price: 1 }]),
      '{"jsonrpc":',
    ]) {
      const attempt = sealed([list(listed(call)), bad], () => 'sealed');
      assert.match(await attempt.catch(String), /line 2/);
    }
  },
);

boards(
  'the real list of 2021 becomes a full chain, and the replaying venue lists it all',
  async () => {
    const path = join(data, 'instruments-2021-04-17.txt');
    if (!existsSync(path)) {
      process.stdout.write(`\nSKIP the real list of 2021: ${path} is not on this machine\n`);
      return;
    }
    await withOracle(async (oracle) => {
      await sealImport(oracle.ports, oracle.root, {
        format: 'deribit-board',
        scenarioId: 'chain',
        sources: [{ path }],
      });
      const world = openWorldOf(oracle.disk, oracle.root, 'chain');
      assert.is(world.instruments.length, 423 + 499);
      await withVenue('virtual', { source: replay(world), opens: false }, async ({ ask }) => {
        const count = async (currency: string, kind: string): Promise<number> =>
          ((await ask('public/get_instruments', { currency, kind })) as unknown[]).length;
        assert.is((await count('BTC', 'any')) + (await count('ETH', 'any')), 922);
        const futures = (await count('BTC', 'future')) + (await count('ETH', 'future'));
        assert.is((await count('any', 'option')) + futures, 922);
      });
    });
  },
);

boards(
  'the real option tickers of 2021 become books and tickers of their instruments',
  async () => {
    const path = join(data, 'options-raw-2021-04-05.txt');
    if (!existsSync(path)) {
      process.stdout.write(
        `SKIP the real option tickers of 2021: ${path} is not on this machine\n`,
      );
      return;
    }
    await withOracle(async (oracle) => {
      const { manifest } = await sealImport(oracle.ports, oracle.root, {
        format: 'deribit-board',
        scenarioId: 'tickers',
        sources: [{ path }],
        instrumentsPath: join(data, 'instruments-2021-04-17.txt'),
      });
      assert.is(manifest.counts.ticker, 273);
      assert.is(manifest.instruments.length, 10);
    });
  },
);

boards.run();
