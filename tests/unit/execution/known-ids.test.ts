/** What a ledger remembers of every id it ever held, and what that costs. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { KnownIntents, KnownTrades } from '../../../actors/execution/known-ids.ts';
import { sha256Hex } from '../../../streams/facts/hash.ts';

const known = suite('known ids');
const many = 200_000;

known('intents are known by the bits their label carries', () => {
  const intents = new KnownIntents();
  const id = sha256Hex('one');
  assert.is(intents.has(id), false);
  intents.add(id);
  assert.is(intents.has(id), true);
  assert.is(intents.has(id.slice(0, 16)), true);
  assert.is(intents.has(sha256Hex('two')), false);
  assert.is(intents.has('not hex'), false);
  intents.add(id);
  assert.is(intents.size, 1);
});

known('every intent is found again, no other is, at most 32 bytes each', () => {
  const intents = new KnownIntents();
  for (let at = 0; at < many; at += 1) intents.add(sha256Hex(`in ${at}`));
  let found = 0;
  let wrong = 0;
  for (let at = 0; at < many; at += 1) {
    if (intents.has(sha256Hex(`in ${at}`))) found += 1;
    if (intents.has(sha256Hex(`out ${at}`))) wrong += 1;
  }
  assert.is(found, many);
  assert.is(wrong, 0);
  assert.is(intents.size, many);
  assert.ok(intents.bytes / many <= 32, `${intents.bytes / many} bytes an intent`);
});

known('trade ids that count upwards are kept exactly, by prefix', () => {
  const trades = new KnownTrades();
  for (let at = 0; at < many; at += 1) trades.add(`BTC-${258_544_001 + at}`);
  assert.is(trades.size, many);
  assert.is(trades.has('BTC-258544001'), true);
  assert.is(trades.has(`BTC-${258_544_001 + many}`), false);
  assert.is(trades.has('ETH-258544001'), false);
  assert.is(trades.has('258544001'), false);
  assert.ok(trades.bytes / many <= 32);
});

const spellings = [
  ['BTC-1', 'BTC-10'],
  ['BTC-01', 'BTC-1'],
  ['t1', 't2'],
  ['BTC-0', 'BTC-'],
  ['999999999999999999999', '999999999999999999998'],
  ['4294967296', '1'],
  ['4294967297', '4294967296'],
];
for (const [one = '', other = ''] of spellings) {
  known(`the trades ${one} and ${other} are two`, () => {
    const trades = new KnownTrades();
    trades.add(one);
    assert.is(trades.has(one), true);
    assert.is(trades.has(other), false);
    trades.add(other);
    assert.is(trades.size, 2);
  });
}

known.run();
