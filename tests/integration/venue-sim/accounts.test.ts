/** Money and identity: the log of cash, moved positions, liquidation prices, tokens of a family. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { clientId, clientSecret, credentials, withVenue } from '../../fixtures/venue-sim/venues.ts';

const accounts = suite('venue accounts');
const instrument_name = 'BTC-PERPETUAL';
type Row = Record<string, unknown>;
const family = [
  { clientId: 'SUB', secret: 'sub', main: clientId, name: 'sub' },
  { clientId: 'STRANGER', secret: 'strange' },
];

function units(value: unknown): number {
  return Math.round(Number(value) * 1e8);
}

accounts('the changes of the transaction log add up to the balance, to the unit', async () => {
  await withVenue('virtual', {}, async ({ ask, call }) => {
    for (const side of ['buy', 'sell', 'sell', 'buy'])
      await ask(`private/${side}`, { instrument_name, amount: 500, type: 'market' });
    const option = { instrument_name: 'BTC-25DEC26-80000-C', amount: 1, type: 'market' };
    await ask('private/buy', option);
    const wide = { currency: 'BTC', start_timestamp: 0, end_timestamp: 9e15 };
    const { logs, continuation } = (await ask('private/get_transaction_log', wide)) as {
      logs: Row[];
      continuation: unknown;
    };
    assert.is(continuation, null);
    const kinds = logs.map(({ type }) => type);
    assert.equal(
      [kinds.filter((kind) => kind === 'trade').length >= 5, kinds.at(-1)],
      [true, 'deposit'],
    );
    const summary = (await ask('private/get_account_summary', { currency: 'BTC' })) as Row;
    assert.is(
      logs.reduce((sum, { change }) => sum + units(change), 0),
      units(summary.balance),
    );
    assert.is(units(logs[0]?.balance), units(summary.balance));
    const page = (await ask('private/get_transaction_log', { ...wide, count: 2 })) as {
      logs: Row[];
      continuation: number;
    };
    const next = (await ask('private/get_transaction_log', {
      ...wide,
      count: 2,
      continuation: page.continuation,
    })) as { logs: Row[] };
    assert.equal([...page.logs, ...next.logs], logs.slice(0, 4));
    const sells = (await ask('private/get_transaction_log', { ...wide, query: 'trade sell' })) as {
      logs: Row[];
    };
    assert.ok(sells.logs.length >= 2 && sells.logs.every(({ side }) => side === 'sell'));
    assert.is(
      (await call('private/get_transaction_log', { currency: 'BTC' })).error?.code,
      -32_602,
    );
  });
});

accounts(
  'positions move within a family at the mark, without fee, six times a minute',
  async () => {
    await withVenue('virtual', { others: family }, async ({ ask, call, venue }) => {
      await ask('private/buy', { instrument_name, amount: 1_000, type: 'market' });
      const [main, sub] = (await ask('private/get_subaccounts')) as [Row, Row];
      assert.equal([main.type, sub.type, sub.username], ['main', 'subaccount', 'sub']);
      const stranger = venue.engine.accounts.find(({ name }) => name === 'STRANGER');
      const move = (target: unknown, amount = 100): Row => ({
        source_uid: main.id,
        target_uid: target,
        trades: [{ instrument_name, amount }],
      });
      const [trade] = (await ask('private/move_positions', move(sub.id, 400))) as [Row];
      assert.equal([trade.direction, trade.amount, trade.price], ['sell', 400, 80_000]);
      const position = (await ask('private/get_position', { instrument_name })) as Row;
      assert.is(position.size, 600);
      const other = venue.engine.accounts.find(({ name }) => name === 'sub');
      assert.is(other?.ledger.at(-1)?.kind, 'transfer');
      assert.is(other?.wallets.get('BTC')?.feesPaid, 0);
      const code = async (params: Row): Promise<number | undefined> =>
        (await call('private/move_positions', params)).error?.code;
      assert.is(await code(move(sub.id, 700)), 10_021);
      assert.is(await code(move(stranger?.userId)), -32_602);
      assert.is(await code(move(main.id)), -32_602);
      for (let count = 0; count < 2; count += 1) await ask('private/move_positions', move(sub.id));
      const over = await call('private/move_positions', move(sub.id));
      assert.is(over.error?.code, 13_780);
      assert.ok(Number(over.error?.data?.wait) > 0);
      assert.ok(Array.isArray(await ask('private/get_open_orders')), 'the session lives on');
    });
  },
);

accounts('the liquidation price is where the venue liquidates, long and short', async () => {
  for (const side of ['buy', 'sell'] as const) {
    await withVenue('virtual', {}, async ({ ask, venue }) => {
      const { engine } = venue;
      await ask(`private/${side}`, { instrument_name, amount: 30_000, type: 'market' });
      const account = engine.accounts.find(({ name }) => name === clientId);
      const wallet = account?.wallets.get('BTC');
      if (account === undefined || wallet === undefined) throw new Error('no account');
      wallet.cash = Math.round(0.02 * 1e8);
      const row = (await ask('private/get_position', { instrument_name })) as Row;
      const price = Number(row.estimated_liquidation_price);
      assert.ok(
        side === 'buy' ? price > 70_000 && price < 80_000 : price > 80_000 && price < 90_000,
      );
      const isSafe = async (mark: number): Promise<boolean> => {
        engine.market(instrument_name).mark.price = mark;
        const now = (await ask('private/get_account_summary', { currency: 'BTC' })) as Row;
        return Number(now.equity) >= Number(now.maintenance_margin);
      };
      const away = side === 'buy' ? 1 : -1;
      assert.equal([await isSafe(price + away), await isSafe(price - away)], [true, false]);
    });
  }
});

accounts(
  'a session token forks and is exchanged within its family; a connection token is not',
  async () => {
    await withVenue('virtual', { others: family }, async ({ ask, call, venue }) => {
      const plain = (await ask('public/auth', credentials)) as Row;
      const fork = { refresh_token: plain.refresh_token, session_name: 'two' };
      assert.is((await call('public/fork_token', fork)).error?.code, 13_021);
      const named = (await ask('public/auth', { ...credentials, scope: 'session:one' })) as Row;
      assert.is(named.sid, 'one');
      const forked = (await ask('public/fork_token', {
        ...fork,
        refresh_token: named.refresh_token,
      })) as Row;
      assert.match(String(forked.scope), /session:two/);
      const uid = (name: string): number | undefined =>
        venue.engine.accounts.find((each) => each.name === name)?.userId;
      const exchange = (name: string): Row => ({
        refresh_token: named.refresh_token,
        subject_id: uid(name),
      });
      assert.is((await call('public/exchange_token', exchange('STRANGER'))).error?.code, 13_021);
      await ask('public/exchange_token', exchange('sub'));
      const me = (await ask('private/get_account_summary', {
        currency: 'BTC',
        extended: true,
      })) as Row;
      assert.is(me.username, 'sub');
    });
  },
);

accounts('a key has sixteen named sessions; the oldest ends with the seventeenth', async () => {
  await withVenue(
    'virtual',
    { authenticate: false, enforceLimits: false },
    async ({ ask, call }) => {
      const auth = {
        grant_type: 'client_credentials',
        client_id: clientId,
        client_secret: clientSecret,
      };
      const tokens: unknown[] = [];
      for (let at = 0; at < 17; at += 1) {
        const reply = (await ask('public/auth', { ...auth, scope: `session:s${at}` })) as Row;
        tokens.push(reply.access_token);
      }
      const use = async (at: number): Promise<number | undefined> =>
        (await call('private/get_open_orders', { access_token: tokens[at] })).error?.code;
      assert.equal([await use(0), await use(1), await use(16)], [13_009, undefined, undefined]);
    },
  );
});

accounts.run();
