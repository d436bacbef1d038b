/**
 * Turns journal records into encoded inserts, a slice at a time, so that a backlog of 100,000 rows
 * never holds the loop. Guarantees that every record ends in `facts` or in `quarantined_rows`.
 */
import type { Fact } from '../../../streams/facts/envelope.ts';
import { factSchemas, parseFact } from '../../../streams/facts/registry.ts';
import type { Clock } from '../../../streams/ports/index.ts';
import { type StoreTable, takesType } from './table.ts';
import { storeTables } from './tables.ts';

/** Rows encoded per turn of the loop: 500 rows take about 3 ms here, the p99 target is 5. */
export const maxRowsPerTurn = 500;

export interface ShipRecord {
  readonly offset: number;
  /** Canonical JSON of one fact. */
  readonly bytes: Uint8Array;
}

export interface EncodedTable {
  readonly table: string;
  readonly columns: readonly string[];
  /** `JSONCompactEachRow` lines, each ending in a newline. */
  readonly chunks: readonly Uint8Array[];
  readonly rows: number;
}

/** A record that is not a fact at all. */
export interface UnreadableRecord {
  readonly offset: number;
  readonly error: string;
  readonly content: string;
}

export interface EncodedBatch {
  readonly tables: readonly EncodedTable[];
  readonly unreadable: readonly UnreadableRecord[];
  readonly rows: number;
}

export interface EncodeOptions {
  readonly clock: Pick<Clock, 'soon'>;
  readonly sourceId: string;
  readonly stream: string;
}

interface TableBuffer {
  readonly table: StoreTable;
  readonly chunks: Uint8Array[];
  text: string;
  rows: number;
}

const routes = new Map<string, readonly StoreTable[]>();
/** Event types are few; a hostile journal must still not grow this without bound. */
const maxRoutes = 1_000;

function routeOf(eventType: string): readonly StoreTable[] {
  const known = routes.get(eventType);
  if (known !== undefined) return known;
  const route = storeTables.filter((table) => takesType(table, eventType));
  if (routes.size < maxRoutes) routes.set(eventType, route);
  return route;
}

/** Names of the tables a fact of this type is written to. */
export function tablesOfType(eventType: string): readonly string[] {
  return routeOf(eventType).map((table) => table.name);
}

function readFact(bytes: Uint8Array): Fact {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8');
  // The journal was written through the schemas; only an old version needs the slow, lifting parse.
  const fact = JSON.parse(text) as Fact;
  const known = factSchemas[fact.event_type];
  if (known !== undefined && fact.schema_version < known.version) return parseFact(bytes);
  return fact;
}

function appendFact(
  buffers: Map<string, TableBuffer>,
  fact: Fact,
  options: EncodeOptions,
  offset: number,
): number {
  const origin = { sourceId: options.sourceId, stream: options.stream, offset };
  // All lines first: a fact is appended to all of its tables or to none.
  const lines: [StoreTable, string][] = [];
  for (const table of routeOf(fact.event_type)) {
    if (table.only !== undefined && !table.only(fact)) continue;
    const row = table.columns.map((column) => column.read(fact, origin));
    lines.push([table, `${JSON.stringify(row)}\n`]);
  }
  for (const [table, line] of lines) {
    let buffer = buffers.get(table.name);
    if (buffer === undefined) {
      buffer = { table, chunks: [], text: '', rows: 0 };
      buffers.set(table.name, buffer);
    }
    buffer.text += line;
    buffer.rows += 1;
  }
  return lines.length;
}

function closeSlice(buffers: Map<string, TableBuffer>): void {
  for (const buffer of buffers.values()) {
    if (buffer.text === '') continue;
    buffer.chunks.push(Buffer.from(buffer.text, 'utf8'));
    buffer.text = '';
  }
}

/** Encodes a batch; gives the loop back after every `maxRowsPerTurn` rows. Never rejects. */
export async function encodeBatch(
  records: readonly ShipRecord[],
  options: EncodeOptions,
): Promise<EncodedBatch> {
  const buffers = new Map<string, TableBuffer>();
  const unreadable: UnreadableRecord[] = [];
  let rows = 0;
  let rowsThisTurn = 0;
  for (const { offset, bytes } of records) {
    try {
      const added = appendFact(buffers, readFact(bytes), options, offset);
      rows += added;
      rowsThisTurn += added;
    } catch (thrown) {
      const error = thrown instanceof Error ? thrown.message : String(thrown);
      unreadable.push({ offset, error, content: Buffer.from(bytes).toString('utf8') });
      rowsThisTurn += 1;
    }
    if (rowsThisTurn < maxRowsPerTurn) continue;
    rowsThisTurn = 0;
    closeSlice(buffers);
    await new Promise<void>((resolve) => options.clock.soon(resolve));
  }
  closeSlice(buffers);
  const tables = [...buffers.values()].map((buffer) => ({
    table: buffer.table.name,
    columns: buffer.table.columns.map((column) => column.name),
    chunks: buffer.chunks,
    rows: buffer.rows,
  }));
  return { tables, unreadable, rows };
}
