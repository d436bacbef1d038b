/** Times: whole microseconds inside, one text at the edge, and no text for a time that is none. */
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { isoFromUs, usFromIso, utcDay } from '../../../streams/facts/time.ts';
import { hasCode } from '../../fixtures/facts/errors.ts';

const time = suite('time');

/** Neighbours within a second, across its edges, and far away: what the memo could mix up. */
const us = fc.oneof(
  fc.integer({ min: -2_000_001, max: 2_000_001 }),
  fc.integer({ min: 1_763_000_000_000_000, max: 1_763_000_003_000_000 }),
  fc.maxSafeInteger(),
);

function slowIso(value: number): string {
  const micros = ((value % 1_000_000) + 1_000_000) % 1_000_000;
  const text = new Date((value - micros) / 1_000).toISOString();
  return `${text.slice(0, -5)}.${String(micros).padStart(6, '0')}Z`;
}

time('every microsecond comes back from its text, in whatever order they are asked for', () => {
  fc.assert(
    fc.property(fc.array(us, { minLength: 1, maxLength: 8 }), (values) => {
      for (const value of [...values, ...values.toReversed()]) {
        assert.is(isoFromUs(value), slowIso(value));
        assert.is(usFromIso(isoFromUs(value)), value + 0);
      }
    }),
    { numRuns: 1_000 },
  );
});

for (const [value, text] of [
  [0, '1970-01-01T00:00:00.000000Z'],
  [-1, '1969-12-31T23:59:59.999999Z'],
  [951_782_400_000_000, '2000-02-29T00:00:00.000000Z'],
  [1_709_251_199_999_999, '2024-02-29T23:59:59.999999Z'],
  [4_107_542_400_000_001, '2100-03-01T00:00:00.000001Z'],
  [Number.MAX_SAFE_INTEGER, '2255-06-05T23:47:34.740991Z'],
] as const) {
  time(`${value} µs is ${text}`, () => {
    assert.is(isoFromUs(value), text);
    assert.is(usFromIso(text), value);
  });
}

time('fewer digits of the fraction are read as what they say', () => {
  assert.is(usFromIso('1970-01-01T00:00:01Z'), 1_000_000);
  assert.is(usFromIso('1970-01-01T00:00:01.5Z'), 1_500_000);
  assert.is(usFromIso('1970-01-01T00:00:01.000001Z'), 1_000_001);
});

for (const text of [
  '',
  '2026-02-30T00:00:00Z',
  '2026-02-29T00:00:00Z',
  '2100-02-29T00:00:00Z',
  '2026-02-28T24:00:00Z',
  '2026-12-31T23:59:60Z',
  '2026-13-01T00:00:00Z',
  '2026-00-01T00:00:00Z',
  '2026-11-21T02:11:00',
  '2026-11-21T02:11:00+00:00',
  '2026-11-21 02:11:00Z',
  '2026-11-21T02:11:00.1234567Z',
  '9999-01-01T00:00:00Z',
  '0001-01-01T00:00:00Z',
]) {
  time(`${JSON.stringify(text)} is not a time`, () =>
    assert.throws(() => usFromIso(text), hasCode('SCHEMA_INVALID')),
  );
}

time('a fraction of a microsecond, and what is no number, have no text', () => {
  for (const value of [0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53]) {
    assert.throws(() => isoFromUs(value), hasCode('INTERNAL'));
  }
});

time('a day is that of UTC', () => {
  assert.is(utcDay(-1), '1969-12-31');
  assert.is(utcDay(1_709_251_199_999_999), '2024-02-29');
  assert.is(utcDay(1_709_251_200_000_000), '2024-03-01');
});

time.run();
