import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { HoldfastError } from '../../../streams/facts/errors.ts';
import type { MarketEvent } from '../../../streams/facts/market.ts';
import { importRecordings, type WorldProvenance } from '../../../streams/worlds/index.ts';
import { withOracle } from '../../fixtures/worlds/oracle.ts';
import {
  deribitBook,
  deribitLine,
  deribitList,
  deribitTicker,
  deribitTrades,
  optionRow,
} from '../../fixtures/worlds/tapes.ts';

const deribit = suite('Deribit import');

const name = 'BTC-29DEC23-30000-C';

interface Imported {
  readonly events: MarketEvent[];
  readonly provenance: WorldProvenance;
}

function importLines(
  lines: readonly string[],
  options: { list?: string; skipMalformed?: number } = {},
): Promise<Imported> {
  return withOracle(async (oracle) => {
    const path = join(oracle.scratch, 'capture.txt');
    writeFileSync(path, `${lines.join('\n')}\n`);
    const listPath = join(oracle.scratch, 'list.txt');
    if (options.list !== undefined) writeFileSync(listPath, options.list);
    const events: MarketEvent[] = [];
    const request = {
      format: 'deribit-raw' as const,
      sources: [{ path }],
      skipMalformed: options.skipMalformed ?? 0,
      ...(options.list === undefined ? {} : { instrumentsPath: listPath }),
    };
    const sink = { append: (event: MarketEvent) => events.push(event) };
    const result = await importRecordings(oracle.disk, request, sink);
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

const snapshot = deribitBook(0, name, {
  type: 'snapshot',
  change_id: 0,
  bids: [['new', 0.05, 1.2]],
  asks: [['new', 5.15e-2, 1.0e1]],
});
const change = deribitBook(5, name, {
  type: 'change',
  change_id: 28_994_838_024,
  prev_change_id: 0,
  bids: [['delete', 0.05, 0.0]],
});

deribit('takes snapshots and changes with the venue ids, change id 0 included', async () => {
  const { events } = await importLines([snapshot, change]);
  const [first, second] = events;
  assert.ok(first?.type === 'book' && second?.type === 'book');
  assert.equal([first.frame, first.changeId, first.prevChangeId], ['snapshot', 0, -1]);
  assert.equal(
    [first.bids, first.asks],
    [
      [100, 12],
      [103, 100],
    ],
  );
  assert.equal([second.frame, second.changeId, second.prevChangeId], ['change', 28_994_838_024, 0]);
  assert.equal([second.bids, second.asks], [[100, 0], []]);
  assert.is(first.receivedUs, 1_700_000_000_000_000);
});

deribit('takes frames without a type, and snapshots that spell the predecessor null', async () => {
  const bare = deribitBook(0, name, { change_id: 7, prev_change_id: null });
  const next = deribitBook(1, name, { change_id: 8, prev_change_id: 7 });
  const { events } = await importLines([bare, next]);
  assert.equal(
    events.map((event) => event.type === 'book' && event.frame),
    ['snapshot', 'change'],
  );
});

deribit('takes tickers with absent fields as null', async () => {
  const { events } = await importLines([deribitTicker(0, name)]);
  const [ticker] = events;
  assert.ok(ticker?.type === 'ticker');
  assert.is(ticker.markFloat, 0.0512);
  assert.is(ticker.lastFloat, null);
  assert.is(ticker.funding8hFloat, null);
  assert.is(ticker.greeks?.thetaFloat, -9.25);
});

deribit('takes every trade of a frame', async () => {
  const { events } = await importLines([deribitTrades(0, name, [0.05, 0.0505])]);
  assert.equal(
    events.map((event) => event.type === 'trade' && [event.tradeId, event.priceTicks, event.lots]),
    [
      ['900', 100, 3],
      ['901', 101, 3],
    ],
  );
});

deribit('takes rows from an instrument list, and infers those that are missing', async () => {
  const other = 'BTC-27DEC24-100000-P';
  const list = deribitList([optionRow(name, 0.0001)]);
  const { events, provenance } = await importLines([snapshot, deribitTicker(1, other)], { list });
  assert.is(events[0]?.instrument.row.tick_size, '0.0001');
  assert.equal(Object.keys(provenance.inferred), [other]);
  const row = events[1]?.instrument.row;
  assert.equal([row?.tick_size, row?.lot_size, row?.strike], ['0.0005', '0.1', '100000']);
  assert.is(row?.expiry_us, Date.UTC(2024, 11, 27, 8) * 1_000);
  assert.equal([row?.option_type, row?.margin], ['put', 'inverse']);
});

deribit('takes rows from replies inside the capture', async () => {
  const { provenance } = await importLines([snapshot, deribitList([optionRow(name, 0.0005)])]);
  assert.equal(provenance.inferred, {});
});

deribit('narrows an inferred tick until the observed prices fit', async () => {
  const fine = deribitBook(0, name, {
    type: 'snapshot',
    change_id: 1,
    bids: [['new', 0.0503, 0.1]],
  });
  const { events, provenance } = await importLines([fine]);
  assert.is(events[0]?.instrument.row.tick_size, '0.0001');
  assert.match(provenance.inferred[name] ?? '', /narrowed/);
});

deribit('refuses a price off a listed tick, naming the line', async () => {
  const fine = deribitBook(0, name, {
    type: 'snapshot',
    change_id: 1,
    bids: [['new', 0.0503, 0.1]],
  });
  const list = deribitList([optionRow(name, 0.0005)]);
  const refused = await refusal(importLines([snapshot, fine], { list }));
  assert.match(refused, /^IMPORT_INVALID: capture.txt line 2: price 0.0503 is not a multiple/);
});

deribit('refuses an instrument whose row it can neither find nor infer', async () => {
  const refused = await refusal(importLines([deribitTicker(0, 'SOL-29DEC23-40-C')]));
  assert.match(refused, /no row for SOL-29DEC23-40-C: give its get_instruments reply/);
});

deribit('takes the finest of several book channels of one instrument', async () => {
  const coarse = deribitBook(0, name, { type: 'snapshot', change_id: 1 }, '100ms');
  const grouped = deribitLine(0, `book.${name}.none.20.100ms`, { instrument_name: name });
  const { events, provenance } = await importLines([coarse, snapshot, change, grouped]);
  assert.equal(
    events.map((event) => event.channel),
    [`book.${name}.raw`, `book.${name}.raw`],
  );
  const second = 'frames of a second channel of the same instrument and kind';
  assert.is(provenance.left_out[second], 1);
  assert.is(provenance.left_out['frames of channels that carry no market event of ours'], 1);
});

deribit('leaves out tickers that repeat the one before', async () => {
  const { events } = await importLines([deribitTicker(0, name), deribitTicker(0, name)]);
  assert.is(events.length, 1);
});

deribit('passes over lines of the recorder and replies, counting them', async () => {
  const lines = [
    'configuration: {"book":[]}',
    'wss://venue.invalid/ws <-> 1700000000.1',
    'wss://venue.invalid/ws <- 1700000000.2: {"method":"public/subscribe"}',
    '1700000000.300000: {"jsonrpc":"2.0","id":0,"result":[]}',
    snapshot,
  ];
  const { provenance } = await importLines(lines);
  assert.equal(Object.values(provenance.left_out), [3, 1]);
});

deribit('refuses malformed lines by number, or skips as many as it is told', async () => {
  const lines = [snapshot, '1700000000.5: {"cut', deribitTicker(9, name, { mark_price: 'x' })];
  assert.match(await refusal(importLines(lines)), /^IMPORT_INVALID: capture.txt line 2: not JSON/);
  assert.match(await refusal(importLines(lines, { skipMalformed: 1 })), /line 3: mark_price/);
  const { events, provenance } = await importLines(lines, { skipMalformed: 2 });
  assert.is(events.length, 1);
  assert.is(provenance.skipped_lines, 2);
});

deribit('has no effect of a frame whose second trade is malformed', async () => {
  const torn = deribitTrades(0, name, [0.05, 0.0505]).replace('"trade_seq":11', '"trade_seq":"x"');
  const { events } = await importLines([torn, snapshot], { skipMalformed: 1 });
  assert.equal(
    events.map((event) => event.type),
    ['book'],
  );
});

deribit('refuses an instrument list that lists nothing', async () => {
  const list = 'configuration: {}\n';
  assert.match(await refusal(importLines([snapshot], { list })), /no get_instruments reply in it/);
});

deribit.run();
