/** Chooses the narrowest form that gives every value of a column back, bit for bit, and writes it. */
import {
  columnAlignmentBytes,
  columnHeaderBytes,
  columnModes,
  type EncodedColumn,
} from './column.ts';

interface Shape {
  readonly integers: boolean;
  readonly min: number;
  readonly max: number;
  readonly minStep: number;
  readonly maxStep: number;
}

function shapeOf(values: ArrayLike<number>): Shape {
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  let minStep = Number.POSITIVE_INFINITY;
  let maxStep = Number.NEGATIVE_INFINITY;
  let previous = 0;
  for (let i = 0; i < values.length; i += 1) {
    const value = values[i] ?? 0;
    if (!Number.isSafeInteger(value) || Object.is(value, -0)) {
      return { integers: false, min: 0, max: 0, minStep: 0, maxStep: 0 };
    }
    if (value < min) min = value;
    if (value > max) max = value;
    if (i > 0) {
      const step = value - previous;
      if (step < minStep) minStep = step;
      if (step > maxStep) maxStep = step;
    }
    previous = value;
  }
  return { integers: true, min, max, minStep, maxStep };
}

/** Bytes per value for offsets 0…range, or 8 when only doubles hold them. */
function widthOf(range: number): 0 | 1 | 2 | 4 | 8 {
  if (range === 0) return 0;
  if (range <= 0xff) return 1;
  if (range <= 0xffff) return 2;
  return range <= 0xffff_ffff ? 4 : 8;
}

function packed(offsets: Float64Array, width: 0 | 1 | 2 | 4): Uint8Array {
  if (width === 0) return new Uint8Array(0);
  if (width === 1) return Uint8Array.from(offsets);
  const wide = width === 2 ? Uint16Array.from(offsets) : Uint32Array.from(offsets);
  return new Uint8Array(wide.buffer);
}

function withHeader(column: EncodedColumn): Uint8Array {
  const body = Math.ceil(column.data.length / columnAlignmentBytes) * columnAlignmentBytes;
  const bytes = new Uint8Array(columnHeaderBytes + body);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, column.mode);
  view.setUint8(1, column.width);
  view.setUint8(2, column.fitsInt32 ? 1 : 0);
  view.setUint8(3, column.decimals);
  view.setUint32(4, column.count, true);
  view.setFloat64(8, column.base, true);
  view.setFloat64(16, column.step, true);
  bytes.set(column.data, columnHeaderBytes);
  return bytes;
}

const plainHeader = { base: 0, step: 0, fitsInt32: false, decimals: 0 } as const;

function rawColumn(values: ArrayLike<number>): Uint8Array {
  const count = values.length;
  const first = values[0] ?? 0;
  let isConstant = count > 0;
  for (let i = 1; i < count && isConstant; i += 1) isConstant = Object.is(values[i], first);
  const data = isConstant ? new Uint8Array(0) : new Uint8Array(Float64Array.from(values).buffer);
  const width = isConstant ? 0 : 8;
  return withHeader({ ...plainHeader, mode: columnModes.raw, width, count, base: first, data });
}

/** Most decimals tried: analytics of venues have at most eight. */
const maxDecimals = 8;

/**
 * The values as integers of their last decimal, when dividing gives every one of them back exactly
 * (a quotient of two exact integers is the double nearest to the decimal, as parsing its text is).
 */
function scaledToIntegers(
  values: ArrayLike<number>,
): { readonly integers: Float64Array; readonly decimals: number } | undefined {
  const integers = new Float64Array(values.length);
  let decimals = 0;
  for (let i = 0; i < values.length; i += 1) {
    const value = values[i] ?? 0;
    if (!Number.isFinite(value) || Object.is(value, -0)) return undefined;
    while (Math.round(value * 10 ** decimals) / 10 ** decimals !== value) {
      decimals += 1;
      if (decimals > maxDecimals) return undefined;
    }
  }
  for (let i = 0; i < values.length; i += 1) {
    const value = values[i] ?? 0;
    const integer = Math.round(value * 10 ** decimals);
    if (!Number.isSafeInteger(integer) || integer / 10 ** decimals !== value) return undefined;
    integers[i] = integer;
  }
  return { integers, decimals };
}

/** Encodes numbers of any kind; the length of the result is a multiple of 8 bytes. */
export function encodeNumbers(values: ArrayLike<number>): Uint8Array {
  if (values.length === 0) return rawColumn(values);
  const shape = shapeOf(values);
  if (shape.integers) return integerColumn(values, shape, 0) ?? rawColumn(values);
  const scaled = scaledToIntegers(values);
  if (scaled === undefined) return rawColumn(values);
  const { integers, decimals } = scaled;
  return integerColumn(integers, shapeOf(integers), decimals) ?? rawColumn(values);
}

/** Undefined when nothing narrower than doubles holds the integers. */
function integerColumn(
  values: ArrayLike<number>,
  shape: Shape,
  decimals: number,
): Uint8Array | undefined {
  const count = values.length;
  const first = values[0] ?? 0;
  const plain = widthOf(shape.max - shape.min);
  const delta = count === 1 ? 0 : widthOf(shape.maxStep - shape.minStep);
  const mode = delta < plain ? columnModes.delta : columnModes.offset;
  const width = mode === columnModes.delta ? delta : plain;
  if (width === 8) return undefined;
  const step = mode === columnModes.delta ? shape.minStep : 0;
  const base = mode === columnModes.delta ? first : shape.min;
  const offsets = new Float64Array(count);
  // The first value of a delta column is its base: its own offset stays zero and is not applied.
  for (let i = mode === columnModes.delta ? 1 : 0; i < count; i += 1) {
    const value = values[i] ?? 0;
    offsets[i] = mode === columnModes.delta ? value - (values[i - 1] ?? 0) - step : value - base;
  }
  const fitsInt32 = decimals === 0 && shape.min >= -0x8000_0000 && shape.max <= 0x7fff_ffff;
  const data = packed(offsets, width);
  return withHeader({ mode, width, fitsInt32, decimals, count, base, step, data });
}

/** Encodes short texts (trade ids that are not plain numbers). */
export function encodeTexts(values: readonly string[]): Uint8Array {
  const data = Buffer.from(JSON.stringify(values), 'utf8');
  return withHeader({ ...plainHeader, mode: columnModes.text, width: 1, count: data.length, data });
}
