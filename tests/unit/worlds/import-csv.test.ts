import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { HoldfastError } from '../../../streams/facts/errors.ts';
import type { MarketEvent } from '../../../streams/facts/market.ts';
import { importRecordings, type WorldProvenance } from '../../../streams/worlds/index.ts';
import { withOracle } from '../../fixtures/worlds/oracle.ts';
import { gzipped } from '../../fixtures/worlds/tapes.ts';

const csv = suite('tardis-style CSV import');

interface Imported {
  readonly events: MarketEvent[];
  readonly provenance: WorldProvenance;
}

function importFiles(...files: readonly string[][]): Promise<Imported> {
  return withOracle(async (oracle) => {
    const sources = files.map((lines, i) => {
      const path = join(oracle.scratch, `file-${i + 1}.csv.gz`);
      writeFileSync(path, gzipped(lines));
      return { path };
    });
    const events: MarketEvent[] = [];
    const sink = { append: (event: MarketEvent) => events.push(event) };
    const result = await importRecordings(oracle.disk, { format: 'tardis-csv', sources }, sink);
    return { events, provenance: result.provenance({}) };
  });
}

async function refusal(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
  } catch (thrown) {
    if (thrown instanceof HoldfastError) return `${thrown.code}: ${thrown.message}`;
    throw thrown;
  }
  return 'nothing thrown';
}

const startUs = 1_700_000_000_000_000;
const row = (atUs: number, ...cells: readonly string[]): string =>
  ['deribit', 'BTC-PERPETUAL', startUs + atUs, startUs + atUs + 900, ...cells].join(',');

const bookHeader = 'exchange,symbol,timestamp,local_timestamp,is_snapshot,side,price,amount';
const book = [
  bookHeader,
  row(0, 'false', 'bid', '30000', '10'),
  row(5, 'true', 'bid', '30000', '100'),
  row(5, 'true', 'bid', '29999.5', '20'),
  row(5, 'true', 'ask', '30000.5', '40'),
  row(9, 'false', 'ask', '30000.5', '0'),
];
const trades = [
  'exchange,symbol,timestamp,local_timestamp,id,side,price,amount',
  row(7, 'a-1', 'buy', '30000.5', '10'),
  row(8, 'a-2', 'unknown', '30000.5', '10'),
];
const tickers = [
  'exchange,symbol,timestamp,local_timestamp,funding_timestamp,funding_rate,predicted_funding_rate,open_interest,last_price,index_price,mark_price',
  row(1, '', '', '', '', '', '', ''),
  row(2, '', '0.0001', '', '5000', '', '30001.25', '30000.75'),
];

csv('makes one frame of the rows of one message, and counts the ids', async () => {
  const { events, provenance } = await importFiles(book);
  const frames = events.map(
    (event) => event.type === 'book' && [event.frame, event.changeId, event.prevChangeId],
  );
  assert.equal(frames, [
    ['snapshot', 1, -1],
    ['change', 2, 1],
  ]);
  const [snapshot, change] = events;
  assert.ok(snapshot?.type === 'book' && change?.type === 'book');
  assert.equal(
    [snapshot.bids, snapshot.asks],
    [
      [60_000, 10, 59_999, 2],
      [60_001, 4],
    ],
  );
  assert.equal([change.bids, change.asks], [[], [60_001, 0]]);
  assert.equal([snapshot.tsUs, snapshot.receivedUs], [startUs + 5, startUs + 905]);
  assert.is(provenance.left_out['book rows before the first snapshot of their instrument'], 1);
  assert.match(provenance.derived['book.change_id'] ?? '', /no venue ids/);
});

csv('takes trades and tickers, and leaves out what has no side or no mark', async () => {
  const { events, provenance } = await importFiles(trades, tickers);
  const [trade, ticker] = events;
  assert.ok(trade?.type === 'trade' && ticker?.type === 'ticker');
  assert.equal([trade.tradeId, trade.tradeSeq, trade.side, trade.lots], ['a-1', 1, 'buy', 1]);
  assert.equal(
    [ticker.markFloat, ticker.indexFloat, ticker.lastFloat],
    [30_000.75, 30_001.25, null],
  );
  assert.is(provenance.left_out['trades without a known taker side'], 1);
  assert.is(provenance.left_out['tickers without mark or index price'], 1);
});

csv('refuses unknown headers, torn rows and bad cells, naming the line', async () => {
  assert.match(await refusal(importFiles(['a,b,c'])), /file-1.csv.gz line 1: not the header/);
  const bad = [
    row(10, 'false', 'ask', '30000.5'),
    row(10, 'false', 'mid', '30000.5', '10'),
    row(10, 'maybe', 'ask', '30000.5', '10'),
    row(10, 'false', 'ask', 'x', '10'),
    row(10, 'false', 'ask', '', '10'),
    row(10, 'false', 'ask', '30000.5', '10').replace(String(startUs + 10), '12'),
  ];
  for (const line of bad) {
    const refused = await refusal(importFiles([...book, line]));
    assert.match(refused, /^IMPORT_INVALID: file-1.csv.gz line 7: /, line);
  }
});

csv.run();
