import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  decodeDoubles,
  decodeIntegers,
  decodeTexts,
  type EncodedColumn,
  splitColumns,
} from '../../../streams/worlds/column.ts';
import { encodeNumbers, encodeTexts } from '../../../streams/worlds/column-encode.ts';

const columns = suite('world columns');

function only(bytes: Uint8Array): EncodedColumn {
  const [column] = splitColumns(new Uint8Array(bytes));
  if (column === undefined) throw new Error('no column');
  return column;
}

function isSame(values: readonly number[]): void {
  const decoded = decodeDoubles(only(encodeNumbers(values)));
  assert.is(decoded.length, values.length);
  values.forEach((value, i) => {
    assert.ok(Object.is(decoded[i], value), `${decoded[i]} instead of ${value} at ${i}`);
  });
}

columns('give back every double, bit for bit', () => {
  fc.assert(fc.property(fc.array(fc.double()), isSame));
});

columns('give back integers of every width', () => {
  const widths = [0, 7, 8, 15, 16, 31, 32, 52];
  const integers = fc.oneof(
    ...widths.map((bits) => fc.integer({ min: -(2 ** bits), max: 2 ** bits })),
  );
  fc.assert(fc.property(fc.array(integers), isSame));
});

columns('give back decimal numbers exactly as their text parses', () => {
  const decimals = fc.tuple(fc.integer(), fc.integer({ min: 0, max: 8 }));
  const numbers = decimals.map(([units, scale]) => Number(`${units}e-${scale}`));
  fc.assert(fc.property(fc.array(numbers), isSame));
});

columns('keep minus zero, NaN and the infinities', () => {
  isSame([-0]);
  isSame([0, -0]);
  isSame([Number.NaN, Number.NaN]);
  isSame([1.5, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]);
});

columns('store a steady sequence in no bytes but its header', () => {
  const sequence = Array.from({ length: 4_096 }, (_, i) => 1_007_198_631_260 + 3 * i);
  isSame(sequence);
  assert.is(encodeNumbers(sequence).length, 24);
});

columns('hand out 32-bit integers only when every value fits', () => {
  assert.instance(decodeIntegers(only(encodeNumbers([1, -2, 2 ** 31 - 1]))), Int32Array);
  assert.instance(decodeIntegers(only(encodeNumbers([1, 2 ** 31]))), Float64Array);
  assert.equal([...decodeIntegers(only(encodeNumbers([5, 1, 9])))], [5, 1, 9]);
});

columns('give back texts', () => {
  const texts = ['ETH-1', '', '“”', '0007'];
  assert.equal(decodeTexts(only(encodeTexts(texts))), texts);
});

columns('refuse a payload that ends inside a column', () => {
  const bytes = encodeNumbers([1, 500, 3]);
  assert.throws(() => splitColumns(bytes.subarray(0, 25)), /torn column/);
  assert.throws(() => splitColumns(bytes.subarray(0, 10)), /torn column header/);
});

columns.run();
