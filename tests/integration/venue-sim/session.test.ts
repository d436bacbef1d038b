/** The connection side of the venue over real loopback sockets: JSON-RPC, authentication, heartbeats. */
import { createHmac } from 'node:crypto';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { WireClient } from '../../fixtures/venue-sim/clients.ts';
import { clientId, clientSecret, credentials, withVenue } from '../../fixtures/venue-sim/venues.ts';

const session = suite('venue session');

session('the id is echoed with its type, and every reply is stamped with integers', async () => {
  await withVenue('production', {}, async ({ client }) => {
    const text = await client.call('public/get_time', {}, 'nfm000100000001');
    assert.is(text.id, 'nfm000100000001');
    const number = await client.call('public/test', {}, 77);
    assert.is(number.id, 77);
    assert.equal(number.result, { version: '1.2.26' });
    for (const stamp of [number.usIn, number.usOut, number.usDiff])
      assert.ok(Number.isInteger(stamp));
    assert.type(number.testnet, 'boolean');
  });
});

session('what is not a request is refused by the JSON-RPC codes', async () => {
  await withVenue('production', {}, async ({ client, call, ports }) => {
    const before = client.frames.length;
    client.send('{nonsense');
    client.send('[{"jsonrpc":"2.0","id":1,"method":"public/test"}]');
    client.send('{"jsonrpc":"2.0","method":"public/test"}');
    client.send(
      `{"jsonrpc":"2.0","id":5,"method":"public/test","params":{"x":"${'x'.repeat(33_000)}"}}`,
    );
    await ports.until(() => client.frames.length >= before + 4, 'four errors');
    const codes = client.frames
      .slice(before)
      .map((frame) => (JSON.parse(frame) as { error: { code: number } }).error.code);
    assert.equal(codes, [-32700, -32600, -32600, -32600]);
    assert.is((await call('public/no_such_method')).error?.code, -32601);
    assert.equal((await call('public/set_heartbeat', { interval: 5 })).error, {
      code: -32602,
      message: 'Invalid params',
      data: { reason: 'value must be >= 10', param: 'interval' },
    });
    assert.equal(
      (await call('public/get_instruments', { currency: 'BTC', kind: 'banana' })).error?.data,
      {
        reason: 'invalid value',
        param: 'kind',
      },
    );
  });
});

session('a private method without authentication is 13009 and a bad secret is 13004', async () => {
  await withVenue('production', { authenticate: false }, async ({ call }) => {
    const refused = await call('private/get_positions', { currency: 'BTC' });
    assert.is(refused.error?.code, 13009);
    assert.equal(refused.error?.data, { reason: 'invalid_token' });
    const wrong = await call('public/auth', { ...credentials, client_secret: 'wrong' });
    assert.is(wrong.error?.code, 13004);
  });
});

session('a signature logs in, and the documented vector is what the venue computes', async () => {
  await withVenue('production', { authenticate: false }, async ({ call, ask, ports }) => {
    const vector = createHmac('sha256', clientSecret)
      .update('1576074319000\n1iqt2wls\n')
      .digest('hex');
    assert.is(vector, '56590594f97921b09b18f166befe0d1319b198bbcdad7ca73382de2f88fe9aa1');
    const stale = {
      grant_type: 'client_signature',
      client_id: clientId,
      timestamp: 1576074319000,
      nonce: '1iqt2wls',
      data: '',
    };
    assert.is((await call('public/auth', { ...stale, signature: vector })).error?.code, 13009);
    const timestamp = Math.floor(ports.server.clock.nowUs() / 1_000);
    const signature = createHmac('sha256', clientSecret).update(`${timestamp}\nn\n`).digest('hex');
    const signed = {
      grant_type: 'client_signature',
      client_id: clientId,
      timestamp,
      nonce: 'n',
      data: '',
      signature,
      state: 'mine',
    };
    const token = (await ask('public/auth', signed)) as Record<string, unknown>;
    assert.is(token.token_type, 'bearer');
    assert.is(token.state, 'mine');
    assert.is(token.scope, 'connection mainaccount account:read_write trade:read_write');
  });
});

session('a refresh token gives a new pair once', async () => {
  await withVenue('production', {}, async ({ ask, call }) => {
    const first = (await ask('public/auth', credentials)) as {
      refresh_token: string;
      access_token: string;
    };
    const second = (await ask('public/auth', {
      grant_type: 'refresh_token',
      refresh_token: first.refresh_token,
    })) as { access_token: string };
    assert.is.not(second.access_token, first.access_token);
    assert.is(
      (
        await call('public/auth', {
          grant_type: 'refresh_token',
          refresh_token: first.refresh_token,
        })
      ).error?.code,
      13009,
    );
  });
});

session('a grant is never wider than asked, and a method beyond it is 13021', async () => {
  await withVenue('production', { authenticate: false }, async ({ ask, call }) => {
    const token = (await ask('public/auth', {
      ...credentials,
      scope: 'account:read trade:read wallet:read_write',
    })) as { scope: string };
    assert.is(token.scope, 'connection mainaccount account:read trade:read');
    assert.is(
      (await call('private/buy', { instrument_name: 'BTC-PERPETUAL', amount: 10, price: 79_000 }))
        .error?.code,
      13021,
    );
    assert.ok(Array.isArray(await ask('private/get_open_orders')));
  });
});

session('an unanswered test request ends the connection, an answered one does not', async () => {
  await withVenue('virtual', {}, async ({ client, call, connect, ports }) => {
    const silent = await connect();
    await ports.settle(silent.call('public/set_heartbeat', { interval: 10 }));
    await call('public/set_heartbeat', { interval: 10 });
    await ports.pass(10_100);
    const tested = client.notes
      .filter((note) => note.method === 'heartbeat')
      .map((note) => note.params.type);
    assert.equal(tested, ['heartbeat', 'test_request']);
    await call('public/test');
    await ports.pass(10_000);
    assert.is(silent.closed, true);
    assert.is(client.closed, false);
  });
});

session(
  'cancel-on-disconnect takes the orders of that connection only, and not on logout',
  async () => {
    await withVenue('production', {}, async ({ connect, ask, ports }) => {
      const order = { instrument_name: 'BTC-PERPETUAL', amount: 100, price: 79_000 };
      await ask('private/buy', order);
      const leaver = await connect();
      await leaver.call('private/enable_cancel_on_disconnect');
      await leaver.call('private/buy', order);
      const polite = await connect();
      await polite.call('private/enable_cancel_on_disconnect');
      await polite.call('private/buy', order);
      assert.is(((await ask('private/get_open_orders')) as unknown[]).length, 3);
      polite.send('{"jsonrpc":"2.0","id":99,"method":"private/logout","params":{}}');
      leaver.cut();
      await ports.until(() => polite.closed, 'the logout');
      let open: unknown[] = [];
      for (let tries = 0; tries < 200 && open.length !== 2; tries += 1) {
        open = (await ask('private/get_open_orders')) as unknown[];
      }
      assert.is(open.length, 2);
      const history = (await ask('private/get_order_history_by_currency', {
        currency: 'BTC',
        include_unfilled: true,
      })) as Record<string, unknown>[];
      assert.is(history[0]?.cancel_reason, 'cancel_on_disconnect');
    });
  },
);

session('spending all credits is 10028 and the end of the session', async () => {
  await withVenue(
    'production',
    { matchingLimit: { ratePerSecond: 1, burst: 3 } },
    async ({ call, client, ports }) => {
      const codes: (number | undefined)[] = [];
      for (let at = 0; at < 4; at += 1)
        codes.push((await call('private/cancel', { order_id: '1' })).error?.code);
      assert.equal(codes, [10004, 10004, 10004, 10028]);
      await ports.until(() => client.closed, 'the session to be ended');
    },
  );
});

session('one address may have 32 connections, the next one is refused', async () => {
  await withVenue('production', {}, async ({ ports, venue, connect }) => {
    for (let count = 1; count < 32; count += 1) await connect(false);
    const late = new WireClient(ports.client, venue);
    await ports.until(() => late.closed, 'the refusal');
    assert.is(venue.stats().sessions, 32);
  });
});

session.run();
