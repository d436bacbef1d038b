import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { HoldfastError } from '../../../streams/facts/errors.ts';
import { CapabilityOffice } from '../../../streams/venues/deribit/index.ts';
import { DeribitTradingClient } from '../../../streams/venues/deribit/trading-client.ts';
import { portKinds } from '../../fixtures/ports.ts';
import { withRooms } from '../../fixtures/venue-room.ts';
import { orderIntent } from '../../fixtures/venue-session.ts';

const room = suite('venue room over the simulated venue');

for (const kind of portKinds) {
  room(`${kind}: comes up through every state and keeps valid books from the stream`, () =>
    withRooms(kind, async (rooms) => {
      await rooms.live();
      assert.equal(rooms.states.slice(-4), ['connecting', 'authenticating', 'subscribing', 'live']);
      assert.equal(rooms.room.refusedChannels, []);
      await rooms.under.until(() => rooms.market.counters.applied > 50, 'events flow');
      await rooms.under.until(() => rooms.traffic.facts.length > 50, 'facts are written');
      assert.equal(rooms.quarantined, []);
      assert.equal(rooms.gaps, []);
      assert.is(rooms.gate.counters.conflicts, 0);
      assert.ok(rooms.room.scopes?.granted.includes('trade:read_write'));
    }),
  );

  room(`${kind}: a hole in a book is found, repaired by a new snapshot, and told`, () =>
    withRooms(kind, async (rooms) => {
      await rooms.live();
      rooms.venue.faults.skipChangeIds('BTC-PERPETUAL', 1);
      await rooms.under.until(() => rooms.gaps.length > 0, 'the gap is seen');
      assert.is(rooms.gaps[0]?.kind, 'book');
      await rooms.under.until(() => rooms.booksAreValid(), 'the book is repaired');
      assert.is(rooms.links.length, 1, 'the session never went down');
    }),
  );

  room(`${kind}: a cut connection is told, and everything is restored`, () =>
    withRooms(kind, async (rooms) => {
      await rooms.live();
      rooms.venue.disconnectAll();
      await rooms.under.until(() => rooms.links.length >= 3, 'down, then up again');
      assert.equal(
        rooms.links.map(({ kind: link }) => link),
        ['up', 'down', 'up'],
      );
      await rooms.under.until(() => rooms.room.isLive && rooms.booksAreValid(), 'live again');
      assert.is(rooms.room.session.epoch, 2);
    }),
  );

  room(`${kind}: an order is placed, seen on both ways, and cancelled`, () =>
    withRooms(kind, async (rooms) => {
      await rooms.live();
      const { under } = rooms;
      const instrument = rooms.room.instruments.find('BTC-PERPETUAL');
      const book = rooms.market.view.get('BTC-PERPETUAL')?.book;
      if (instrument === undefined || book === undefined) throw new Error('no BTC-PERPETUAL');
      const trading = new DeribitTradingClient(new CapabilityOffice().claim(), rooms.room.session);
      const validUntilUs = under.client.clock.nowUs() + 5_000_000;
      const limitTicks = book.ticksAt('bids', 0) - 200;
      const intent = orderIntent({ instrument, validUntilUs, limitTicks, label: 'hf1:a:b:0:c' });
      const placed = await under.settle(trading.place(intent).reply);
      if (placed.kind !== 'acked') throw new Error(JSON.stringify(placed));
      assert.is(placed.order.priceTicks, limitTicks);
      assert.is(placed.order.state, 'open');
      await under.until(() => rooms.orders.length > 0, 'the notification');
      for (const way of [rooms.room.session.queries, rooms.room.http]) {
        const open = await under.settle(way.openOrders());
        assert.equal(
          open.map(({ orderId, label }) => [orderId, label]),
          [[placed.order.orderId, 'hf1:a:b:0:c']],
        );
        const byLabel = await under.settle(way.ordersByLabel('BTC', 'hf1:a:b:0:c'));
        assert.is(byLabel[0]?.lots, 10);
      }
      const cancelled = await under.settle(trading.cancel(placed.order.orderId).reply);
      assert.is(cancelled.kind, 'cancelled');
      const history = { currency: 'BTC', historical: false };
      const closed = await under.settle(rooms.room.http.orderHistory(history));
      assert.is(closed[0]?.orderId, placed.order.orderId);
      assert.is(closed[0]?.state, 'cancelled');
    }),
  );

  room(
    `${kind}: a filled order is told as trades, positions and accounts on the independent way`,
    () =>
      withRooms(kind, async (rooms) => {
        await rooms.live();
        const { under } = rooms;
        const startUs = under.client.clock.nowUs() - 1_000_000;
        const instrument = rooms.room.instruments.find('BTC-PERPETUAL');
        const book = rooms.market.view.get('BTC-PERPETUAL')?.book;
        if (instrument === undefined || book === undefined) throw new Error('no BTC-PERPETUAL');
        const trading = new DeribitTradingClient(
          new CapabilityOffice().claim(),
          rooms.room.session,
        );
        const intent = orderIntent({
          instrument,
          validUntilUs: under.client.clock.nowUs() + 5_000_000,
          limitTicks: book.ticksAt('asks', 0) + 200,
          timeInForce: 'immediate_or_cancel',
          postOnly: false,
        });
        const placed = await under.settle(trading.place(intent).reply);
        if (placed.kind !== 'acked') throw new Error(JSON.stringify(placed));
        assert.is(placed.order.state, 'filled');
        await under.until(() => rooms.trades.length > 0, 'the trade notification');
        const { http } = rooms.room;
        const endUs = under.client.clock.nowUs() + 1_000_000;
        const found = await under.settle(
          http.tradesSince({ currency: 'BTC', startUs, endUs, historical: false }),
        );
        assert.equal(
          found.trades.map(({ tradeId }) => tradeId).sort(),
          placed.trades.map(({ tradeId }) => tradeId).sort(),
        );
        const positions = await under.settle(http.positions());
        const held = positions.find(({ instrument: { name } }) => name === 'BTC-PERPETUAL');
        assert.is(held?.signedLots, 10);
        const accounts = await under.settle(http.accounts());
        assert.ok(
          accounts.some(({ currency, equityFloat }) => currency === 'BTC' && equityFloat > 0),
        );
        const snapshot = await under.settle(http.bookSnapshot(instrument, 5));
        assert.ok(snapshot.bids.length > 0);
        const trades = await under.settle(http.lastTrades(instrument, { count: 10 }));
        assert.ok(trades.length > 0);
        const limits = await under.settle(http.tradingLimits('BTC'));
        assert.ok((limits?.ratePerSecond ?? 0) > 0);
      }),
  );

  room(`${kind}: 10028 is counted, and a session it ends comes back after a longer wait`, () =>
    withRooms(
      kind,
      async (rooms) => {
        await rooms.live();
        rooms.venue.faults.reject(10028, 'too_many_requests', 1, 'private/get_open_orders');
        const asked = rooms.room.session.queries.openOrders().then(
          () => 'answered',
          (error: HoldfastError) => error.code,
        );
        assert.is(await rooms.under.settle(asked), 'VENUE_BUSY');
        assert.is(rooms.room.health().rateRefusals60s, 1);
        assert.ok(rooms.errors.some(({ code }) => code === 'VENUE_SESSION_TERMINATED'));
        rooms.venue.disconnectAll();
        await rooms.under.until(() => rooms.room.state === 'waiting', 'waiting');
        assert.match(rooms.room.cause, '10028');
        const { clock } = rooms.under.client;
        const fromUs = clock.monotonicUs();
        await rooms.under.until(() => rooms.room.state !== 'waiting', 'tries again');
        assert.ok(clock.monotonicUs() - fromUs >= 50_000, 'longer than after an ordinary loss');
      },
      { backoff: { baseMs: 1, maxMs: 10, rateTerminatedMs: 200, keyRefusedMs: 200 } },
    ),
  );

  room(`${kind}: health is measured, not assumed`, () =>
    withRooms(kind, async (rooms) => {
      assert.is(rooms.room.health().platform, undefined);
      assert.is(rooms.room.health().httpP95Ms, undefined);
      await rooms.live();
      await rooms.under.until(() => rooms.room.health().platform !== undefined, 'polled');
      const health = rooms.room.health();
      assert.is(health.platform?.locked, 'false');
      assert.ok(Math.abs(health.clockDriftMs ?? 1e9) < 500);
      assert.ok((health.httpP95Ms ?? -1) >= 0);
      assert.is(health.rateRefusals60s, 0);
    }),
  );

  room(`${kind}: hears of a maintenance, before and after it listened, and of its end`, () =>
    withRooms(
      kind,
      async (rooms) => {
        const before = rooms.venue.faults.trip('maintenance', { announce_s: 3_600, last_s: 60 });
        await rooms.live();
        await rooms.under.until(() => rooms.announcements.length > 0, 'read from the list');
        const [said] = rooms.announcements;
        assert.is(said?.action, 'new');
        const { fromUs, untilUs } = said?.maintenance ?? {};
        assert.is((untilUs ?? 0) - (fromUs ?? 0), 60_000_000);
        const later = rooms.venue.faults.trip('maintenance', { announce_s: 7_200 });
        await rooms.under.until(() => rooms.announcements.length > 1, 'pushed');
        assert.is(rooms.announcements[1]?.maintenance?.untilUs, null);
        assert.is(rooms.room.health().announcements.length, 2);
        later.end();
        before.end();
        await rooms.under.until(() => rooms.announcements.length > 3, 'taken back');
        assert.equal(rooms.room.health().announcements, []);
        await rooms.under.pass(1_200);
        assert.is(rooms.announcements.length, 4, 'nothing is told twice');
        assert.ok(rooms.room.health().announcementsAgeMs < 2_000);
      },
      { announcementsMs: 500 },
    ),
  );

  room(`${kind}: stopping closes the session and stays stopped`, () =>
    withRooms(kind, async (rooms) => {
      await rooms.live();
      rooms.room.stop();
      await rooms.under.until(() => rooms.room.session.phase === 'down', 'down');
      assert.is(rooms.room.state, 'stopped');
      await rooms.under.pass(500);
      assert.is(rooms.room.session.phase, 'down');
    }),
  );
}

room.run();
