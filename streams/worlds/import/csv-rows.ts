/** Rows of tardis-style CSV files: which data type a header means, and typed access to the cells. */
import { invalid } from './json-fields.ts';

/** Columns a file must have, by data type; further columns are ignored. */
const requiredColumns = {
  book: ['is_snapshot', 'side', 'price', 'amount'],
  trade: ['id', 'side', 'price', 'amount'],
  ticker: ['open_interest', 'last_price', 'index_price', 'mark_price'],
} as const;
export type CsvKind = keyof typeof requiredColumns;

const commonColumns = ['exchange', 'symbol', 'timestamp', 'local_timestamp'] as const;

/** One file's header. */
export interface CsvHeader {
  readonly kind: CsvKind;
  readonly columns: ReadonlyMap<string, number>;
}

/** Throws IMPORT_INVALID when the header is none of the known data types. */
export function parseCsvHeader(line: string): CsvHeader {
  const columns = new Map(line.split(',').map((name, at) => [name.trim(), at]));
  const has = (names: readonly string[]): boolean => names.every((name) => columns.has(name));
  for (const kind of ['ticker', 'book', 'trade'] as const) {
    if (has(commonColumns) && has(requiredColumns[kind])) return { kind, columns };
  }
  throw invalid('not the header of incremental_book_L2, trades or derivative_ticker');
}

export class CsvRow {
  readonly #header: CsvHeader;
  readonly #cells: readonly string[];

  /** Throws IMPORT_INVALID when the number of cells is not that of the header. */
  constructor(header: CsvHeader, line: string) {
    this.#header = header;
    this.#cells = line.split(',');
    if (this.#cells.length !== header.columns.size) {
      throw invalid(
        `${this.#cells.length} cells under ${header.columns.size} columns, or cut short`,
      );
    }
  }

  text(column: string): string {
    const value = this.#cells[this.#header.columns.get(column) ?? -1]?.trim() ?? '';
    if (value === '') throw invalid(`${column} is empty`);
    return value;
  }

  /** Null: the cell is empty. */
  numberOrNull(column: string): number | null {
    const value = this.#cells[this.#header.columns.get(column) ?? -1]?.trim() ?? '';
    if (value === '') return null;
    const number = Number(value);
    if (!Number.isFinite(number)) throw invalid(`${column} is not a number: ${value}`);
    return number;
  }

  number(column: string): number {
    const value = this.numberOrNull(column);
    if (value === null) throw invalid(`${column} is empty`);
    return value;
  }

  /** Epoch microseconds. */
  time(column: string): number {
    const value = this.text(column);
    if (!/^\d{15,16}$/.test(value))
      throw invalid(`${column} is not a time in microseconds: ${value}`);
    return Number(value);
  }

  flag(column: string): boolean {
    const value = this.text(column);
    if (value !== 'true' && value !== 'false')
      throw invalid(`${column} is not true or false: ${value}`);
    return value === 'true';
  }
}
