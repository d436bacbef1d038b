import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { HoldfastError } from '../../../streams/facts/errors.ts';
import {
  CapabilityOffice,
  type DispatchCapability,
} from '../../../streams/venues/deribit/index.ts';
import { DeribitTradingClient } from '../../../streams/venues/deribit/trading-client.ts';
import { portKinds } from '../../fixtures/ports.ts';
import { orderIntent, orderRow, withSession } from '../../fixtures/venue-session.ts';

const client = suite('trading client');

const capability = (): DispatchCapability => new CapabilityOffice().claim();

for (const kind of portKinds) {
  client(`${kind}: without the genuine capability there is no client`, () =>
    withSession(kind, async ({ session }) => {
      const forged = {} as DispatchCapability;
      assert.throws(
        () => new DeribitTradingClient(forged, session),
        (error: HoldfastError) => error.code === 'VENUE_METHOD_FORBIDDEN',
      );
      assert.throws(() => session.orderLine(forged));
      const office = new CapabilityOffice();
      office.claim();
      assert.throws(
        () => office.claim(),
        (error: HoldfastError) => error.code === 'VENUE_METHOD_FORBIDDEN',
      );
    }),
  );

  client(`${kind}: an order goes out exactly as decided`, () =>
    withSession(kind, async ({ under, venue, session, up }) => {
      await up();
      venue.answer('private/buy', () => ({ result: { order: orderRow(), trades: [] } }));
      const trading = new DeribitTradingClient(capability(), session);
      const { sent, reply } = trading.place(orderIntent());
      assert.is(sent, true);
      const answer = await under.settle(reply);
      assert.is(answer.kind, 'acked');
      assert.equal(venue.requests.at(-1)?.params, {
        instrument_name: 'BTC-PERPETUAL',
        amount: 100,
        type: 'limit',
        price: 85000.5,
        label: 'hf1:s:g:0:h',
        time_in_force: 'good_til_cancelled',
        post_only: true,
        reject_post_only: true,
        valid_until: 1_800_000_000_123,
      });
    }),
  );

  client(`${kind}: a session that is down sends nothing and says so`, () =>
    withSession(kind, async ({ under, session, venue }) => {
      const trading = new DeribitTradingClient(capability(), session);
      const { sent, reply } = trading.place(orderIntent());
      assert.is(sent, false);
      assert.is((await under.settle(reply)).kind, 'refused');
      assert.is(venue.requests.length, 0);
    }),
  );

  const replies: [title: string, code: number, kind: string][] = [
    ['a definite refusal', 10009, 'refused'],
    ['a post-only refusal', 11054, 'refused'],
    ['a busy engine queue', 10047, 'refused'],
    ['a late order', 13888, 'refused'],
    ['a general failure', 10001, 'unknown'],
    ['a retry', 10040, 'unknown'],
    ['an overlong processing', 13028, 'unknown'],
    ['an internal error', 11094, 'unknown'],
    ['a code nobody documented', 99999, 'unknown'],
  ];
  for (const [title, code, expected] of replies) {
    client(`${kind}: ${title} (${code}) is ${expected}`, () =>
      withSession(kind, async ({ under, venue, session, up }) => {
        await up();
        venue.answer('private/sell', () => ({ error: { code, message: 'said' } }));
        const trading = new DeribitTradingClient(capability(), session);
        const { reply } = trading.place(orderIntent({ side: 'sell' }));
        assert.is((await under.settle(reply)).kind, expected);
      }),
    );
  }

  client(`${kind}: silence is unknown, and the late answer still tells of the order`, () =>
    withSession(kind, async ({ under, venue, session, diary, up }) => {
      await up();
      let id = 0;
      venue.answer('private/buy', (request) => {
        id = request.id;
        return 'silent';
      });
      const trading = new DeribitTradingClient(capability(), session, {
        ackTimeoutMs: () => 20,
      });
      const { sent, reply } = trading.place(orderIntent());
      assert.is(sent, true);
      assert.is((await under.settle(reply)).kind, 'unknown');
      await under.until(() => id > 0, 'the venue has it');
      venue.send({ jsonrpc: '2.0', id, result: { order: orderRow(), trades: [] } });
      await under.until(() => diary.orders.length === 1, 'the late order is told');
    }),
  );

  client(`${kind}: a connection that ends leaves its orders unknown`, () =>
    withSession(kind, async ({ under, venue, session, up }) => {
      await up();
      venue.answer('private/buy', ({ socket }) => {
        socket.terminate();
        return 'silent';
      });
      const trading = new DeribitTradingClient(capability(), session);
      assert.is((await under.settle(trading.place(orderIntent()).reply)).kind, 'unknown');
    }),
  );

  client(`${kind}: an unreadable acknowledgement is unknown, not refused`, () =>
    withSession(kind, async ({ under, venue, session, up }) => {
      await up();
      venue.answer('private/buy', () => ({ result: { order: orderRow({ amount: 15 }) } }));
      const trading = new DeribitTradingClient(capability(), session);
      assert.is((await under.settle(trading.place(orderIntent()).reply)).kind, 'unknown');
    }),
  );

  client(`${kind}: a cancel answers the order, or that it is gone`, () =>
    withSession(kind, async ({ under, venue, session, up }) => {
      await up();
      const cancelled = orderRow({ order_state: 'cancelled', cancel_reason: 'user_request' });
      venue.answer('private/cancel', () => ({ result: cancelled }));
      const trading = new DeribitTradingClient(capability(), session);
      const done = await under.settle(trading.cancel('108338717925').reply);
      assert.is(done.kind === 'cancelled' && done.order.state, 'cancelled');
      venue.answer('private/cancel', () => ({ error: { code: 11044, message: 'not_open_order' } }));
      const gone = await under.settle(trading.cancel('108338717925').reply);
      assert.is(gone.kind === 'refused' && gone.code, 11044);
    }),
  );
}

client.run();
