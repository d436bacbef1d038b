/**
 * Label parser, venue codec, profile parser and journal under damage of any kind: no crash, no hang,
 * every refusal has a code, and nothing damaged passes as what it was not.
 */
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { buildLabel, parseLabel } from '../../../actors/execution/label.ts';
import { openJournalReader, verifyJournal } from '../../../streams/journal/index.ts';
import { decodeOrder, decodeUserTrade } from '../../../streams/venues/deribit/codec/orders.ts';
import { recordFrames } from '../../fixtures/frame-recorder.ts';
import { casesOf, codeOf, damaged, damages } from '../../fixtures/hostile.ts';
import { optionInstrument, perpetualInstrument } from '../../fixtures/instruments.ts';
import { journalDirectory, openSmall, record } from '../../fixtures/journals.ts';
import { type MemoryDisk, memoryDisk } from '../../fixtures/memory-disk.ts';
import { loadEdited } from '../../fixtures/system/configuration.ts';

const fuzz = suite('parsers under damage');

const instruments = [perpetualInstrument(), optionInstrument()];
const hex = (length: number) => fc.stringMatching(new RegExp(`^[0-9a-f]{${length}}$`));

fuzz('a label parses exactly when it is one of ours, and then to its parts', () => {
  const label = fc
    .tuple(fc.string({ minLength: 1 }), hex(64), fc.nat(999_999_999), hex(64))
    .map(([strategy, group, leg, intent]) => buildLabel(strategy, group, leg, intent));
  fc.assert(
    fc.property(label, damages, (text, injuries) => {
      const parts = parseLabel(text);
      assert.ok(parts !== undefined, text);
      const hurt = damaged(Buffer.from(text), injuries).toString('utf8');
      const read = parseLabel(hurt);
      if (read === undefined) return;
      const { strategy8, group12, legIdx, intent16 } = read;
      const canonical = /^\d+$/.exec(hurt.split(':')[3] ?? '') !== null && legIdx <= 999_999_999;
      assert.ok(canonical && hurt.startsWith(`hf1:${strategy8}:${group12}:`), hurt);
      assert.ok(hurt.endsWith(`:${intent16}`) && hurt.length <= 64, hurt);
    }),
    casesOf(2_000),
  );
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 100 }), (text) => {
      assert.is(parseLabel(text), undefined);
    }),
    casesOf(1_000),
  );
});

const orderRow = {
  order_id: 'O-1',
  instrument_name: 'BTC-PERPETUAL',
  label: 'hf1:b1a030f3:c7ac7c823279:0:3a7a3933f7ddce7c',
  order_state: 'open',
  direction: 'buy',
  price: 85_000.5,
  amount: 100,
  filled_amount: 0,
  reduce_only: false,
  post_only: false,
  time_in_force: 'good_til_cancelled',
  creation_timestamp: 1_791_120_409_417,
  last_update_timestamp: 1_791_120_409_418,
};
const tradeRow = {
  trade_id: 'T-1',
  trade_seq: 7,
  order_id: 'O-1',
  instrument_name: 'BTC-PERPETUAL',
  direction: 'sell',
  price: 85_000.5,
  amount: 100,
  fee: -0.000_001,
  fee_currency: 'BTC',
  liquidity: 'M',
  timestamp: 1_791_120_409_417,
  mark_price: 85_000.1,
  index_price: 85_000,
};
const notified = (channel: string, data: unknown): string =>
  JSON.stringify({ jsonrpc: '2.0', method: 'subscription', params: { channel, data } });
const book = {
  timestamp: 1_791_120_409_417,
  type: 'change',
  prev_change_id: 7,
  change_id: 9,
  instrument_name: 'BTC-PERPETUAL',
  bids: [['new', 85_217.5, 2_000]],
  asks: [['delete', 85_218, 0]],
};
const frames = [
  notified('book.BTC-PERPETUAL.raw', book),
  notified('book.BTC-PERPETUAL.100ms', { ...book, type: 'snapshot' }),
  notified('user.orders.any.any.raw', orderRow),
  notified('user.trades.any.any.raw', [tradeRow]),
  notified('trades.BTC-PERPETUAL.raw', [{ ...tradeRow, tick_direction: 0, liquidity: undefined }]),
  notified('ticker.BTC-PERPETUAL.raw', { ...book, mark_price: 1, index_price: 1, state: 'open' }),
  JSON.stringify({ jsonrpc: '2.0', id: 7, result: { order: orderRow, trades: [tradeRow] } }),
  JSON.stringify({ jsonrpc: '2.0', id: 7, error: { code: 10_009, message: 'not_enough_funds' } }),
  JSON.stringify({ jsonrpc: '2.0', method: 'heartbeat', params: { type: 'test_request' } }),
];

fuzz('a damaged frame never throws, and prices and amounts stay whole ticks and lots', () => {
  fc.assert(
    fc.property(fc.constantFrom(...frames), damages, (text, injuries) => {
      const seen = recordFrames(instruments);
      seen.decode(damaged(Buffer.from(text), injuries).toString('utf8'));
      for (const event of seen.market) {
        if (event.type !== 'book') continue;
        for (const count of [...event.bids, ...event.asks]) assert.ok(Number.isSafeInteger(count));
      }
    }),
    casesOf(5_000),
  );
});

fuzz(
  'frames nested a thousand times deep, or a hundred kilobytes of one digit, are refused',
  () => {
    for (const text of [
      '['.repeat(100_000),
      `${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}`,
      `{"jsonrpc":"2.0","id":${'9'.repeat(100_000)},"result":1}`,
      notified('book.BTC-PERPETUAL.raw', book).replace('85217.5', '8'.repeat(100_000)),
    ]) {
      const seen = recordFrames(instruments);
      seen.decode(text);
      assert.is(seen.market.length, 0);
    }
  },
);

const find = (name: string) => instruments.find((instrument) => instrument.name === name);

fuzz('an order or trade with any field replaced is decoded or refused by code', () => {
  const value = fc.oneof(fc.anything({ maxDepth: 2 }), fc.string(), fc.double(), fc.bigInt());
  const change = fc.tuple(fc.constantFrom(...Object.keys({ ...orderRow, ...tradeRow })), value);
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 3 }), (changes) => {
      const own = Object.fromEntries(changes);
      codeOf(() => {
        const order = decodeOrder({ ...orderRow, ...own }, find);
        assert.ok(Number.isSafeInteger(order.lots) && order.lots >= 0, String(order.lots));
        assert.ok(order.filledLots >= 0 && Number.isSafeInteger(order.priceTicks));
      });
      codeOf(() => {
        const trade = decodeUserTrade({ ...tradeRow, ...own }, find);
        assert.ok(Number.isSafeInteger(trade.lots) && trade.lots > 0, String(trade.lots));
      });
    }),
    casesOf(4_000),
  );
});

fuzz('a trade of nothing, or of less, and an order below zero are refused', () => {
  for (const amount of [0, -0, -100]) {
    assert.is(
      codeOf(() => decodeUserTrade({ ...tradeRow, amount }, find)),
      'VENUE_PROTOCOL',
    );
  }
  for (const own of [{ amount: -100 }, { filled_amount: -100 }]) {
    assert.is(
      codeOf(() => decodeOrder({ ...orderRow, ...own }, find)),
      'VENUE_PROTOCOL',
    );
  }
});

fuzz('a damaged profile or policy loads, or is refused with CONFIG_ codes', () => {
  const which = fc.constantFrom('profile' as const, 'policy' as const);
  fc.assert(
    fc.property(which, damages, (file, injuries) => {
      const code = codeOf(() =>
        loadEdited(
          () => undefined,
          {},
          (texts) => {
            texts[file] = damaged(Buffer.from(texts[file]), injuries).toString('utf8');
          },
        ),
      );
      assert.match(code, /^(ok|CONFIG_[A-Z_]+)$/);
    }),
    casesOf(150),
  );
});

async function smallJournal(): Promise<{ disk: MemoryDisk; texts: string[] }> {
  const disk = memoryDisk();
  const journal = await openSmall(disk);
  const texts = Array.from({ length: 60 }, (_, at) => `${at} ${'x'.repeat((at * 37) % 900)}`);
  for (const text of texts) await journal.stream('ledger').append(record(text));
  await journal.close();
  return { disk, texts };
}

fuzz(
  'a damaged journal hands out what was written, or stops with a code; never anything else',
  async () => {
    const { disk, texts } = await smallJournal();
    const paths = disk.paths().filter((path) => path.includes('/ledger/'));
    assert.ok(paths.length > 1);
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...paths), damages, async (path, injuries) => {
        const hurt = disk.kill();
        hurt.writeFileAtomic(path, damaged(hurt.bytesOf(path), injuries));
        const seen: string[] = [];
        const door = openJournalReader(hurt, journalDirectory);
        codeOf(() => {
          for (const { offset, bytes } of door.stream('ledger').read(0)) {
            assert.is(offset, seen.length);
            seen.push(Buffer.from(bytes).toString('utf8'));
          }
        });
        door.close();
        assert.equal(seen, texts.slice(0, seen.length));
        codeOf(() => verifyJournal(hurt, journalDirectory, { from: 'zero' }));
        try {
          await (await openSmall(hurt)).close();
        } catch (error) {
          assert.match(
            codeOf(() => thrown(error)),
            /^JOURNAL_/,
          );
        }
      }),
      casesOf(300),
    );
  },
);

function thrown(error: unknown): never {
  throw error;
}

fuzz.run();
