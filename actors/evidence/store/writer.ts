/**
 * Writes one batch to the store: every row confirmed in its table, or set aside in
 * `quarantined_rows` when the store says it can never be stored. Rejects on anything that may pass
 * with time; the caller then writes the same batch again, and its tokens keep that from doubling.
 */
import { asHoldfastError, HoldfastError } from '../../../streams/facts/errors.ts';
import { type EvidenceDatabase, isPoison } from './database.ts';
import type { EncodedBatch, EncodedTable, UnreadableRecord } from './encode.ts';

/**
 * Above this many bad rows a batch is not "some bad rows" but a wrong schema: it then waits in the
 * journal, visibly, until someone repairs the store, instead of being set aside whole.
 */
export const maxQuarantinedPerBatch = 100;
const maxContentChars = 100_000;
const quarantineColumns = ['source_id', 'stream', 'offset', 'target', 'error', 'content'];

export interface BatchOrigin {
  readonly sourceId: string;
  readonly stream: string;
  /** Offsets [from, next) of the batch: with the table they make the deduplication token. */
  readonly from: number;
  readonly next: number;
  readonly generation: number;
}

interface QuarantinedRow {
  readonly offset: number;
  readonly target: string;
  readonly error: string;
  readonly content: string;
}

const tokenOf = (origin: BatchOrigin, table: string): string =>
  `${origin.sourceId}:${origin.stream}:${origin.generation}:${origin.from}-${origin.next}:${table}`;

/**
 * Resolves with the number of rows set aside. Rejects with STORE_UNAVAILABLE, or STORE_REJECTED when
 * too many rows of one batch are bad.
 */
export async function writeBatch(
  database: EvidenceDatabase,
  batch: EncodedBatch,
  origin: BatchOrigin,
): Promise<number> {
  const bad: QuarantinedRow[] = batch.unreadable.map(unreadableRow);
  for (const table of batch.tables) {
    const token = tokenOf(origin, table.table);
    try {
      await database.insert({ ...table, token });
    } catch (thrown) {
      const error = asHoldfastError(thrown);
      if (!isPoison(error)) throw error;
      await insertGoodRows(database, table, token, error, bad);
    }
  }
  await quarantine(database, bad, origin);
  return bad.length;
}

function unreadableRow({ offset, error, content }: UnreadableRecord): QuarantinedRow {
  return { offset, target: '', error, content };
}

function linesOf(table: EncodedTable): string[] {
  const text = Buffer.concat(table.chunks).toString('utf8');
  return text.split('\n').slice(0, -1);
}

/** Halves the rows until the bad ones stand alone. */
async function insertGoodRows(
  database: EvidenceDatabase,
  table: EncodedTable,
  token: string,
  cause: HoldfastError,
  bad: QuarantinedRow[],
): Promise<void> {
  const lines = linesOf(table);
  const pending: { first: number; next: number; error: HoldfastError }[] = [
    { first: 0, next: lines.length, error: cause },
  ];
  for (let range = pending.pop(); range !== undefined; range = pending.pop()) {
    if (range.next - range.first === 1) {
      bad.push(badRow(table, lines[range.first] ?? '', range.error));
      refuseTooMany(table, bad, range.error);
      continue;
    }
    const middle = (range.first + range.next) >> 1;
    for (const [first, next] of [
      [range.first, middle],
      [middle, range.next],
    ] as const) {
      const error = await tryLines(
        database,
        table,
        lines.slice(first, next),
        `${token}:${first}-${next}`,
      );
      if (error !== undefined) pending.push({ first, next, error });
    }
  }
}

function refuseTooMany(
  table: EncodedTable,
  bad: readonly QuarantinedRow[],
  cause: HoldfastError,
): void {
  if (bad.length <= maxQuarantinedPerBatch) return;
  throw new HoldfastError(
    'STORE_REJECTED',
    `table ${table.table} refuses more than ${maxQuarantinedPerBatch} rows of one batch: ` +
      `its schema is not this build's; evidence waits in the journal (${cause.message})`,
    { cause, details: { table: table.table } },
  );
}

async function tryLines(
  database: EvidenceDatabase,
  table: EncodedTable,
  lines: readonly string[],
  token: string,
): Promise<HoldfastError | undefined> {
  try {
    const chunks = [Buffer.from(`${lines.join('\n')}\n`, 'utf8')];
    await database.insert({ ...table, chunks, rows: lines.length, token });
    return undefined;
  } catch (thrown) {
    const error = asHoldfastError(thrown);
    if (!isPoison(error)) throw error;
    return error;
  }
}

function badRow(table: EncodedTable, line: string, error: HoldfastError): QuarantinedRow {
  const row = JSON.parse(line) as unknown[];
  const offset = Number(row[table.columns.indexOf('offset')] ?? 0);
  return { offset, target: table.table, error: error.message, content: line };
}

async function quarantine(
  database: EvidenceDatabase,
  bad: readonly QuarantinedRow[],
  origin: BatchOrigin,
): Promise<void> {
  if (bad.length === 0) return;
  const lines = bad.map((row) => {
    const content = row.content.slice(0, maxContentChars);
    const values = [origin.sourceId, origin.stream, row.offset, row.target, row.error, content];
    return `${JSON.stringify(values)}\n`;
  });
  await database.insert({
    table: 'quarantined_rows',
    columns: quarantineColumns,
    chunks: [Buffer.from(lines.join(''), 'utf8')],
    rows: bad.length,
    token: tokenOf(origin, 'quarantined_rows'),
  });
}
