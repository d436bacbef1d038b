import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { gridCount, gridText } from '../../../streams/facts/decimal.ts';
import { number, readCount } from '../../../streams/venues/deribit/codec/digits.ts';
import { recordFrames } from '../../fixtures/frame-recorder.ts';
import { optionInstrument, perpetualInstrument } from '../../fixtures/instruments.ts';
import { recordingLines } from '../../fixtures/recordings.ts';

const scanner = suite('book scanner');
const instruments = [perpetualInstrument(), optionInstrument()];

/** Decodes the texts both ways; both must see the same, event by event. */
function sameBothWays(texts: readonly string[], known = instruments): number {
  const fast = recordFrames(known);
  const slow = recordFrames(known, { fastPath: false });
  for (const text of texts) {
    fast.decode(text);
    slow.decode(text);
  }
  assert.equal(fast.market, slow.market);
  assert.equal(fast.quarantined, slow.quarantined);
  return fast.market.length;
}

/** The same value in the spellings JSON allows. */
function spellings(value: number): string[] {
  const [mantissa = '0', exponent = '0'] = value.toExponential().split('e');
  const text = String(value);
  return [
    text,
    text.includes('.') || text.includes('e') ? text : `${text}.0`,
    `${mantissa}e${Number(exponent)}`,
    `${mantissa.includes('.') ? mantissa : `${mantissa}.0`}E${exponent}`,
  ];
}

const spelled = (max: number, step: number) =>
  fc
    .tuple(fc.integer({ min: 1, max }), fc.integer({ min: 0, max: 3 }))
    .map(([steps, spelling]) => spellings(steps * step)[spelling] ?? '');

const levelText = fc
  .tuple(fc.constantFrom('new', 'change', 'delete'), spelled(400_000, 0.5), spelled(50_000, 10))
  .map(
    ([action, price, amount]) => `["${action}",${price},${action === 'delete' ? '0.0' : amount}]`,
  );

const sideText = fc.array(levelText, { maxLength: 12 }).map((levels) => `[${levels.join(',')}]`);

const frameText = fc
  .record({
    bids: sideText,
    asks: sideText,
    isSnapshot: fc.boolean(),
    changeId: fc.integer({ min: 0, max: 2 ** 40 }),
    keys: fc.shuffledSubarray([0, 1, 2, 3, 4, 5, 6], { minLength: 7, maxLength: 7 }),
    channelFirst: fc.boolean(),
  })
  .map(({ bids, asks, isSnapshot, changeId, keys, channelFirst }) => {
    const members = [
      '"timestamp":1791120409417',
      `"type":"${isSnapshot ? 'snapshot' : 'change'}"`,
      `"change_id":${changeId + 7}`,
      '"instrument_name":"BTC-PERPETUAL"',
      `"bids":${bids}`,
      `"asks":${asks}`,
      ...(isSnapshot ? [] : [`"prev_change_id":${changeId}`]),
    ];
    const data = `"data":{${keys
      .map((key) => members[key])
      .filter((member) => member !== undefined)
      .join(',')}}`;
    const channel = '"channel":"book.BTC-PERPETUAL.raw"';
    const params = channelFirst ? `${channel},${data}` : `${data},${channel}`;
    return `{"jsonrpc":"2.0","method":"subscription","params":{${params}}}`;
  });

scanner('reads every frame exactly as JSON does, in any key order and number spelling', () => {
  fc.assert(
    fc.property(frameText, (text) => {
      assert.is(sameBothWays([text]), 1);
    }),
    { numRuns: 500 },
  );
});

scanner('damaged frames are judged the same on both ways', () => {
  const damage = fc.tuple(
    frameText,
    fc.nat(),
    fc.constantFrom('', '9', '"', '}', '-', '\\', ' ', 'e'),
  );
  fc.assert(
    fc.property(damage, ([text, at, insert]) => {
      const place = at % text.length;
      sameBothWays([
        text.slice(0, place) + insert + text.slice(place),
        text.slice(0, place),
        text.slice(0, place) + insert + text.slice(place + 1),
      ]);
    }),
    { numRuns: 500 },
  );
});

scanner('counts agree with the grid for every spelling', () => {
  const [perpetual, option] = instruments;
  for (const grid of [perpetual?.price, perpetual?.amount, option?.price, option?.amount]) {
    if (grid === undefined) throw new Error('no grid');
    fc.assert(
      fc.property(fc.integer({ min: -1_000_000, max: 1_000_000 }), (count) => {
        for (const text of spellings(Number(gridText(grid, count)))) {
          assert.is(readCount(Buffer.from(`${text},`), 0, grid), count, text);
          assert.is(number.end, text.length);
          assert.is(gridCount(grid, Number(text)), count);
        }
      }),
    );
  }
});

for (const text of [
  '',
  '-',
  '.5',
  '1.',
  '01',
  '1e',
  '1e+',
  '1e999',
  '0.3',
  'null',
  '"1"',
  '1234567890123456',
]) {
  scanner(`does not understand ${JSON.stringify(text)} as a count of halves`, () => {
    readCount(Buffer.from(`${text},`), 0, perpetualInstrument().price);
    assert.ok(number.end < 0 || text[number.end] !== undefined);
  });
}

scanner('real frames decode the same on both ways', () => {
  const lines = recordingLines(
    'deribit/options-raw-2021-04-05.txt',
    'scanner on the options capture',
  );
  if (lines === undefined) return;
  const texts = lines
    .map((line) => /^\d+\.\d+: (\{.*)$/.exec(line)?.[1] ?? '')
    .filter((text) => text !== '');
  const names = new Set(texts.join('').match(/(?:BTC|ETH)-\d+[A-Z]{3}\d\d-\d+-[CP]/g));
  const known = [...names].map((name) =>
    optionInstrument({
      name,
      ...(name.startsWith('ETH') ? { lot_size: '1', min_amount: '1' } : {}),
    }),
  );
  assert.is(sameBothWays(texts, known), 460);
});

scanner.run();
