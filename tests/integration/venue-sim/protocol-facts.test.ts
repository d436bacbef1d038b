/** Facts of the protocol that clients get wrong, and that no other test of the venue is about. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Hooks } from '../../../daemon/venue/faults/hooks.ts';
import { unreadBytesMax } from '../../../daemon/venue/options.ts';
import { Session } from '../../../daemon/venue/session.ts';
import { credentials, withVenue } from '../../fixtures/venue-sim/venues.ts';

const facts = suite('venue protocol facts');
const instrument_name = 'BTC-PERPETUAL';
type Row = Record<string, unknown>;

facts('replies of one connection may overtake each other, and are told apart by id', async () => {
  await withVenue('virtual', { orderingFreedoms: true, enforceLimits: false }, async (under) => {
    const { client, ports } = under;
    const replies = Array.from({ length: 60 }, () => client.call('public/get_time'));
    await ports.settle(Promise.all(replies));
    const ids = client.frames
      .map((text) => JSON.parse(text) as Row)
      .filter(({ result }) => typeof result === 'number')
      .map(({ id }) => Number(id));
    assert.is(ids.length, 60);
    assert.ok(
      ids.some((id, at) => id < (ids[at - 1] ?? 0)),
      'all came in order',
    );
  });
});

facts('the ticker of a change may arrive before its book frame', async () => {
  await withVenue('virtual', { orderingFreedoms: true }, async ({ ask, client, ports }) => {
    const channels = [`book.${instrument_name}.raw`, `ticker.${instrument_name}.raw`];
    await ask('public/subscribe', { channels });
    await ports.until(() => client.notes.length >= 2, 'the greetings');
    const before = client.notes.length;
    await ask('private/buy', { instrument_name, amount: 500, type: 'market' });
    await ports.until(() => client.notes.length >= before + 2, 'both');
    const [first, second] = client.notes.slice(before).map(({ params }) => params.channel);
    assert.equal([first, second], [channels[1], channels[0]]);
  });
});

facts('a request above 32 kB is -32600 and says so, and the connection lives on', async () => {
  await withVenue('virtual', {}, async ({ client, ports, ask }) => {
    const told: string[] = [];
    client.tolerant = (text) => told.push(text);
    const padding = 'x'.repeat(32 * 1_024);
    client.send(
      JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'public/test', params: { padding } }),
    );
    await ports.until(() => told.length === 1, 'the refusal');
    assert.match(told[0] ?? '', /"code":-32600,"message":"request entity too large"/);
    assert.equal(await ask('public/test', { padding: padding.slice(0, 30_000) }), {
      version: '1.2.26',
    });
  });
});

facts('a client that does not read is cut when too much is unread', async () => {
  await withVenue('virtual', {}, async ({ ports }) => {
    let bufferedBytes = 0;
    let cut = false;
    const sent: string[] = [];
    const socket = {
      get bufferedBytes() {
        return bufferedBytes;
      },
      isOpen: true,
      remoteAddress: '127.0.0.1',
      send: (data: string | Uint8Array) => sent.push(String(data)) > 0,
      ping: () => undefined,
      close: () => undefined,
      terminate: () => {
        cut = true;
      },
    };
    const session = new Session(1, socket, ports.server.clock, new Hooks());
    bufferedBytes = unreadBytesMax;
    session.notify('quote', 'read in time');
    assert.equal([sent.length, cut], [1, false]);
    bufferedBytes += 1;
    session.notify('quote', 'too late');
    assert.equal([sent.length, cut], [1, true]);
  });
});

facts(
  'instruments come without parameters; a perpetual is a future that ends in the year 3000',
  async () => {
    await withVenue('virtual', { authenticate: false }, async ({ ask }) => {
      const rows = (await ask('public/get_instruments')) as Row[];
      assert.equal(
        rows.map(({ kind }) => kind),
        ['future', 'option'],
      );
      const [perpetual, option] = rows as [Row, Row];
      assert.equal(
        [perpetual.settlement_period, perpetual.expiration_timestamp, perpetual.quote_currency],
        ['perpetual', 32_503_708_800_000, 'USD'],
      );
      assert.equal(
        [option.quote_currency, option.counter_currency, option.tick_size_steps],
        ['BTC', 'USD', [{ above_price: 0.005, tick_size: 0.0005 }]],
      );
      const status = (await ask('public/status')) as Row;
      assert.is(status.locked, 'false', 'a string');
    });
  },
);

facts(
  'an empty side is an empty list with amount 0, and its ticker is no crossed market',
  async () => {
    await withVenue('virtual', {}, async ({ ask, client, ports, venue }) => {
      venue.faults.trip('empty_book');
      const book = (await ask('public/get_order_book', { instrument_name })) as Row;
      assert.equal([book.bids, book.asks], [[], []]);
      assert.equal([book.best_bid_price, book.best_bid_amount, book.best_ask_amount], [0, 0, 0]);
      await ask('public/subscribe', { channels: [`book.${instrument_name}.raw`] });
      await ports.until(
        () => client.data(`book.${instrument_name}.raw`).length > 0,
        'the snapshot',
      );
      const [frame] = client.data(`book.${instrument_name}.raw`) as [Row];
      assert.equal([frame.type, frame.bids, frame.asks], ['snapshot', [], []]);
    });
  },
);

facts('a label is not unique: two orders carry it, and editing by it is 13032', async () => {
  await withVenue('virtual', {}, async ({ ask, call }) => {
    const order = { instrument_name, amount: 10, price: 79_000, label: 'twice' };
    await ask('private/buy', order);
    const alone = { label: 'twice', instrument_name, amount: 20, price: 79_000 };
    await ask('private/edit_by_label', alone);
    await ask('private/buy', order);
    assert.is((await call('private/edit_by_label', alone)).error?.code, 13_032);
    const any = await call('private/get_open_orders_by_label', { currency: 'any', label: 'twice' });
    assert.is(any.error?.code, -32_602);
    const both = await ask('private/get_order_state_by_label', { currency: 'BTC', label: 'twice' });
    assert.is((both as Row[]).length, 2);
  });
});

facts(
  'result shapes differ by method: an object with a list, a bare list, a bare number',
  async () => {
    await withVenue('virtual', {}, async ({ ask }) => {
      const { order, trades } = (await ask('private/buy', {
        instrument_name,
        amount: 100,
        type: 'market',
      })) as { order: Row; trades: Row[] };
      assert.is(trades.length, 1);
      const own = { order_id: order.order_id };
      assert.ok(Array.isArray(await ask('private/get_user_trades_by_order', own)));
      const wide = (await ask('private/get_user_trades_by_instrument', { instrument_name })) as Row;
      assert.equal(Object.keys(wide).sort(), ['has_more', 'trades']);
      assert.is(typeof trades[0]?.trade_id, 'string');
      assert.is(typeof trades[0]?.trade_seq, 'number');
      assert.is(trades[0]?.matching_id, null);
      await ask('private/buy', { instrument_name, amount: 10, price: 79_000 });
      const reports = (await ask('private/cancel_all', { detailed: true })) as Row[];
      assert.equal([reports.length, reports[0]?.instrument_name], [1, instrument_name]);
      assert.is(await ask('private/cancel_all'), 0);
      const flat = (await ask('private/get_position', {
        instrument_name: 'BTC-25DEC26-80000-C',
      })) as Row;
      assert.equal([flat.size, flat.direction], [0, 'zero']);
    });
  },
);

facts(
  'a spent order limit is refused per account, and other groups have credits of their own',
  async () => {
    const matchingLimit = { ratePerSecond: 1, burst: 3 };
    await withVenue('virtual', { matchingLimit }, async ({ client, ports, connect }) => {
      const second = await connect();
      const order = { instrument_name, amount: 10, price: 79_000 };
      for (let count = 0; count < 3; count += 1)
        assert.is((await ports.settle(client.call('private/buy', order))).error, undefined);
      const query = await ports.settle(second.call('private/get_open_orders', {}));
      assert.is((query.result as Row[]).length, 3);
      const over = await ports.settle(second.call('private/buy', order));
      assert.is(over.error?.code, 10_028);
      await ports.until(() => second.closed, 'the end of that session');
      assert.is(client.closed, false);
      assert.is((await ports.settle(client.call('public/auth', credentials))).error, undefined);
    });
  },
);

facts(
  'a slow engine lets eight requests of an account wait, and a cancel-all removes them',
  async () => {
    await withVenue(
      'virtual',
      { orderingFreedoms: false },
      async ({ client, ports, venue, ask }) => {
        const open = (await ask('private/buy', { instrument_name, amount: 10, price: 79_000 })) as {
          order: Row;
        };
        const slow = venue.faults.trip('slow_matching', { delay_ms: 1_000 });
        const codes = async (
          requests: Promise<{ error?: { code: number } }>[],
        ): Promise<unknown[]> =>
          (await ports.settle(Promise.all(requests))).map(({ error }) => error?.code ?? 'done');
        const order = { instrument_name, amount: 10, price: 79_000 };
        const nine = Array.from({ length: 9 }, () => client.call('private/buy', order));
        assert.equal(await codes(nine), [...Array<string>(8).fill('done'), 10_047]);
        const edit = { order_id: open.order.order_id, amount: 20, price: 79_000 };
        const overtaken = [
          client.call('private/edit', edit),
          client.call('private/edit', { ...edit, amount: 30 }),
        ];
        assert.equal(await codes(overtaken), [13_777, 'done']);
        const cancelled = [
          client.call('private/buy', order),
          client.call('private/cancel_all', {}),
        ];
        assert.equal(await codes(cancelled), [13_666, 'done']);
        assert.equal(await ask('private/get_open_orders'), []);
        slow.end();
        venue.faults.trip('slow_matching', { delay_ms: 6_000 });
        const late = client.call('private/buy', order);
        await ports.pass(5_500);
        assert.is((await late).error?.code, 10_050);
      },
    );
  },
);

facts.run();
