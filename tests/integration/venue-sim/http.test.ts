/** The HTTP side over real loopback sockets: query coercion, three ways to authenticate, admin paths. */
import { createHmac } from 'node:crypto';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { WireReply } from '../../fixtures/venue-sim/clients.ts';
import {
  clientId,
  clientSecret,
  type VenueUnderTest,
  withVenue,
} from '../../fixtures/venue-sim/venues.ts';

const http = suite('venue http');

interface Answer extends WireReply {
  readonly status: number;
}

async function request(
  under: VenueUnderTest,
  target: string,
  headers: Record<string, string> = {},
  body?: string,
): Promise<Answer> {
  const { ports, venue } = under;
  const response = await ports.client.http.request({
    method: body === undefined ? 'GET' : 'POST',
    url: `http://${venue.host}:${venue.port}${target}`,
    headers,
    timeoutMs: 2_000,
    ...(body === undefined ? {} : { body }),
  });
  return { status: response.status, ...(JSON.parse(response.body.toString('utf8')) as WireReply) };
}

/** The header an ordinary client library sends. */
function signed(
  under: VenueUnderTest,
  method: string,
  target: string,
  body = '',
): Record<string, string> {
  const ts = Math.floor(under.ports.client.clock.nowUs() / 1_000);
  const sig = createHmac('sha256', clientSecret)
    .update(`${ts}\n${ts}\n${method}\n${target}\n${body}\n`)
    .digest('hex');
  return { authorization: `deri-hmac-sha256 id=${clientId},ts=${ts},sig=${sig},nonce=${ts}` };
}

http(
  'a GET reply has no id, a POST reply echoes it, an error is a 400 with a JSON-RPC body',
  async () => {
    await withVenue('production', {}, async (under) => {
      const get = await request(under, '/api/v2/public/get_time');
      assert.equal([get.status, 'id' in get, Number.isInteger(get.result)], [200, false, true]);
      const body = '{"jsonrpc":"2.0","id":"a7","method":"public/get_time","params":{}}';
      assert.is((await request(under, '/api/v2/public/get_time', {}, body)).id, 'a7');
      assert.is((await request(under, '/api/v2', {}, body)).id, 'a7');
      const unknown = await request(under, '/api/v2/public/nothing');
      assert.equal([unknown.status, unknown.error?.code], [400, -32601]);
      const anonymous = await request(under, '/api/v2/private/get_positions?currency=BTC');
      assert.equal([anonymous.status, anonymous.error?.code], [400, 13009]);
    });
  },
);

http('text parameters of a query become numbers and booleans', async () => {
  await withVenue('production', {}, async (under) => {
    const target =
      '/api/v2/private/buy?instrument_name=BTC-PERPETUAL&amount=100&price=79000&type=limit&post_only=true&include_old=true&label=a%20b';
    const placed = await request(under, target, signed(under, 'GET', target));
    const { order } = placed.result as { order: Record<string, unknown> };
    assert.equal([order.amount, order.post_only, order.label], [100, true, 'a b']);
    const wrong = '/api/v2/private/buy?instrument_name=BTC-PERPETUAL&amount=ten&price=79000';
    assert.is((await request(under, wrong, signed(under, 'GET', wrong))).error?.code, -32602);
  });
});

http(
  'a bearer token, a basic pair and a signature all work; a bad signature does not',
  async () => {
    await withVenue('production', {}, async (under) => {
      const target = '/api/v2/private/get_open_orders';
      const login = `/api/v2/public/auth?grant_type=client_credentials&client_id=${clientId}&client_secret=${clientSecret}`;
      const token = (await request(under, login)).result as { access_token: string };
      const basic = Buffer.from(`${clientId}:${clientSecret}`).toString('base64');
      for (const authorization of [`Bearer ${token.access_token}`, `Basic ${basic}`]) {
        assert.equal((await request(under, target, { authorization })).result, []);
      }
      assert.equal((await request(under, target, signed(under, 'GET', target))).result, []);
      const elsewhere = signed(under, 'GET', '/api/v2/private/get_positions');
      assert.is((await request(under, target, elsewhere)).error?.code, 13004);
    });
  },
);

http('a token bound to a connection is worth nothing over HTTP, a named session is', async () => {
  await withVenue('production', {}, async (under) => {
    const login = {
      grant_type: 'client_credentials',
      client_id: clientId,
      client_secret: clientSecret,
    };
    const bound = (await under.ask('public/auth', login)) as { access_token: string };
    const free = (await under.ask('public/auth', {
      ...login,
      scope: 'session:ops trade:read',
    })) as { access_token: string };
    const target = '/api/v2/private/get_open_orders';
    const using = async (token: string): Promise<number | undefined> =>
      (await request(under, target, { authorization: `Bearer ${token}` })).error?.code;
    assert.is(await using(bound.access_token), 13009);
    assert.is(await using(free.access_token), undefined);
  });
});

http('methods of a connection are 10030 over HTTP', async () => {
  await withVenue('production', {}, async (under) => {
    for (const target of [
      '/api/v2/public/set_heartbeat?interval=10',
      '/api/v2/private/enable_cancel_on_disconnect',
    ]) {
      assert.is((await request(under, target, signed(under, 'GET', target))).error?.code, 10030);
    }
  });
});

http('admin paths exist only with a token, and break what they are told to', async () => {
  await withVenue('production', {}, async (under) => {
    const { ports, venue } = under;
    const url = `http://${venue.host}:${venue.port}/admin/stats`;
    assert.is(
      (await ports.client.http.request({ method: 'GET', url, timeoutMs: 2_000 })).status,
      404,
    );
  });
  await withVenue('production', { adminToken: 'opensesame' }, async (under) => {
    const admin = { authorization: 'Bearer opensesame' };
    assert.is((await request(under, '/admin/stats')).status, 401);
    assert.is(
      ((await request(under, '/admin/stats', admin)) as unknown as { sessions: number }).sessions,
      1,
    );
    const fault =
      '{"fault":"reject","parameters":{"code":10040,"message":"retry","method":"private/buy"}}';
    assert.is((await request(under, '/admin/faults', admin, fault)).status, 200);
    assert.is((await request(under, '/admin/faults', admin, '{"rejekt":1}')).status, 400);
    const order = { instrument_name: 'BTC-PERPETUAL', amount: 100, price: 79_000 };
    assert.is((await under.call('private/buy', order)).error?.code, 10040);
    await request(under, '/admin/faults', admin, '{"fault":"disconnect","for_s":0}');
    await under.ports.until(() => under.client.closed, 'the cut');
  });
});

http('counts what it was asked to place by label, refused requests included', async () => {
  await withVenue('production', { adminToken: 'opensesame' }, async (under) => {
    const admin = { authorization: 'Bearer opensesame' };
    const order = { instrument_name: 'BTC-PERPETUAL', amount: 100, price: 79_000 };
    await under.call('private/buy', { ...order, label: 'one' });
    await under.call('private/buy', { ...order, label: 'two', price: 79_000.1 });
    const figures = async (after = 0) =>
      (await request(under, `/admin/orders?after=${after}`, admin)) as unknown;
    assert.equal(await figures(), {
      status: 200,
      requests: 2,
      labelled: 2,
      repeated: [],
      refused: { 10043: 1 },
      labels: ['one', 'two'],
    });
    await under.call('private/sell', { ...order, label: 'one', price: 90_000 });
    assert.equal(await figures(1), {
      status: 200,
      requests: 3,
      labelled: 2,
      repeated: [{ label: 'one', times: 2 }],
      refused: { 10043: 1 },
      labels: ['two'],
    });
    assert.is((await request(under, '/admin/orders?after=-1', admin)).status, 400);
  });
});

http.run();
