/**
 * One table of the simulated store, as its own CREATE TABLE says it: columns, the key under which a
 * later row replaces an earlier one, partitions, and how many inserts it remembers by token.
 */
import { storeError } from '../../../actors/evidence/store/index.ts';

export type Row = readonly unknown[];

/** A row as it stands; an equal key replaces it. */
export interface StoredRow {
  readonly key: string;
  /** Stream and offset of the fact; empty in the bookkeeping's own tables. */
  readonly place: string;
  /** Kept of the bookkeeping's own tables only. */
  readonly values: Row | undefined;
  /** Of the writer's process that brought it. */
  readonly life: number;
}

/** A row that was added, and the one it replaced. */
export interface Added {
  readonly row: StoredRow;
  readonly values: Row;
  readonly before: StoredRow | undefined;
}

/** What one insert adds at once: a part. */
export interface Part {
  readonly token: string;
  readonly rows: readonly Row[];
}

/** Parts an insert falls into at most, in one partition: far more than a server makes of so few rows. */
const partsMax = 8;
const fewestRowsPerPart = 16;

const created =
  /^CREATE TABLE IF NOT EXISTS (\w+) \(([\s\S]*)\)\s+ENGINE = ReplacingMergeTree\((\w*)\)\s+(?:PARTITION BY toYYYYMMDD\((\w+)\)\s+)?ORDER BY \(?([\w`, ]+)\)?(?:\s+SETTINGS ([\s\S]*))?$/;

/** ClickHouse's numbers. */
const noSuchColumn = 16;
const cannotParse = 27;

/** Splits at commas that stand in no brackets. */
function items(text: string): string[] {
  const found: string[] = [];
  let depth = 0;
  let item = '';
  for (const sign of text) {
    if (sign === '(') depth += 1;
    if (sign === ')') depth -= 1;
    if (sign !== ',' || depth > 0) item += sign;
    else {
      found.push(item.trim());
      item = '';
    }
  }
  return [...found, item.trim()];
}

const bare = (name: string): string => name.trim().replaceAll('`', '');

export class SimTable {
  readonly name: string;
  readonly statement: string;
  readonly columns: Set<string>;
  /** Its schema is another one: this column is not there. */
  missingColumn: string | undefined;
  /** Its schema is another one: it can take no fact whose offset this divides. */
  refusedOffsets: number | undefined;
  /** It ever refused a fact for its type: pieces of a batch may then come before the whole. */
  hasRefused = false;
  readonly #keyColumns: readonly string[];
  readonly #partitionColumn: string | undefined;
  readonly #versionColumn: string | undefined;
  readonly #windowMax: number;
  /** Tokens of the last parts, oldest first. */
  readonly #tokens = new Set<string>();
  readonly #byKey = new Map<string, StoredRow>();
  readonly #places = new Set<string>();

  /** Throws on a statement it does not understand: nothing of a schema is passed over. */
  constructor(statement: string) {
    const parts = created.exec(statement);
    if (parts === null) throw new Error(`not understood: ${statement}`);
    const [, name = '', columns = '', version, partition, key = '', settings = ''] = parts;
    this.name = name;
    this.statement = statement;
    const named = items(columns).filter((item) => !item.startsWith('INDEX '));
    this.columns = new Set(named.map((item) => bare(item.split(' ')[0] as string)));
    this.#keyColumns = key.split(',').map(bare);
    this.#versionColumn = version === '' ? undefined : version;
    this.#partitionColumn = partition;
    this.#windowMax = Number(
      /non_replicated_deduplication_window = (\d+)/.exec(settings)?.[1] ?? 0,
    );
  }

  /** Rows as `FINAL` shows them. */
  final(): Iterable<StoredRow> {
    return this.#byKey.values();
  }

  /** True when a row came from there. What took its place since was told to who watches. */
  holds(place: string): boolean {
    return this.#places.has(place);
  }

  /** The parts an insert falls into: the same rows under the same token, the same parts. Throws as ClickHouse answers. */
  partsOf(columns: readonly string[], rows: readonly Row[], token: string): Part[] {
    this.#refuse(columns, rows);
    const day = this.#partitionColumn === undefined ? -1 : columns.indexOf(this.#partitionColumn);
    const byDay = new Map<string, Row[]>();
    for (const row of rows) {
      const partition = day < 0 ? '' : String(row[day]).slice(0, 10);
      const own = byDay.get(partition);
      if (own === undefined) byDay.set(partition, [row]);
      else own.push(row);
    }
    const size = Math.max(fewestRowsPerPart, Math.ceil(rows.length / partsMax));
    const parts: Part[] = [];
    for (const [partition, own] of byDay)
      for (let at = 0; at < own.length; at += size)
        parts.push({ token: `${token}#${partition}#${at}`, rows: own.slice(at, at + size) });
    return parts;
  }

  /** Adds a part unless its token is remembered. Returns what was added, each with the row it replaced. */
  add(columns: readonly string[], { token, rows }: Part, life: number): Added[] {
    if (this.#tokens.has(token)) return [];
    this.#remember(token);
    const keys = this.#keyColumns.map((column) => columns.indexOf(column));
    const stream = columns.indexOf('stream');
    const offset = columns.indexOf('offset');
    const version = columns.indexOf(this.#versionColumn ?? '');
    return rows.map((values) => {
      const key = keys.map((at) => String(values[at])).join('\n');
      const place = offset < 0 ? '' : `${String(values[stream])}:${String(values[offset])}`;
      const row = { key, place, values: place === '' ? values : undefined, life };
      const before = this.#byKey.get(key);
      const isOlder =
        version >= 0 &&
        before !== undefined &&
        Number(values[version]) < Number(before.values?.[version]);
      if (!isOlder) this.#byKey.set(key, row);
      if (place !== '') this.#places.add(place);
      return { row, values, before };
    });
  }

  #refuse(columns: readonly string[], rows: readonly Row[]): void {
    const unknown = columns.find((name) => !this.columns.has(name) || name === this.missingColumn);
    if (unknown !== undefined)
      throw storeError(`no column ${unknown} in table ${this.name}`, noSuchColumn, undefined);
    if (rows.some((row) => row.length !== columns.length))
      throw storeError(`a row of another length for ${this.name}`, cannotParse, undefined);
    const every = this.refusedOffsets;
    if (every === undefined) return;
    const offset = columns.indexOf('offset');
    const bad = rows.find((row) => Number(row[offset]) % every === 0);
    if (bad === undefined) return;
    this.hasRefused = true;
    throw storeError(`cannot parse offset ${String(bad[offset])}`, cannotParse, undefined);
  }

  #remember(token: string): void {
    if (this.#windowMax === 0) return;
    this.#tokens.add(token);
    if (this.#tokens.size <= this.#windowMax) return;
    const [oldest] = this.#tokens;
    this.#tokens.delete(oldest as string);
  }
}
