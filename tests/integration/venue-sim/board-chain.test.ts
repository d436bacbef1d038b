/** A sealed options board served by the venue: its whole chain on the wire, and what becomes of it at expiry. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { openWorldOf, sealImport } from '../../../actors/ingress/oracle/index.ts';
import type { HoldfastError } from '../../../streams/facts/errors.ts';
import { replay } from '../../../streams/venues/simulated/index.ts';
import { type VenueUnderTest, withVenue } from '../../fixtures/venue-sim/venues.ts';
import { withOracle } from '../../fixtures/worlds/oracle.ts';

const boards = suite('venue options board');
type Row = Record<string, unknown>;

/** 24 September 2021, 08:00 UTC. */
const expiryMs = 1_632_470_400_000;
const strikes = [40_000, 45_000, 50_000];
const chain = strikes.flatMap((strike) =>
  ['C', 'P'].map((kind) => ({ name: `BTC-24SEP21-${strike}-${kind}`, strike, kind })),
);
const call = 'BTC-24SEP21-40000-C';

function listed({ name, strike, kind }: (typeof chain)[number]): Row {
  return {
    instrument_name: name,
    kind: 'option',
    is_active: true,
    option_type: kind === 'C' ? 'call' : 'put',
    strike,
    expiration_timestamp: expiryMs,
    settlement_period: 'month',
    base_currency: 'BTC',
    quote_currency: 'USD',
    contract_size: 1,
    tick_size: 0.0005,
    min_trade_amount: 0.1,
    maker_commission: 0.0003,
    taker_commission: 0.0003,
  };
}

/** A summary row `secondsBefore` expiry; `index` undefined: the board has none. */
function summary(
  { name, strike, kind }: (typeof chain)[number],
  secondsBefore: number,
  index: number | undefined,
): Row {
  const worth = Math.max(0, kind === 'C' ? 1 - strike / 50_000 : strike / 50_000 - 1) + 0.01;
  const mark = Math.round(worth / 0.0005) * 0.0005;
  return {
    instrument_name: name,
    bid_price: Number((mark - 0.0005).toFixed(4)),
    ask_price: Number((mark + 0.0005).toFixed(4)),
    mark_price: Number(mark.toFixed(4)),
    mark_iv: 80,
    open_interest: 3,
    last: null,
    creation_timestamp: expiryMs - secondsBefore * 1_000,
    ...(index === undefined ? {} : { underlying_price: index, estimated_delivery_price: index }),
  };
}

function lines(indexes: readonly (readonly [secondsBefore: number, index?: number])[]): string {
  const list = { jsonrpc: '2.0', result: chain.map(listed) };
  return [
    `https://x/api/v2/public/get_instruments -> ${expiryMs / 1_000 - 700}.000001: ${JSON.stringify(list)}`,
    ...indexes.map(([before, index]) =>
      JSON.stringify({ jsonrpc: '2.0', result: chain.map((row) => summary(row, before, index)) }),
    ),
  ].join('\n');
}

/** Imports, seals and serves a board; the market waits until somebody subscribes. */
async function served(
  board: string,
  work: (under: VenueUnderTest, stopped: unknown[]) => Promise<void>,
): Promise<void> {
  await withOracle(async (oracle) => {
    const path = join(oracle.scratch, 'board.txt');
    writeFileSync(path, `${board}\n`);
    const request = { format: 'deribit-board', scenarioId: 'board', sources: [{ path }] } as const;
    await sealImport(oracle.ports, oracle.root, request);
    const stopped: unknown[] = [];
    const source = replay(openWorldOf(oracle.disk, oracle.root, 'board'));
    const onSourceStopped = (error: unknown): void => void stopped.push(error);
    const options = { source, holdUntilSubscribed: true, opens: false, onSourceStopped };
    await withVenue('virtual', options, (under) => work(under, stopped));
  });
}

async function opened({ ask, ports, venue }: VenueUnderTest): Promise<void> {
  await ask('public/subscribe', { channels: chain.map(({ name }) => `book.${name}.raw`) });
  const last = chain.at(-1)?.name ?? '';
  const quoted = (): boolean => venue.engine.market(last).bestTicks('sell') !== undefined;
  await ports.until(quoted, 'the chain to be quoted');
}

async function buyOne({ ask }: VenueUnderTest): Promise<void> {
  const params = {
    instrument_name: call,
    amount: 1,
    price: 0.2105,
    time_in_force: 'immediate_or_cancel',
  };
  const { order } = (await ask('private/buy', params)) as { order: Row };
  // The board has no sizes: the least amount stands at the best price.
  assert.is(order.filled_amount, 0.1);
}

boards('a full chain is listed, summed up and quoted as the board says', async () => {
  await served(
    lines([
      [660, 50_000],
      [10, 50_000],
    ]),
    async (under) => {
      await opened(under);
      const rows = (await under.ask('public/get_instruments', {
        currency: 'BTC',
        kind: 'option',
      })) as Row[];
      const names = chain.map(({ name }) => name).sort();
      assert.equal(rows.map(({ instrument_name }) => String(instrument_name)).sort(), names);
      for (const row of rows) {
        const [, , strike, kind] = String(row.instrument_name).split('-');
        assert.equal(
          [row.strike, row.option_type, row.expiration_timestamp],
          [Number(strike), kind === 'C' ? 'call' : 'put', expiryMs],
        );
      }
      const params = { currency: 'BTC', kind: 'option' };
      const sums = (await under.ask('public/get_book_summary_by_currency', params)) as Row[];
      assert.is(sums.length, chain.length);
      for (const each of chain) {
        const said = summary(each, 0, 50_000);
        const sum = sums.find(({ instrument_name }) => instrument_name === each.name);
        assert.equal(
          [sum?.bid_price, sum?.ask_price, sum?.mark_price],
          [said.bid_price, said.ask_price, said.mark_price],
          each.name,
        );
        const ticker = (await under.ask('public/ticker', { instrument_name: each.name })) as Row;
        assert.equal(
          [ticker.best_bid_price, ticker.best_ask_price, ticker.mark_price, ticker.index_price],
          [said.bid_price, said.ask_price, said.mark_price, 50_000],
        );
        assert.equal([ticker.mark_iv, ticker.underlying_price], [80, 50_000]);
      }
    },
  );
});

boards('what expires in the recording is delivered at the index recorded before', async () => {
  const readings = [
    [660, 50_000],
    [10, 50_100],
    [-10, 50_900],
  ] as const;
  await served(lines(readings), async (under, stopped) => {
    await opened(under);
    await buyOne(under);
    await under.ports.pass(662_000);
    assert.equal(stopped, []);
    const position = { instrument_name: call };
    assert.is(((await under.ask('private/get_position', position)) as Row).size, 0);
    const { settlements } = (await under.ask('private/get_settlement_history_by_currency', {
      currency: 'BTC',
    })) as { settlements: Row[] };
    const index = 50_050;
    assert.equal(
      settlements.map((row) => [row.type, row.instrument_name, row.position, row.index_price]),
      [['delivery', call, 0.1, index]],
    );
    const worth = 0.1 * (1 - 40_000 / index - 0.2105);
    assert.ok(Math.abs(Number(settlements[0]?.profit_loss) - worth) < 2e-8);
    // It stays closed although the recording quotes it once more.
    await under.ports.pass(10_000);
    const ticker = (await under.ask('public/ticker', position)) as Row;
    assert.equal([ticker.state, ticker.estimated_delivery_price], ['closed', 'expired']);
    const order = { instrument_name: call, amount: 1, price: 0.2 };
    assert.is((await under.call('private/buy', order)).error?.code, 10_012);
    assert.equal(
      await under.ask('public/get_instruments', { currency: 'BTC', kind: 'option' }),
      [],
    );
  });
});

boards(
  'held without a recorded index: nothing is made up, the replay ends and says why',
  async () => {
    await served(lines([[660], [10], [-10]]), async (under, stopped) => {
      await opened(under);
      await buyOne(under);
      await under.ports.pass(700_000);
      assert.equal(
        stopped.map((error) => (error as HoldfastError).code),
        ['WORLD_INDEX_MISSING'],
      );
      assert.is(under.venue.stats().ended, true);
      const position = (await under.ask('private/get_position', { instrument_name: call })) as Row;
      assert.is(position.size, 0.1);
    });
  },
);

boards(
  'not held: an index older than half an hour counts for nothing, and the product closes',
  async () => {
    await served(lines([[2_000, 50_000], [10], [-10]]), async (under, stopped) => {
      await opened(under);
      await under.ports.pass(2_005_000);
      assert.equal(stopped, []);
      const params = { instrument_name: call };
      assert.is(((await under.ask('public/ticker', params)) as Row).state, 'closed');
      const { data } = (await under.ask('public/get_delivery_prices', {
        index_name: 'btc_usd',
      })) as {
        data: unknown[];
      };
      assert.equal(data, []);
    });
  },
);

boards.run();
