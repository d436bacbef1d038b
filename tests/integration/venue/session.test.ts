import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { HoldfastError } from '../../../streams/facts/errors.ts';
import type { QueryMethod } from '../../../streams/venues/deribit/index.ts';
import { portKinds } from '../../fixtures/ports.ts';
import { withSession } from '../../fixtures/venue-session.ts';

const session = suite('venue session');

async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return 'resolved';
  } catch (error) {
    return (error as HoldfastError).code;
  }
}

session('cancel-on-disconnect that is armed no more ends the session: a new one arms it', () =>
  withSession('virtual', async ({ under, venue, diary, up, session: one }) => {
    await up();
    await under.pass(20_500);
    const read = venue.methods().filter((name) => name === 'private/get_cancel_on_disconnect');
    assert.is(read.length, 2);
    assert.is(one.phase, 'up', 'armed: the session goes on');
    venue.answer('private/get_cancel_on_disconnect', () => ({
      result: { scope: 'connection', enabled: false },
    }));
    await under.pass(10_000);
    assert.is(diary.links.length, 2);
    const [, link] = diary.links;
    assert.match(link?.kind === 'down' ? link.cause : '', /armed no more/);
    assert.is(diary.errors.at(-1)?.code, 'VENUE_PROTOCOL');
  }),
);

for (const kind of portKinds) {
  session(`${kind}: authenticates, sets heartbeats and cancel-on-disconnect before it is up`, () =>
    withSession(kind, async ({ venue, diary, up, session: one }) => {
      await up();
      assert.equal(venue.methods(), [
        'public/auth',
        'public/set_heartbeat',
        'private/enable_cancel_on_disconnect',
      ]);
      assert.equal(diary.links, [{ kind: 'up', sessionEpoch: 1 }]);
      assert.is(one.epoch, 1);
    }),
  );

  session(`${kind}: answers a test request`, () =>
    withSession(kind, async ({ under, venue, up }) => {
      await up();
      venue.send({ params: { type: 'test_request' }, method: 'heartbeat', jsonrpc: '2.0' });
      await under.until(() => venue.methods().at(-1) === 'public/test', 'the test is answered');
    }),
  );

  session(`${kind}: a key that may move money out is refused, whatever the profile says`, () =>
    withSession(
      kind,
      async ({ under, venue, session: one, diary }) => {
        venue.answer('public/auth', () => ({
          result: {
            access_token: 'a',
            refresh_token: 'r',
            expires_in: 900,
            scope: 'connection account:read_write trade:read_write wallet:read_write',
          },
        }));
        one.connect();
        await under.until(() => diary.links.length > 0, 'the session ends');
        assert.is(diary.links[0]?.kind, 'down');
        assert.is(diary.errors[0]?.code, 'VENUE_AUTH');
        assert.is(diary.errors[0]?.details.reason, 'KEY_SCOPE_INVALID');
        assert.equal(diary.errors[0]?.details.tooWide, ['wallet:read_write']);
      },
      {
        scopes: {
          needed: ['trade:read_write'],
          allowed: ['account:read_write', 'trade:read_write', 'wallet:read_write'],
        },
      },
    ),
  );

  session(`${kind}: a key that lacks a scope is refused`, () =>
    withSession(kind, async ({ under, venue, session: one, diary }) => {
      venue.answer('public/auth', () => ({
        result: {
          access_token: 'a',
          refresh_token: 'r',
          expires_in: 900,
          scope: 'connection account:read_write trade:read',
        },
      }));
      one.connect();
      await under.until(() => diary.links.length > 0, 'the session ends');
      assert.equal(diary.errors[0]?.details.missing, ['trade:read_write']);
    }),
  );

  session(`${kind}: believes only the channels the venue confirms`, () =>
    withSession(kind, async ({ under, venue, session: one, up }) => {
      await up();
      venue.answer('public/subscribe', () => ({ result: ['book.BTC-PERPETUAL.raw'] }));
      const result = await under.settle(
        one.subscribe(['book.BTC-PERPETUAL.raw', 'book.NOPE.raw', 'user.orders.any.any.raw']),
      );
      assert.equal(result.refused, ['book.NOPE.raw']);
      assert.equal(result.subscribed, ['user.orders.any.any.raw', 'book.BTC-PERPETUAL.raw']);
    }),
  );

  session(`${kind}: subscribes in calls of at most 500 channels`, () =>
    withSession(kind, async ({ under, venue, session: one, up }) => {
      await up();
      const channels = Array.from({ length: 1_100 }, (_, at) => `ticker.X-${at}.100ms`);
      const { subscribed } = await under.settle(one.subscribe(channels));
      assert.is(subscribed.length, 1_100);
      const sizes = venue.requests
        .filter(({ method }) => method === 'public/subscribe')
        .map(({ params }) => (params.channels as string[]).length);
      assert.equal(sizes, [500, 500, 100]);
    }),
  );

  session(`${kind}: replies are matched by id, in any order`, () =>
    withSession(kind, async ({ under, venue, session: one, up }) => {
      await up();
      const held: number[] = [];
      venue.answer('public/get_time', ({ id }) => {
        held.push(id);
        return 'silent';
      });
      const first = one.queries.time();
      const second = one.queries.time();
      await under.until(() => held.length === 2, 'both asked');
      venue.send({ jsonrpc: '2.0', id: held[1], result: 2 });
      venue.send({ jsonrpc: '2.0', id: held[0], result: 1 });
      assert.equal(await under.settle(Promise.all([first, second])), [1_000, 2_000]);
    }),
  );

  session(
    `${kind}: what was in flight when the link ends is lost, and the loss is told first`,
    () =>
      withSession(kind, async ({ under, venue, session: one, diary, up }) => {
        await up();
        venue.answer('public/get_time', () => 'silent');
        let linksAtLoss = 0;
        const lost = codeOf(one.queries.time()).then((code) => {
          linksAtLoss = diary.links.length;
          return code;
        });
        await under.until(() => venue.methods().includes('public/get_time'), 'asked');
        venue.sockets.at(-1)?.terminate();
        assert.is(await under.settle(lost), 'VENUE_SESSION_DOWN');
        assert.is(linksAtLoss, 2);
        assert.is(diary.links[1]?.kind, 'down');
        assert.is(one.phase, 'down');
      }),
  );

  session(`${kind}: every connection has its own epoch, and events carry it`, () =>
    withSession(kind, async ({ under, venue, session: one, diary, up }) => {
      await up();
      venue.sockets.at(-1)?.terminate();
      await under.until(() => one.phase === 'down', 'down');
      await up();
      venue.notify('ticker.BTC-PERPETUAL.100ms', {
        timestamp: 1,
        instrument_name: 'BTC-PERPETUAL',
        state: 'open',
        mark_price: 1,
        index_price: 1,
      });
      await under.until(() => diary.market.length === 1, 'the ticker came');
      assert.is(diary.market[0]?.sessionEpoch, 2);
    }),
  );

  session(`${kind}: garbage is quarantined and the session lives on`, () =>
    withSession(kind, async ({ under, venue, session: one, diary, up }) => {
      await up();
      venue.notify('book.BTC-PERPETUAL.raw', { instrument_name: 'BTC-PERPETUAL', timestamp: 'x' });
      await under.until(() => diary.quarantined.length === 1, 'quarantined');
      assert.is(diary.quarantined[0]?.reason, 'field_malformed');
      assert.ok((await under.settle(one.queries.time())) > 0);
    }),
  );

  session(`${kind}: order methods are refused by a session at run time, too`, () =>
    withSession(kind, async ({ under, venue, session: one, up }) => {
      await up();
      const method = 'private/buy' as QueryMethod;
      const asked = codeOf(one.query(method, {}, { timeoutMs: 100 }));
      assert.is(await under.settle(asked), 'VENUE_METHOD_FORBIDDEN');
      assert.not.ok(venue.methods().includes('private/buy'));
    }),
  );

  session(`${kind}: a query that is not answered times out`, () =>
    withSession(kind, async ({ under, venue, session: one, up }) => {
      await up();
      venue.answer('public/status', () => 'silent');
      const asked = codeOf(one.query('public/status', {}, { timeoutMs: 20 }));
      assert.is(await under.settle(asked), 'NETWORK_TIMEOUT');
    }),
  );
}

session.run();
