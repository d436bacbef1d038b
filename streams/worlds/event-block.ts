/** What the blocks of all event kinds share: the first three columns, and how rows are handed out. */
import { HoldfastError } from '../facts/errors.ts';
import type { MarketEvent } from '../facts/market.ts';
import type { Block } from './block-file.ts';
import type { EncodedColumn } from './column.ts';
import { encodeNumbers } from './column-encode.ts';

/** An event with its number in the source: the second half of the order (domain time, source row). */
export interface PendingRow<E extends MarketEvent = MarketEvent> {
  readonly row: number;
  readonly event: E;
}

export interface EventColumns {
  readonly tsUs: Float64Array;
  readonly rows: Float64Array;
  /** Builds the event of one row. Rows must be asked for in order, each once. */
  eventAt(index: number): MarketEvent;
}

/** Columns 0–2 of every event block: domain time, source row, receive time. */
export function timesOf(rows: readonly PendingRow[]): Uint8Array[] {
  return [
    encodeNumbers(rows.map(({ event }) => event.tsUs)),
    encodeNumbers(rows.map(({ row }) => row)),
    encodeNumbers(rows.map(({ event }) => event.receivedUs)),
  ];
}

/** Throws SCHEMA_INVALID when the block has fewer columns than its kind. */
export function columnAt(block: Block, index: number): EncodedColumn {
  const column = block.columns[index];
  if (column === undefined)
    throw new HoldfastError('SCHEMA_INVALID', `a block lacks column ${index}`);
  return column;
}

/** Absent analytics are NaN in a column: no venue sends NaN, JSON cannot. */
export function floatOrNull(value: number): number | null {
  return Number.isNaN(value) ? null : value;
}
