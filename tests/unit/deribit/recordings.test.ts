import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Instrument } from '../../../streams/facts/instrument.ts';
import { InstrumentBook } from '../../../streams/market/index.ts';
import { instrumentListingOf } from '../../../streams/venues/deribit/index.ts';
import { recordFrames } from '../../fixtures/frame-recorder.ts';
import { optionInstrument, perpetualInstrument } from '../../fixtures/instruments.ts';
import { recordingLines } from '../../fixtures/recordings.ts';

const recordings = suite('real venue recordings');

/** Instruments named in the lines; of the right family, which is all that decoding needs. */
function instrumentsIn(lines: readonly string[]): Instrument[] {
  const names = new Set<string>();
  for (const line of lines) {
    for (const [, name] of line.matchAll(/"instrument_name":"([^"]+)"/g)) names.add(name ?? '');
  }
  return [...names].map((name) => {
    if (/-[CP]$/.test(name)) {
      const lot = name.startsWith('ETH') ? '1' : '0.1';
      return optionInstrument({ name, lot_size: lot, min_amount: lot });
    }
    return perpetualInstrument({ name });
  });
}

recordings('an options capture decodes whole, and its books chain without a hole', () => {
  const lines = recordingLines('deribit/options-raw-2021-04-05.txt', 'options capture');
  if (lines === undefined) return;
  const seen = recordFrames(instrumentsIn(lines));
  for (const line of lines) {
    const json = /^\d+\.\d+: (\{.*)$/.exec(line)?.[1];
    if (json?.includes('"method":"subscription"')) seen.decode(json);
  }
  assert.equal(seen.quarantined, []);
  const books = new Map<string, InstrumentBook>();
  let snapshots = 0;
  let changes = 0;
  for (const event of seen.market) {
    if (event.type !== 'book') continue;
    const book = books.get(event.instrument.name) ?? new InstrumentBook(event.instrument);
    books.set(event.instrument.name, book);
    assert.is(book.apply(event), 'applied');
    if (event.frame === 'snapshot') snapshots += 1;
    else changes += 1;
  }
  assert.is(snapshots, 10);
  assert.is(changes, 177);
  assert.is(seen.market.filter(({ type }) => type === 'ticker').length, 273);
});

recordings('single messages of later years decode or are ignored, none is refused', () => {
  const lines = recordingLines('deribit/raw-messages-2021-2022.jsonl', 'single messages');
  if (lines === undefined) return;
  const seen = recordFrames(instrumentsIn(lines));
  const notifications = lines.filter((line) => line.includes('"method":"subscription"'));
  for (const line of notifications) seen.decode(line);
  assert.equal(seen.quarantined, []);
  assert.ok(seen.market.length >= 12);
});

recordings('every row of the instrument lists becomes an instrument', () => {
  const lines = recordingLines('deribit/instruments-2021-04-17.txt', 'instrument lists');
  if (lines === undefined) return;
  const counts: number[] = [];
  for (const line of lines) {
    const at = line.indexOf('{"jsonrpc"');
    if (at < 0) continue;
    const { result } = JSON.parse(line.slice(at)) as { result: unknown[] };
    const listings = result.map(instrumentListingOf);
    counts.push(listings.filter((listing) => listing !== undefined).length);
    const perpetual = listings.find((listing) => listing?.instrument.kind === 'perpetual');
    assert.is(perpetual?.instrument.amountUnit, 'usd');
    assert.is(perpetual?.instrument.expiryUs, null);
  }
  assert.equal(counts, [423, 499]);
});

recordings.run();
