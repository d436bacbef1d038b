/** Faults of connections and requests, one by one: each trips, and leaves nothing behind. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { script } from '../../../streams/venues/simulated/index.ts';
import type { WireReply } from '../../fixtures/venue-sim/clients.ts';
import { simProducts } from '../../fixtures/venue-sim/engines.ts';
import { type VenueUnderTest, withVenue } from '../../fixtures/venue-sim/venues.ts';

const session = suite('venue faults of sessions');

const strict = { orderingFreedoms: false };

/** Milliseconds of virtual time until the reply. */
async function roundTripMs(under: VenueUnderTest, method: string): Promise<number> {
  const { clock } = under.ports.client;
  const startUs = clock.monotonicUs();
  await under.ask(method);
  return (clock.monotonicUs() - startUs) / 1_000;
}

session('disconnect: everybody is cut and refused until it ends', async () => {
  await withVenue('production', strict, async (under) => {
    const { faults } = under.venue;
    faults.apply({ fault: 'disconnect', for_s: 0.2 });
    await under.ports.until(() => under.client.closed, 'the cut');
    const refused = await Promise.race([
      under.connect(false).then(() => 'open'),
      under.ports.pass(100).then(() => 'refused'),
    ]);
    assert.is(refused, 'refused');
    await under.ports.until(() => faults.active.length === 0, 'the end');
    const back = await under.connect();
    assert.is((await back.call('public/test')).error, undefined);
  });
});

session('session_kill: the venue closes every connection and welcomes new ones', async () => {
  await withVenue('production', strict, async (under) => {
    under.venue.faults.trip('session_kill');
    await under.ports.until(() => under.client.closed, 'the close');
    assert.is(under.venue.faults.active.length, 0);
    const back = await under.connect();
    assert.is((await back.call('private/get_positions', { currency: 'BTC' })).error, undefined);
  });
});

session('too_many_requests: 10028, and the connection is ended', async () => {
  await withVenue('production', strict, async (under) => {
    under.venue.faults.trip('too_many_requests', { method: 'public/get_time' });
    assert.is((await under.call('public/test')).error, undefined);
    assert.is((await under.call('public/get_time')).error?.code, 10028);
    await under.ports.until(() => under.client.closed, 'the end of the session');
    const back = await under.connect();
    assert.is((await back.call('public/get_time')).error, undefined);
  });
});

session('http_429: requests and upgrades are refused without a JSON-RPC body', async () => {
  await withVenue('production', strict, async (under) => {
    const { host, port } = under.venue;
    const get = () =>
      under.ports.client.http.request({
        method: 'GET',
        url: `http://${host}:${port}/api/v2/public/get_time`,
        timeoutMs: 2_000,
      });
    const fault = under.venue.faults.trip('http_429');
    const refused = await get();
    assert.is(refused.status, 429);
    assert.not.match(refused.body.toString(), /jsonrpc/);
    const upgrade = await Promise.race([
      under.connect(false).then(() => 'open'),
      under.ports.pass(100).then(() => 'refused'),
    ]);
    assert.is(upgrade, 'refused');
    assert.is((await under.call('public/test')).error, undefined);
    fault.end();
    assert.is((await get()).status, 200);
    await under.connect();
  });
});

session('reject: a code of choice, as often as asked, for one method', async () => {
  await withVenue('virtual', strict, async ({ call, venue }) => {
    venue.faults.trip('reject', {
      code: 10041,
      message: 'settlement_in_progress',
      method: 'private/buy',
      count: 2,
    });
    const order = { instrument_name: 'BTC-PERPETUAL', amount: 100, price: 79_000 };
    const codes = [];
    for (let at = 0; at < 3; at += 1) codes.push((await call('private/buy', order)).error?.code);
    assert.equal(codes, [10041, 10041, undefined]);
    assert.is(venue.engine.accounts.find(({ name }) => name === 'AMANDA')?.openOrders.size, 1);
  });
});

session('reply_lost: the order stands, user.orders says so, the reply never comes', async () => {
  await withVenue('virtual', strict, async (under) => {
    await under.ask('private/subscribe', { channels: ['user.orders.any.any.raw'] });
    const fault = under.venue.faults.trip('reply_lost', { method: 'private/buy', count: 1 });
    const replies: WireReply[] = [];
    const order = { instrument_name: 'BTC-PERPETUAL', amount: 100, price: 79_000, label: 'lost' };
    void under.client.call('private/buy', order).then((reply) => replies.push(reply));
    await under.ports.pass(1_000);
    assert.is(replies.length, 0);
    assert.is(under.client.data('user.orders.any.any.raw').length, 1);
    assert.not.ok(fault.isActive);
    assert.is((await under.call('private/buy', order)).error, undefined);
  });
});

session(
  'slow_matching: orders wait in their turn, everything else is as fast as before',
  async () => {
    await withVenue('virtual', strict, async (under) => {
      const fault = under.venue.faults.trip('slow_matching', { delay_ms: 400 });
      const order = { instrument_name: 'BTC-PERPETUAL', amount: 100, price: 79_000 };
      const done: string[] = [];
      const both = ['first', 'second'].map((label) =>
        under.client.call('private/buy', { ...order, label }).then((reply) => {
          done.push((reply.result as { order: { label: string } }).order.label);
        }),
      );
      assert.ok((await roundTripMs(under, 'public/test')) < 100);
      assert.is(under.venue.stats().orders, 20, 'only what the market itself placed');
      await under.ports.settle(Promise.all(both));
      assert.equal(done, ['first', 'second']);
      fault.end();
      const startUs = under.ports.client.clock.monotonicUs();
      await under.ask('private/buy', order);
      assert.ok(under.ports.client.clock.monotonicUs() - startUs < 100_000);
    });
  },
);

session('clock_skew: every time told is shifted, and deadlines are held against it', async () => {
  await withVenue('virtual', strict, async (under) => {
    const trueMs = (await under.ask('public/get_time')) as number;
    const fault = under.venue.faults.trip('clock_skew', { skew_ms: 60_000 });
    const reply = await under.call('public/get_time');
    assert.ok((reply.result as number) - trueMs >= 60_000);
    assert.ok(
      Math.abs((reply.usIn ?? 0) / 1_000 - under.ports.client.clock.nowUs() / 1_000 - 60_000) <
        1_000,
    );
    const order = { instrument_name: 'BTC-PERPETUAL', amount: 100, price: 79_000 };
    const refused = await under.call('private/buy', { ...order, valid_until: trueMs + 30_000 });
    assert.is(refused.error?.code, 13888);
    fault.end();
    const { order: row } = (await under.ask('private/buy', {
      ...order,
      valid_until: trueMs + 30_000,
    })) as {
      order: { creation_timestamp: number };
    };
    assert.ok(Math.abs(row.creation_timestamp - trueMs) < 30_000);
  });
});

session('a schedule trips and ends faults at its times, the same for the same seed', async () => {
  const seen = async (seed: string): Promise<string[]> => {
    const log: string[] = [];
    const schedule = {
      seed,
      entries: [
        { at_s: 1, for_s: 2, fault: 'delay', parameters: { delay_ms: 10 } },
        { at_s: [2, 60] as [number, number], fault: 'frozen_feed' },
      ],
    };
    const options = { ...strict, source: script(simProducts(), []), faults: schedule };
    await withVenue('virtual', { ...options, opens: false }, async ({ ports, venue }) => {
      let last = '';
      for (let at = 0; at < 700; at += 1) {
        const now = venue.faults.active.map(({ fault }) => fault).join();
        if (now !== last) log.push(`${at} ${now}`);
        last = now;
        await ports.pass(100);
      }
    });
    return log;
  };
  const first = await seen('7');
  assert.is(first.length >= 3, true, first.join('; '));
  assert.match(first[0] ?? '', /delay/);
  assert.equal(await seen('7'), first);
  assert.not.equal(await seen('8'), first);
});

session.run();
