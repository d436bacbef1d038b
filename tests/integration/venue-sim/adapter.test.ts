/** The house's own adapter against the simulated venue: every query by both ways, orders, notifications. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { hideSecret } from '../../../daemon/ports/production/index.ts';
import { generator } from '../../../daemon/venue/index.ts';
import type { HoldfastError } from '../../../streams/facts/errors.ts';
import type { MarketEvent } from '../../../streams/facts/market.ts';
import type { VenueOrder, VenueTrade } from '../../../streams/facts/venue-records.ts';
import {
  CapabilityOffice,
  DeribitHttpQueries,
  type DeribitQueries,
  DeribitSession,
  type QuarantinedFrame,
} from '../../../streams/venues/deribit/index.ts';
import { DeribitTradingClient } from '../../../streams/venues/deribit/trading-client.ts';
import { orderIntent } from '../../fixtures/venue-session.ts';
import {
  clientId,
  clientSecret,
  type VenueUnderTest,
  withVenue,
} from '../../fixtures/venue-sim/venues.ts';

const adapter = suite('venue and adapter');

interface Adapted {
  readonly under: VenueUnderTest;
  readonly session: DeribitSession;
  readonly http: DeribitQueries;
  readonly market: MarketEvent[];
  readonly orders: VenueOrder[];
  readonly trades: VenueTrade[];
}

async function withAdapter(work: (adapted: Adapted) => Promise<void>): Promise<void> {
  await withVenue('production', { source: generator('adapter') }, async (under) => {
    const { ports, venue } = under;
    const market: MarketEvent[] = [];
    const orders: VenueOrder[] = [];
    const trades: VenueTrade[] = [];
    const bad: (QuarantinedFrame | HoldfastError)[] = [];
    const http = `http://${venue.host}:${venue.port}`;
    const authority = { clientId, secret: hideSecret(clientSecret) };
    const session = new DeribitSession({
      ports: ports.client,
      urls: { ws: `ws://${venue.host}:${venue.port}/ws/api/v2`, http },
      credentials: authority,
      handlers: {
        onLink: () => undefined,
        onMarket: (event) => void market.push(event),
        onOrder: (order) => void orders.push(order),
        onTrade: (trade) => void trades.push(trade),
        onQuarantine: (frame) => void bad.push(frame),
        onError: (error) => void bad.push(error),
      },
    });
    const queries = new DeribitHttpQueries({
      ports: ports.client,
      baseUrl: http,
      credentials: authority,
      instruments: session.instruments,
    });
    session.connect();
    try {
      await ports.until(() => session.phase === 'up', 'the session');
      const listings = await session.queries.instruments();
      session.instruments.add(listings.map((listing) => listing.instrument));
      await work({ under, session, http: queries, market, orders, trades });
      assert.equal(bad, []);
    } finally {
      session.close();
    }
  });
}

adapter('the whole market can be subscribed and every frame is taken', () =>
  withAdapter(async ({ under, session, market }) => {
    const names = [...session.instruments.all].map((instrument) => instrument.name);
    assert.is(names.length, 116);
    const channels = names.flatMap((name) => [
      `book.${name}.raw`,
      `ticker.${name}.100ms`,
      `trades.${name}.raw`,
    ]);
    const { subscribed, refused } = await session.subscribe([...channels, 'book.NOPE.raw']);
    assert.equal([subscribed.length, refused], [channels.length, ['book.NOPE.raw']]);
    await under.ports.until(
      () => new Set(market.map((event) => event.instrument.name)).size === 116,
      'all instruments',
    );
    await under.ports.until(() => market.some((event) => event.type === 'trade'), 'a trade');
  }),
);

adapter('an order is placed, filled, told and found by every query', () =>
  withAdapter(async ({ under, session, http, orders, trades }) => {
    await session.subscribe([
      'user.orders.any.any.raw',
      'user.trades.any.any.raw',
      'user.portfolio.any',
    ]);
    const instrument = session.instruments.find('BTC-PERPETUAL');
    if (instrument === undefined) throw new Error('BTC-PERPETUAL is not listed');
    const trading = new DeribitTradingClient(new CapabilityOffice().claim(), session);
    const nowUs = under.ports.client.clock.nowUs();
    const terms = {
      instrument,
      timeInForce: 'immediate_or_cancel',
      postOnly: false,
      validUntilUs: nowUs + 60_000_000,
    } as const;
    const ask = under.venue.engine.market('BTC-PERPETUAL').bestTicks('sell') ?? 0;
    const reply = await trading.place(orderIntent({ ...terms, limitTicks: ask + 40 })).reply;
    assert.is(reply.kind, 'acked');
    if (reply.kind !== 'acked') return;
    assert.equal([reply.order.state, reply.trades.length], ['filled', 1]);
    await under.ports.until(() => orders.length > 0 && trades.length > 0, 'the notifications');
    assert.is(trades[0]?.tradeId, reply.trades[0]?.tradeId);
    const resting = orderIntent({
      ...terms,
      timeInForce: 'good_til_cancelled',
      limitTicks: ask - 1_000,
      label: 'rest',
    });
    const rested = await trading.place(resting).reply;
    assert.is(rested.kind, 'acked');
    for (const queries of [session.queries, http]) await checkQueries(queries, reply.order, nowUs);
    if (rested.kind === 'acked') await trading.cancel(rested.order.orderId).reply;
    assert.equal(await session.queries.openOrders(), []);
  }),
);

async function checkQueries(
  queries: DeribitQueries,
  filled: VenueOrder,
  nowUs: number,
): Promise<void> {
  assert.equal(
    (await queries.openOrders()).map((order) => order.label),
    ['rest'],
  );
  assert.is((await queries.openOrdersByLabel('BTC', 'rest')).length, 1);
  assert.is((await queries.ordersByLabel('BTC', filled.label)).length, 1);
  assert.is((await queries.order(filled.orderId)).filledLots, filled.filledLots);
  const history = await queries.orderHistory({ currency: 'BTC', historical: false });
  assert.equal(
    history.map((order) => order.orderId),
    [filled.orderId],
  );
  const window = {
    currency: 'BTC',
    startUs: nowUs - 1_000_000,
    endUs: nowUs + 60_000_000,
    historical: false,
  };
  assert.is((await queries.tradesSince(window)).trades.length, 1);
  assert.is((await queries.tradesOfOrder(filled.orderId)).length, 1);
  const positions = await queries.positions();
  assert.equal(
    positions.map((position) => position.signedLots),
    [filled.filledLots],
  );
  assert.ok((await queries.accounts()).length >= 2);
  assert.equal(await queries.tradingLimits('BTC'), await queries.tradingLimits('ETH'));
  const snapshot = await queries.bookSnapshot(filled.instrument, 5);
  assert.is(snapshot.bids.length, 10);
  await queries.lastTrades(filled.instrument, { count: 5 });
  assert.ok(Math.abs((await queries.time()) - nowUs) < 60_000_000);
  await queries.status();
}

adapter.run();
