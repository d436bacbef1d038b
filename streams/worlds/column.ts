/**
 * One column of numbers as bytes, and reading it back (`column-encode.ts` writes it). Integers, and
 * decimal numbers as integers of their last decimal, are stored as small unsigned offsets from a base or
 * as differences between neighbours, whichever is narrower; a column of one value is stored once;
 * anything else is stored as raw doubles.
 * Guarantees: what is read is what was written, bit for bit (−0 and NaN included). Little-endian.
 */
import { HoldfastError } from '../facts/errors.ts';

/** Column header: mode u8, width u8, fits-int32 u8, decimals u8, count u32, base f64, step f64. */
export const columnHeaderBytes = 24;
/** Columns start on this boundary, so that typed arrays can look at them in place. */
export const columnAlignmentBytes = 8;

export const columnModes = { offset: 0, delta: 1, raw: 2, text: 3 } as const;

export type IntegerColumn = Int32Array | Float64Array;

/** A column found in a block, not yet decoded. */
export interface EncodedColumn {
  readonly mode: number;
  readonly width: number;
  readonly fitsInt32: boolean;
  /** The stored integers are the values times ten to this power. */
  readonly decimals: number;
  /** Values; for text, bytes. */
  readonly count: number;
  readonly base: number;
  readonly step: number;
  readonly data: Uint8Array;
}

if (new Uint8Array(new Uint16Array([1]).buffer)[0] !== 1) {
  throw new HoldfastError('INTERNAL', 'sealed worlds need a little-endian machine');
}

/** Splits a block payload into its columns. Throws SCHEMA_INVALID when they do not fill it. */
export function splitColumns(payload: Uint8Array): EncodedColumn[] {
  const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
  const columns: EncodedColumn[] = [];
  let at = 0;
  while (at < payload.length) {
    if (at + columnHeaderBytes > payload.length)
      throw new HoldfastError('SCHEMA_INVALID', 'torn column header');
    const width = view.getUint8(at + 1);
    const count = view.getUint32(at + 4, true);
    const start = at + columnHeaderBytes;
    const end = start + count * width;
    if (end > payload.length) throw new HoldfastError('SCHEMA_INVALID', 'torn column');
    columns.push({
      mode: view.getUint8(at),
      width,
      fitsInt32: view.getUint8(at + 2) === 1,
      decimals: view.getUint8(at + 3),
      count,
      base: view.getFloat64(at + 8, true),
      step: view.getFloat64(at + 16, true),
      data: payload.subarray(start, end),
    });
    at = start + Math.ceil((count * width) / columnAlignmentBytes) * columnAlignmentBytes;
  }
  return columns;
}

type Offsets = Uint8Array | Uint16Array | Uint32Array | Float64Array;

function offsetsOf(column: EncodedColumn): Offsets | undefined {
  const { buffer, byteOffset } = column.data;
  switch (column.width) {
    case 0:
      return undefined;
    case 1:
      return column.data;
    case 2:
      return new Uint16Array(buffer, byteOffset, column.count);
    case 4:
      return new Uint32Array(buffer, byteOffset, column.count);
    default:
      return new Float64Array(buffer, byteOffset, column.count);
  }
}

function fill(column: EncodedColumn, out: IntegerColumn): void {
  const offsets = offsetsOf(column);
  const { base, step, count } = column;
  if (column.mode !== columnModes.delta) {
    for (let i = 0; i < count; i += 1) out[i] = base + (offsets?.[i] ?? 0);
    return;
  }
  let value = base;
  out[0] = value;
  for (let i = 1; i < count; i += 1) {
    value += step + (offsets?.[i] ?? 0);
    out[i] = value;
  }
}

/** The column as doubles. */
export function decodeDoubles(column: EncodedColumn): Float64Array {
  if (column.mode === columnModes.raw && column.width === 8)
    return offsetsOf(column) as Float64Array;
  const out = new Float64Array(column.count);
  if (column.mode === columnModes.raw) return out.fill(column.base);
  fill(column, out);
  if (column.decimals === 0) return out;
  const unit = 10 ** column.decimals;
  for (let i = 0; i < out.length; i += 1) out[i] = (out[i] as number) / unit;
  return out;
}

/** The column as 32-bit integers where every value fits, as doubles otherwise. */
export function decodeIntegers(column: EncodedColumn): IntegerColumn {
  if (!column.fitsInt32) return decodeDoubles(column);
  const out = new Int32Array(column.count);
  fill(column, out);
  return out;
}

export function isTextColumn(column: EncodedColumn): boolean {
  return column.mode === columnModes.text;
}

export function decodeTexts(column: EncodedColumn): readonly string[] {
  return JSON.parse(Buffer.from(column.data).toString('utf8')) as string[];
}
