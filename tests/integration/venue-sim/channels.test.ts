/** Public channels: partial results, snapshots, chains, conflation, faults, and one seed one tape. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { generator } from '../../../daemon/venue/index.ts';
import { type VenueUnderTest, withVenue } from '../../fixtures/venue-sim/venues.ts';

const channels = suite('venue channels');

interface BookData {
  readonly type: string;
  readonly change_id: number;
  readonly prev_change_id?: number;
  readonly bids: [string, number, number][];
  readonly asks: [string, number, number][];
}

channels('unknown channels are left out without an error', async () => {
  await withVenue('production', {}, async ({ ask, call, connect }) => {
    const wanted = ['book.BTC-NOPE.raw', 'ticker.BTC-PERPETUAL.100ms', 'nonsense'];
    assert.equal(await ask('public/subscribe', { channels: wanted }), [
      'ticker.BTC-PERPETUAL.100ms',
    ]);
    assert.equal(await ask('public/subscribe', { channels: ['book.BTC-NOPE.raw'] }), []);
    assert.is((await call('public/subscribe', { channels: 'book' })).error?.code, -32602);
    const stranger = await connect(false);
    const raw = await stranger.call('public/subscribe', { channels: ['book.BTC-PERPETUAL.raw'] });
    assert.is(raw.error?.code, 13778);
    const hidden = await stranger.call('public/subscribe', {
      channels: ['user.orders.any.any.raw'],
    });
    assert.equal(hidden.result, []);
  });
});

channels('a snapshot has no prev_change_id and every level is new', async () => {
  await withVenue('production', {}, async ({ ask, client, ports }) => {
    await ask('public/subscribe', { channels: ['book.BTC-PERPETUAL.raw'] });
    await ports.until(() => client.data('book.BTC-PERPETUAL.raw').length > 0, 'the snapshot');
    const [snapshot] = client.data('book.BTC-PERPETUAL.raw') as BookData[];
    assert.is(snapshot?.type, 'snapshot');
    assert.not('prev_change_id' in (snapshot ?? {}));
    assert.equal(snapshot?.bids[0], ['new', 79_999, 10_000]);
    assert.is(snapshot?.bids.length, 5);
    const text = client.frames.find((frame) => frame.includes('"snapshot"')) ?? '';
    assert.ok(
      text.includes('["new",79999.0,1.0e4]'),
      'numbers are spelled as the venue spells them',
    );
  });
});

channels(
  'raw and aggregated books chain without a gap for a minute of a lively market',
  async () => {
    await withVenue(
      'virtual',
      { source: generator('chain') },
      async ({ ask, client, connect, ports, venue }) => {
        const names = [
          'BTC-PERPETUAL',
          'ETH-PERPETUAL',
          ...venue.engine.markets.slice(4, 12).map((market) => market.product.name),
        ];
        const wanted = names.flatMap((name) => [`book.${name}.raw`, `book.${name}.100ms`]);
        await ask('public/subscribe', { channels: wanted });
        await ports.pass(30_000);
        const late = await connect();
        await ports.settle(late.call('public/subscribe', { channels: wanted }));
        await ports.pass(30_000);
        for (const channel of wanted) {
          assertChain(channel, client.data(channel) as BookData[]);
          assertChain(channel, late.data(channel) as BookData[]);
        }
        const frames = client.data('book.BTC-PERPETUAL.raw').length;
        assert.ok(frames > 400, `a lively book, not ${frames} frames a minute`);
        const steps = (client.data('book.BTC-PERPETUAL.raw') as BookData[]).map(
          (frame) => frame.change_id - (frame.prev_change_id ?? 0),
        );
        assert.ok(
          steps.some((step) => step > 1),
          'change ids jump',
        );
      },
    );
  },
);

/** Applies a chain to an empty book: contiguous, consistent actions, never crossed. */
function assertChain(channel: string, frames: readonly BookData[]): void {
  const sides = { bids: new Map<number, number>(), asks: new Map<number, number>() };
  let last: number | undefined;
  for (const frame of frames) {
    if (frame.type === 'snapshot') {
      sides.bids.clear();
      sides.asks.clear();
    } else assert.is(frame.prev_change_id, last, `${channel} has a gap`);
    last = frame.change_id;
    for (const name of ['bids', 'asks'] as const) {
      for (const [action, price, amount] of frame[name]) {
        assert.is(sides[name].has(price), action !== 'new', `${channel}: ${action} at ${price}`);
        if (action === 'delete') sides[name].delete(price);
        else sides[name].set(price, amount);
      }
    }
    const bid = Math.max(...sides.bids.keys(), Number.NEGATIVE_INFINITY);
    const ask = Math.min(...sides.asks.keys(), Number.POSITIVE_INFINITY);
    assert.ok(bid < ask, `${channel} is crossed`);
  }
  assert.ok(frames.length > 1, `${channel} is silent`);
}

channels('one seed gives one tape, byte for byte', async () => {
  const tapes = [await tapeOf('7'), await tapeOf('7'), await tapeOf('8')];
  assert.ok((tapes[0]?.length ?? 0) > 500);
  assert.equal(tapes[0], tapes[1]);
  assert.not.equal(tapes[0], tapes[2]);
});

async function tapeOf(seed: string): Promise<string[]> {
  let tape: string[] = [];
  await withVenue(
    'virtual',
    { source: generator(seed), seed },
    async ({ ask, client, ports }: VenueUnderTest) => {
      const wanted = [
        'book.BTC-PERPETUAL.raw',
        'trades.any.any.raw',
        'ticker.ETH-PERPETUAL.100ms',
        'deribit_price_index.btc_usd',
      ];
      await ask('public/subscribe', { channels: wanted });
      await ports.pass(20_000);
      tape = client.frames.filter((frame) => frame.includes('"subscription"'));
    },
  );
  return tape;
}

channels(
  'a skipped change id shows as a gap, and subscribing again gives a new snapshot',
  async () => {
    await withVenue(
      'virtual',
      { source: generator('gap') },
      async ({ ask, client, ports, venue }) => {
        const channel = 'book.BTC-PERPETUAL.raw';
        await ask('public/subscribe', { channels: [channel] });
        await ports.pass(1_000);
        venue.faults.skipChangeIds('BTC-PERPETUAL');
        await ports.pass(2_000);
        const frames = client.data(channel) as BookData[];
        const gaps = frames.filter(
          (frame, at) => at > 0 && frame.prev_change_id !== frames[at - 1]?.change_id,
        );
        assert.is(gaps.length, 1);
        await ask('public/unsubscribe', { channels: [channel] });
        await ask('public/subscribe', { channels: [channel] });
        await ports.pass(10);
        assert.is(
          (client.data(channel) as BookData[]).filter((frame) => frame.type === 'snapshot').length,
          2,
        );
      },
    );
  },
);

channels('a frozen feed is silent while requests are still answered', async () => {
  await withVenue(
    'virtual',
    { source: generator('frozen') },
    async ({ ask, client, ports, venue }) => {
      await ask('public/subscribe', { channels: ['ticker.BTC-PERPETUAL.raw'] });
      await ports.pass(1_000);
      venue.faults.trip('frozen_feed');
      const before = client.notes.length;
      await ports.pass(5_000);
      assert.is(client.notes.length, before);
      assert.ok(Number.isInteger(await ask('public/get_time')));
    },
  );
});

channels('the default market is deep, tight and alive', async () => {
  await withVenue(
    'virtual',
    { source: generator('depth') },
    async ({ ask, client, ports, venue }) => {
      await ask('public/subscribe', { channels: ['trades.BTC-PERPETUAL.raw'] });
      for (let second = 0; second < 60; second += 1) {
        await ports.pass(1_000);
        for (const name of ['BTC-PERPETUAL', 'ETH-PERPETUAL']) {
          const market = venue.engine.market(name);
          const bid = market.bestPrice('buy');
          const ask_ = market.bestPrice('sell');
          assert.ok((ask_ - bid) / bid <= 0.0005, `${name} spread ${bid}/${ask_}`);
          for (const side of ['buy', 'sell'] as const) {
            const shown = market.displayed(side);
            const top = shown.prices.slice(-5).reduce((sum, ticks) => sum + shown.lotsAt(ticks), 0);
            const usd = top * Number(market.product.instrument.row.lot_size);
            assert.ok(usd >= 1_000_000, `${name} ${side} top five hold ${usd} USD`);
          }
        }
      }
      const trades = (client.data('trades.BTC-PERPETUAL.raw') as { trade_seq: number }[][]).flat();
      assert.ok(trades.length > 40, `${trades.length} trades a minute`);
      for (let at = 1; at < trades.length; at += 1)
        assert.is(trades[at]?.trade_seq, (trades[at - 1]?.trade_seq ?? 0) + 1);
    },
  );
});

channels('a depth-limited book is whole in every frame, as pairs', async () => {
  await withVenue(
    'virtual',
    { source: generator('depth-limited') },
    async ({ ask, client, ports }) => {
      const channel = 'book.BTC-PERPETUAL.none.10.100ms';
      assert.equal(
        await ask('public/subscribe', { channels: [channel, 'book.BTC-PERPETUAL.none.7.100ms'] }),
        [channel],
      );
      await ports.pass(2_000);
      const frames = client.data(channel) as {
        bids: number[][];
        asks: number[][];
        change_id: number;
      }[];
      assert.ok(frames.length > 5);
      for (const frame of frames) {
        assert.equal([frame.bids.length, frame.asks.length, frame.bids[0]?.length], [10, 10, 2]);
        assert.not('type' in frame);
      }
    },
  );
});

channels(
  'conflated order channels carry arrays, and a label travels with its channel',
  async () => {
    await withVenue('virtual', {}, async ({ ask, client, ports }) => {
      const channel = 'user.orders.BTC-PERPETUAL.100ms';
      await ask('private/subscribe', { channels: [channel], label: 'mine' });
      const order = { instrument_name: 'BTC-PERPETUAL', amount: 100, price: 79_000 };
      await ask('private/buy', order);
      await ask('private/buy', order);
      await ports.pass(200);
      const notes = client.notes.filter((note) => note.params.channel === channel);
      assert.equal(
        notes.map((note) => (note.params.data as unknown[]).length),
        [2],
      );
      assert.is(notes[0]?.params.label, 'mine');
    });
  },
);

channels('a maintenance locks the platform, says so, and refuses private requests', async () => {
  await withVenue('virtual', {}, async ({ ask, call, client, ports, venue }) => {
    await ask('public/subscribe', { channels: ['platform_state'] });
    venue.setMaintenance(true);
    await ports.pass(10);
    assert.equal(client.data('platform_state'), [{ price_index: 'btc_usd', locked: true }]);
    assert.equal(await ask('public/status'), { locked: 'true', locked_indices: [] });
    assert.is((await call('private/get_open_orders')).error?.code, 11051);
    venue.setMaintenance(false);
    assert.equal(await ask('private/get_open_orders'), []);
  });
});

channels.run();
