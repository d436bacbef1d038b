/** Decimals and grids: exact against big-integer arithmetic, and closed to everything off the grid. */
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  canonicalDecimal,
  decimalTextMax,
  formatScaled,
  gridCount,
  gridCountOfText,
  gridFloat,
  gridOf,
  gridText,
  parseDecimal,
} from '../../../streams/facts/decimal.ts';
import { hasCode } from '../../fixtures/facts/errors.ts';

const decimal = suite('decimal');

const steps = ['0.5', '2.5', '10', '0.0001', '0.00001', '0.1', '1', '100', '0.00000001', '0.25'];
const step = fc.constantFrom(...steps);
const count = fc.integer({ min: -2_000_000_000, max: 2_000_000_000 });

/** `units × 10^-scale`, spelled with an exponent, leading zeros and trailing zeros. */
const spelled = fc.record({
  units: fc.bigInt({ min: -(10n ** 18n), max: 10n ** 18n }),
  scale: fc.integer({ min: -12, max: 20 }),
  zeros: fc.integer({ min: 0, max: 3 }),
  mark: fc.constantFrom('e', 'E'),
});

/** a = b × 10^shift for scaled integers, compared without division. */
function sameValue(units: bigint, scale: number, text: string): boolean {
  const parsed = parseDecimal(text);
  const common = Math.max(scale, parsed.scale, 0);
  return (
    units * 10n ** BigInt(common - scale) === parsed.units * 10n ** BigInt(common - parsed.scale)
  );
}

decimal('every spelling keeps its exact value through parse and format', () => {
  fc.assert(
    fc.property(spelled, ({ units, scale, zeros, mark }) => {
      const sign = units < 0n ? '-' : '';
      const digits = (units < 0n ? -units : units).toString();
      const padded = `${sign}${'0'.repeat(zeros)}${digits}.${'0'.repeat(zeros)}`;
      const text = `${zeros === 0 ? `${sign}${digits}` : padded}${mark}${-scale}`;
      const canonical = canonicalDecimal(text);
      assert.ok(sameValue(units, scale, canonical), `${text} became ${canonical}`);
      assert.match(canonical, /^(0|-?[1-9]\d*|-?(0|[1-9]\d*)\.\d*[1-9])$/);
      assert.is(canonicalDecimal(canonical), canonical);
      assert.is(formatScaled(parseDecimal(canonical)), canonical);
    }),
    { numRuns: 1_000 },
  );
});

for (const [text, expected] of [
  ['2.0e3', '2000'],
  ['6.563e-5', '0.00006563'],
  ['1.0E-8', '0.00000001'],
  ['7.4E+4', '74000'],
  ['-0.0', '0'],
  ['+1.50', '1.5'],
  ['0e999', '0'],
  ['000', '0'],
  ['-00.10', '-0.1'],
] as const) {
  decimal(`${text} is ${expected}`, () => assert.is(canonicalDecimal(text), expected));
}

for (const text of [
  '',
  ' 1',
  '1 ',
  '.5',
  '1.',
  '1e',
  '--1',
  '0x10',
  'NaN',
  'Infinity',
  '1_000',
  '١',
]) {
  decimal(`${JSON.stringify(text)} is not a decimal`, () =>
    assert.throws(() => parseDecimal(text), hasCode('SCHEMA_INVALID')),
  );
}

decimal('text beyond the bound is refused before any arithmetic, and not repeated in full', () => {
  assert.ok(parseDecimal('1'.repeat(decimalTextMax)).units > 0n);
  try {
    parseDecimal('1'.repeat(1_000_000));
    assert.unreachable();
  } catch (error) {
    assert.ok(hasCode('SCHEMA_INVALID')(error));
    assert.ok((error as Error).message.length < 2 * decimalTextMax);
  }
});

decimal('a step must be positive, safe and of a scale that doubles hold', () => {
  for (const text of ['0', '-1', '9007199254740992', '1e-23', 'x']) {
    assert.throws(() => gridOf(text), hasCode('SCHEMA_INVALID'), text);
  }
  assert.is(gridOf('1e-22').unitsPerOne, 1e22);
  assert.is(gridOf('0.50').step, '0.5');
});

decimal('counts come back from the double of their value, from its text and from sums', () => {
  fc.assert(
    fc.property(step, count, (text, steps) => {
      const grid = gridOf(text);
      const value = gridText(grid, steps);
      assert.is(gridCount(grid, Number(value)), steps);
      assert.is(gridCountOfText(grid, value, 'exact'), steps);
      assert.is(gridFloat(grid, steps), Number(value));
      const half = Math.trunc(steps / 2);
      const sum = Number(gridText(grid, half)) + Number(gridText(grid, steps - half));
      assert.is(gridCount(grid, sum), steps, 'a sum printed without rounding');
    }),
    { numRuns: 2_000 },
  );
});

/** A double as the exact fraction it is. */
function exactOf(value: number): { readonly top: bigint; readonly bottom: bigint } {
  let bottom = 1n;
  let scaled = value;
  while (!Number.isInteger(scaled)) {
    scaled *= 2;
    bottom *= 2n;
  }
  return { top: BigInt(scaled), bottom };
}

const magnitude = (value: bigint): bigint => (value < 0n ? -value : value);

decimal(
  'gridCount accepts what stands within a few last places of the grid, and nothing else',
  () => {
    const near = fc
      .tuple(step, fc.integer({ min: 1, max: 50_000_000 }), fc.integer({ min: 1, max: 14 }))
      .map(([text, steps, digits]) => {
        const grid = gridOf(text);
        return { grid, value: gridFloat(grid, steps) + gridFloat(grid, 1) * 10 ** -digits };
      });
    const anywhere = fc
      .tuple(step, fc.double({ min: -1e9, max: 1e9, noNaN: true }))
      .map(([text, value]) => ({ grid: gridOf(text), value }));
    let accepted = 0;
    fc.assert(
      fc.property(fc.oneof(near, anywhere), ({ grid, value }) => {
        const found = gridCount(grid, value);
        const { top, bottom } = exactOf(value);
        const unitsPerOne = BigInt(grid.unitsPerOne);
        const step = BigInt(grid.stepUnits);
        // |value − count × step| against |value| × 2^-49 and × 2^-52, all times bottom × unitsPerOne.
        const distance = (steps: bigint): bigint =>
          magnitude(top * unitsPerOne - steps * step * bottom);
        const allowed = magnitude(top) * unitsPerOne;
        if (found !== undefined) {
          accepted += 1;
          assert.ok(
            distance(BigInt(found)) * 2n ** 49n <= allowed,
            `${value} is not on ${grid.step}`,
          );
          return;
        }
        const rounded = Math.round(value * grid.perUnit);
        if (!Number.isSafeInteger(rounded)) return;
        const nearest = BigInt(rounded);
        assert.ok(distance(nearest) * 2n ** 52n >= allowed, `${value} is on ${grid.step}`);
      }),
      { numRuns: 5_000 },
    );
    assert.ok(accepted > 10, 'some of them are honest spellings');
  },
);

for (const [text, value, expected] of [
  ['0.5', 2.0e3, 4_000],
  ['0.00000001', 6.563e-5, 6_563],
  ['0.0001', 0.0639, 639],
  ['0.0005', 0.0639, undefined],
  ['0.1', 0.30000000000000004, 3],
  ['0.5', 85_217.5, 170_435],
  ['0.5', 0.50001, undefined],
  ['0.5', 100_000.00001, undefined],
  ['10', 3.0e5, 30_000],
  ['0.5', -0, 0],
  ['0.5', -1e-9, undefined],
  ['0.5', Number.NaN, undefined],
  ['0.5', Number.POSITIVE_INFINITY, undefined],
  ['0.5', 1e300, undefined],
  ['0.5', 2 ** 53, undefined],
] as const) {
  decimal(`${Object.is(value, -0) ? '-0' : value} on a grid of ${text} is ${expected}`, () =>
    assert.ok(Object.is(gridCount(gridOf(text), value), expected)),
  );
}

decimal('rounding goes to the count below, above, or nowhere, negative values included', () => {
  fc.assert(
    fc.property(step, spelled, (text, { units, scale }) => {
      const grid = gridOf(text);
      const value = `${units}e${-scale}`;
      const common = BigInt(Math.max(scale, 0) + grid.scale);
      const top = units * 10n ** (common - BigInt(scale));
      const step = BigInt(grid.stepUnits) * 10n ** (common - BigInt(grid.scale));
      const floor = top / step - (top % step !== 0n && top < 0n ? 1n : 0n);
      const ceiling = floor + (top % step === 0n ? 0n : 1n);
      for (const [rounding, expected] of [
        ['down', floor],
        ['up', ceiling],
      ] as const) {
        if (magnitude(expected) > BigInt(Number.MAX_SAFE_INTEGER)) {
          assert.throws(() => gridCountOfText(grid, value, rounding), hasCode('SCHEMA_INVALID'));
        } else assert.is(gridCountOfText(grid, value, rounding), Number(expected));
      }
      if (floor !== ceiling) {
        assert.throws(() => gridCountOfText(grid, value, 'exact'), hasCode('SCHEMA_INVALID'));
      }
    }),
    { numRuns: 2_000 },
  );
});

for (const [value, rounding, expected] of [
  ['-0.7', 'down', -2],
  ['-0.7', 'up', -1],
  ['0.7', 'down', 1],
  ['0.7', 'up', 2],
  ['-0.2', 'up', 0],
  ['1e-100', 'up', 1],
  ['1e-100', 'down', 0],
] as const) {
  decimal(`${value} in halves, ${rounding}, is ${expected}`, () =>
    assert.ok(Object.is(gridCountOfText(gridOf('0.5'), value, rounding), expected)),
  );
}

decimal('the short way of reading text says what the long way says', () => {
  const digits = fc.stringMatching(/^\d{1,16}(\.\d{1,10})?$/);
  fc.assert(
    fc.property(
      step,
      digits,
      fc.constantFrom('down', 'up', 'exact'),
      (gridStep, text, rounding) => {
        const grid = gridOf(gridStep);
        const read = (spelling: string): number | string => {
          try {
            return gridCountOfText(grid, spelling, rounding);
          } catch (thrown) {
            return (thrown as { code: string }).code;
          }
        };
        // With an exponent the text is not plain: it is read with big integers.
        assert.is(read(text), read(`${text}e0`));
      },
    ),
    { numRuns: 5_000 },
  );
});

decimal('the short way of writing counts says what the long way says', () => {
  const any = fc.oneof(count, fc.maxSafeInteger());
  fc.assert(
    fc.property(step, any, (text, steps) => {
      const grid = gridOf(text);
      const units = BigInt(steps) * BigInt(grid.stepUnits);
      assert.is(gridText(grid, steps), formatScaled({ units, scale: grid.scale }));
    }),
    { numRuns: 2_000 },
  );
  assert.is(gridText(gridOf('0.5'), -0), '0');
  assert.is(gridText(gridOf('10'), -3), '-30');
});

decimal('what is not a safe integer has no text on a grid', () => {
  for (const steps of [0.5, Number.NaN, 2 ** 53, Number.POSITIVE_INFINITY]) {
    assert.throws(() => gridText(gridOf('0.5'), steps), hasCode('INTERNAL'));
  }
});

decimal.run();
