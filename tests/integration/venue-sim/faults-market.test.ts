/** Faults of markets, one by one: each trips, and leaves nothing behind. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { generator } from '../../../streams/venues/simulated/index.ts';
import { type VenueUnderTest, withVenue } from '../../fixtures/venue-sim/venues.ts';

const market = suite('venue faults of markets');

const perpetual = 'BTC-PERPETUAL';
const bookChannel = `book.${perpetual}.raw`;
const order = { instrument_name: perpetual, amount: 100, price: 79_000 };

interface BookData {
  readonly type: string;
  readonly change_id: number;
  readonly prev_change_id?: number;
  readonly bids: readonly (readonly [string, number, number])[];
  readonly asks: readonly (readonly [string, number, number])[];
}

function alive(name: string, work: (under: VenueUnderTest) => Promise<void>): Promise<void> {
  return withVenue('virtual', { source: generator(name) }, work);
}

/** How often a frame of the raw book does not continue the one before it. */
function gapsOf({ client }: VenueUnderTest): number {
  const frames = client.data(bookChannel) as BookData[];
  return frames.filter(
    (frame, at) =>
      at > 0 && frame.type === 'change' && frame.prev_change_id !== frames[at - 1]?.change_id,
  ).length;
}

/** The book a client has after every frame so far: price to amount. */
function bookOf({ client }: VenueUnderTest): {
  bids: Map<number, number>;
  asks: Map<number, number>;
} {
  const book = { bids: new Map<number, number>(), asks: new Map<number, number>() };
  for (const frame of client.data(bookChannel) as BookData[]) {
    for (const side of ['bids', 'asks'] as const) {
      if (frame.type === 'snapshot') book[side].clear();
      for (const [action, price, amount] of frame[side]) {
        if (action === 'delete') book[side].delete(price);
        else book[side].set(price, amount);
      }
    }
  }
  return book;
}

function isCrossed(under: VenueUnderTest): boolean {
  const { bids, asks } = bookOf(under);
  return Math.max(...bids.keys()) >= Math.min(...asks.keys());
}

market('maintenance: announced, then locked with 11051, then over', async () => {
  await withVenue('virtual', {}, async (under) => {
    await under.ask('public/subscribe', { channels: ['platform_state', 'announcements'] });
    const fault = under.venue.faults.trip('maintenance', { announce_s: 2 });
    await under.ports.pass(500);
    assert.is(under.client.data('announcements').length, 1);
    assert.is(((await under.ask('public/get_announcements')) as unknown[]).length, 1);
    assert.is((await under.call('private/buy', order)).error, undefined);
    await under.ports.pass(2_000);
    assert.is((await under.call('private/buy', order)).error?.code, 11051);
    assert.is(((await under.ask('public/status')) as { locked: string }).locked, 'true');
    fault.end();
    await under.ports.pass(50);
    assert.is((await under.call('private/buy', order)).error, undefined);
    const said = under.client.data('platform_state') as { locked: boolean }[];
    assert.equal(
      said.map(({ locked }) => locked),
      [true, false],
    );
  });
});

market('maintenance that ends before its lock never locks', async () => {
  await withVenue('virtual', {}, async (under) => {
    under.venue.faults.apply({ fault: 'maintenance', for_s: 1, parameters: { announce_s: 2 } });
    await under.ports.pass(5_000);
    assert.is((await under.call('private/buy', order)).error, undefined);
  });
});

market('halt: orders are refused, cancels work, the book stands, makers survive it', async () => {
  await alive('halt', async (under) => {
    await under.ask('public/subscribe', { channels: ['instrument.state.any.any', bookChannel] });
    const placed = (await under.ask('private/buy', { ...order, price: 84_000 })) as {
      order: { order_id: string };
    };
    const fault = under.venue.faults.trip('halt', { instrument: perpetual });
    await under.ports.pass(3_000);
    const [said] = under.client.data('instrument.state.any.any') as { state: string }[];
    assert.is(said?.state, 'halted');
    assert.is((await under.call('private/buy', order)).error?.code, 10012);
    assert.ok(bookOf(under).bids.size > 10);
    const frames = under.client.data(bookChannel).length;
    await under.ask('private/cancel', { order_id: placed.order.order_id });
    assert.is(
      (
        await under.call('private/buy', {
          ...order,
          instrument_name: 'ETH-PERPETUAL',
          price: 2_650,
        })
      ).error,
      undefined,
    );
    fault.end();
    await under.ports.pass(3_000);
    assert.is((await under.call('private/buy', { ...order, price: 84_000 })).error, undefined);
    assert.ok(under.client.data(bookChannel).length > frames + 5, 'makers quote again');
    assert.is(gapsOf(under), 0);
  });
});

market('frozen_feed: one book stands still, heartbeats, tickers and replies go on', async () => {
  await alive('frozen', async (under) => {
    const ticker = 'ticker.ETH-PERPETUAL.raw';
    await under.ask('public/subscribe', { channels: [bookChannel, ticker] });
    await under.ask('public/set_heartbeat', { interval: 10 });
    const fault = under.venue.faults.trip('frozen_feed', {
      instrument: perpetual,
      topics: ['book'],
    });
    await under.ports.pass(50);
    const before = under.client.data(bookChannel).length;
    const tickers = under.client.data(ticker).length;
    const beats = (): number =>
      under.client.notes.filter(({ method }) => method === 'heartbeat').length;
    await under.ports.pass(10_000);
    assert.is(under.client.data(bookChannel).length, before);
    assert.ok(under.client.data(ticker).length > tickers);
    assert.ok(beats() > 0);
    await under.ask('public/test');
    fault.end();
    await under.ports.pass(2_000);
    assert.ok(under.client.data(bookChannel).length > before);
    assert.is(gapsOf(under), 1, 'what was not said is missed');
  });
});

market('book_gap: exactly as many change frames are lost as asked', async () => {
  await alive('gap', async (under) => {
    await under.ask('public/subscribe', { channels: [bookChannel, `book.${perpetual}.100ms`] });
    await under.ports.pass(1_000);
    assert.is(gapsOf(under), 0);
    const fault = under.venue.faults.trip('book_gap', { instrument: perpetual, count: 3 });
    await under.ports.pass(2_000);
    assert.is(gapsOf(under), 1);
    assert.not.ok(fault.isActive);
  });
});

market('trade_gap: trade_seq jumps once', async () => {
  await alive('trades', async (under) => {
    const channel = `trades.${perpetual}.raw`;
    await under.ask('public/subscribe', { channels: [channel] });
    const jumps = (): number => {
      const rows = (under.client.data(channel) as { trade_seq: number }[][]).flat();
      return rows.filter(
        (row, at) => at > 0 && row.trade_seq !== (rows[at - 1]?.trade_seq ?? 0) + 1,
      ).length;
    };
    await under.ports.pass(10_000);
    assert.is(jumps(), 0);
    under.venue.faults.trip('trade_gap', { instrument: perpetual });
    await under.ports.pass(20_000);
    assert.is(jumps(), 1);
  });
});

market(
  'crossed_book: the client sees it crossed without a gap, and straight afterwards',
  async () => {
    await withVenue('virtual', {}, async (under) => {
      await under.ask('public/subscribe', { channels: [bookChannel] });
      await under.ports.pass(20);
      const fault = under.venue.faults.trip('crossed_book', { instrument: perpetual });
      await under.ports.pass(20);
      assert.ok(isCrossed(under));
      fault.end();
      await under.ports.pass(20);
      assert.not.ok(isCrossed(under));
      assert.is(gapsOf(under), 0);
    });
  },
);

market('empty_book: nobody quotes but customers, until makers come back', async () => {
  await alive('empty', async (under) => {
    await under.ask('public/subscribe', { channels: [bookChannel] });
    await under.ask('private/buy', { ...order, amount: 500_000, price: 84_000 });
    const fault = under.venue.faults.trip('empty_book', { instrument: perpetual });
    await under.ports.pass(2_000);
    assert.equal([...bookOf(under).bids.keys()], [84_000]);
    assert.is(bookOf(under).asks.size, 0);
    const market_ = { ...order, type: 'market', price: undefined };
    const { order: row } = (await under.ask('private/buy', market_)) as {
      order: { order_state: string; filled_amount: number };
    };
    assert.equal([row.order_state, row.filled_amount], ['cancelled', 0]);
    fault.end();
    await under.ports.pass(2_000);
    assert.ok(bookOf(under).asks.size > 10);
    assert.is(gapsOf(under), 0);
  });
});

market.run();
