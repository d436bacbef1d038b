import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { HoldfastError } from '../../../streams/facts/errors.ts';
import type { BookEvent, MarketEvent } from '../../../streams/facts/market.ts';
import { importRecordings, type WorldProvenance } from '../../../streams/worlds/index.ts';
import { type OracleFixture, withOracle } from '../../fixtures/worlds/oracle.ts';
import {
  coinmDiff,
  coinmSnapshot,
  coinmTape,
  coinmTicker,
  coinmTrade,
  gzipped,
} from '../../fixtures/worlds/tapes.ts';

const coinm = suite('COIN-M import');

interface Imported {
  readonly events: MarketEvent[];
  readonly provenance: WorldProvenance;
}

async function importBytes(
  oracle: OracleFixture,
  bytes: Buffer,
  options: { as?: string; skipMalformed?: number } = {},
): Promise<Imported> {
  const path = join(oracle.scratch, 'tape.gz');
  writeFileSync(path, bytes);
  const events: MarketEvent[] = [];
  const { skipMalformed = 0, as = 'BTC-PERPETUAL' } = options;
  const request = { format: 'binance-coinm' as const, sources: [{ path, as }], skipMalformed };
  const sink = { append: (event: MarketEvent) => events.push(event) };
  const result = await importRecordings(oracle.disk, request, sink);
  return { events, provenance: result.provenance({}) };
}

const importLines = (lines: readonly string[], skipMalformed = 0): Promise<Imported> =>
  withOracle((oracle) => importBytes(oracle, gzipped(lines), { skipMalformed }));

async function refusal(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
  } catch (thrown) {
    if (thrown instanceof HoldfastError) return `${thrown.code}: ${thrown.message}`;
    throw thrown;
  }
  return 'nothing thrown';
}

const booksOf = (imported: Imported): BookEvent[] =>
  imported.events.filter((event): event is BookEvent => event.type === 'book');

coinm(
  'folds the spanning diff into the snapshot, so that the chain holds from its first link',
  async () => {
    const [first, second, ...rest] = booksOf(await importLines(coinmTape()));
    assert.is(rest.length, 0);
    assert.is(first?.frame, 'snapshot');
    assert.is(first?.changeId, 120);
    assert.is(first?.prevChangeId, -1);
    assert.equal(first?.bids, [300_000, 6, 299_999, 7], 'best first, with the diff applied');
    assert.equal(first?.asks, [300_002, 9], 'the deleted ask is gone');
    assert.is(second?.prevChangeId, 120);
    assert.is(second?.changeId, 133);
  },
);

coinm('counts the diffs the snapshot already holds', async () => {
  const { provenance } = await importLines(coinmTape());
  assert.is(provenance.left_out['depth diffs that end before the REST snapshot'], 1);
  assert.is(provenance.left_out['depth diffs folded into the REST snapshot'], 1);
});

coinm('joins at a diff that begins after the snapshot when its predecessor does not', async () => {
  const tape = [coinmSnapshot(0, 115), coinmDiff(5, { u: 140, pu: 112 })];
  assert.is(booksOf(await importLines(tape))[0]?.changeId, 140);
});

coinm('refuses a tape whose diffs leave a gap to the snapshot', async () => {
  const tape = [coinmSnapshot(0, 115), coinmDiff(5, { u: 140, pu: 118 })];
  assert.match(await refusal(importLines(tape)), /^IMPORT_INVALID: tape.gz line 2: .*leaves a gap/);
});

coinm('refuses a tape without a snapshot', async () => {
  const tape = [coinmDiff(5, { u: 140, pu: 118 })];
  assert.match(await refusal(importLines(tape)), /no REST snapshot joins/);
});

coinm('derives mark and index from the bookTicker alone and says so', async () => {
  const imported = await importLines(coinmTape());
  const tickers = imported.events.filter((event) => event.type === 'ticker');
  assert.equal(
    tickers.map(({ markFloat, indexFloat, lastFloat }) => [markFloat, indexFloat, lastFloat]),
    [
      [30_000.05, 30_000.05, null],
      [30_000.05, 30_000.05, 30_000.1],
    ],
  );
  assert.match(imported.provenance.derived['ticker.mark_price'] ?? '', /no mark price/);
  const repeats = 'bookTicker frames that repeat time, mid and last price of an earlier one';
  assert.is(imported.provenance.left_out[repeats], 1);
});

coinm('takes trades with the taker side, engine time and receive time', async () => {
  const { events } = await importLines(coinmTape());
  const trade = events.find((event) => event.type === 'trade');
  assert.is(trade?.tradeId, '900');
  assert.is(trade?.priceTicks, 300_001);
  assert.is(trade?.lots, 3);
  assert.is(trade?.side, 'sell', 'the buyer was the maker');
  assert.is(trade?.tsUs, 1_700_000_000_021_000);
  assert.is(trade?.receivedUs, 1_700_000_000_021_123);
});

coinm('leaves out trades that never met the book', async () => {
  const { provenance } = await importLines([...coinmTape(), coinmTrade(40, 901, '0', 'NA')]);
  assert.is(provenance.left_out['trades outside the order book (insurance fund, ADL)'], 1);
});

coinm('carries the contract of the tape: its own tick and lot', async () => {
  const { events } = await importLines(coinmTape());
  const row = events[0]?.instrument.row;
  assert.equal([row?.tick_size, row?.lot_size, row?.contract_size], ['0.1', '100', '100']);
  assert.equal([row?.kind, row?.margin], ['perpetual', 'inverse']);
});

coinm('refuses what is off the tick, naming the line', async () => {
  const tape = [...coinmTape(), coinmTicker(41, '30000.05', '30000.1')];
  assert.match(await refusal(importLines(tape)), /^IMPORT_INVALID: tape.gz line 9: bid 30000.05/);
});

coinm('refuses lines of every malformed kind, naming the line', async () => {
  const lines = [
    'garbage',
    '1700000000000123456 {"cut',
    '1700000000000123456 []',
    '1700000000000123456 {"stream":"x"}',
    coinmTrade(1, 1, '30000.1').replace('BTCUSD_PERP', 'ETHUSD_PERP'),
    coinmTrade(1, 1, '30000.1').replace('"e":"trade"', '"e":"kline"'),
    coinmTrade(1, 1, '30000.1').replace('"q":"3"', '"q":"2.5"'),
    coinmTrade(1, 1, '30000.1').replace('"t":1,', '"t":1.5,'),
  ];
  for (const line of lines) {
    const refused = await refusal(importLines([...coinmTape(), line]));
    assert.match(refused, /^IMPORT_INVALID: tape.gz line 9: /, line);
  }
});

coinm('tolerates as many malformed lines as it is told, and lists them', async () => {
  const tape = ['garbage', ...coinmTape(), 'more'];
  const { provenance } = await importLines(tape, 2);
  assert.is(provenance.skipped_lines, 2);
  assert.equal(
    provenance.skipped.map(({ line }) => line),
    [1, 10],
  );
  assert.match(await refusal(importLines(tape, 1)), /line 10: .*more than the 1 malformed lines/);
});

coinm('refuses a torn gzip file', () =>
  withOracle(async (oracle) => {
    const whole = gzipped(coinmTape());
    for (const length of [whole.length - 9, Math.floor(whole.length / 2), 12]) {
      const refused = await refusal(importBytes(oracle, whole.subarray(0, length)));
      assert.match(refused, /^IMPORT_INVALID: tape.gz: it is not a whole gzip file/);
    }
  }),
);

coinm('refuses a tape that becomes no perpetual it knows', () =>
  withOracle(async (oracle) => {
    const tape = gzipped(coinmTape());
    for (const as of ['', 'DOGE-PERPETUAL', 'BTC-27DEC24']) {
      assert.match(await refusal(importBytes(oracle, tape, { as })), /^IMPORT_INVALID: --as/);
    }
  }),
);

coinm('reads an uncompressed tape as well, with or without a last line feed', () =>
  withOracle(async (oracle) => {
    const text = coinmTape().join('\n');
    const { events } = await importBytes(oracle, Buffer.from(text));
    assert.is(events.length, (await importBytes(oracle, gzipped(coinmTape()))).events.length);
  }),
);

coinm.run();
