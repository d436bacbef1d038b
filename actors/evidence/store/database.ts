/**
 * What the evidence room needs of ClickHouse, embedded or server alike. The implementation over
 * HTTP stands in `daemon/store/client.ts`; simulation gives an in-memory one.
 */
import { HoldfastError } from '../../../streams/facts/errors.ts';

/** One insert of already encoded rows. */
export interface EncodedInsert {
  readonly table: string;
  readonly columns: readonly string[];
  /** Lines of `JSONCompactEachRow`, cut anywhere between lines; every line ends in a newline. */
  readonly chunks: readonly Uint8Array[];
  readonly rows: number;
  /** Equal tokens are the same insert: the second one changes nothing. */
  readonly token: string;
}

/**
 * Every method rejects with `HoldfastError`: STORE_UNAVAILABLE (passes by itself) or STORE_REJECTED
 * (refused until something is repaired). `details.code` holds ClickHouse's error number, if any.
 */
export interface EvidenceDatabase {
  readonly database: string;
  ping(): Promise<void>;
  /** Rows of a SELECT, 64-bit integers and decimals as text. `params` bind `{name:Type}`. */
  rows<Row>(query: string, params?: Readonly<Record<string, unknown>>): Promise<Row[]>;
  command(statement: string): Promise<void>;
  insert(insert: EncodedInsert): Promise<void>;
  close(): Promise<void>;
}

/**
 * Errors that say "this row can never be stored", by ClickHouse number: parse errors, values out of
 * range, wrong types. Everything else (memory, readonly, missing table, too many parts, …) may pass
 * with time or after a repair, so the rows wait in the journal.
 */
const poisonCodes: ReadonlySet<number> = new Set([
  6, 23, 25, 26, 27, 32, 33, 34, 38, 41, 53, 69, 70, 72, 117, 131, 157, 349, 368, 407, 441, 467,
  675, 676, 677,
]);

/**
 * Errors that pass by themselves, by ClickHouse number: time-outs, busy, memory, too many parts,
 * shutting down, no quorum.
 */
const transientCodes: ReadonlySet<number> = new Set([
  159, 198, 202, 203, 209, 210, 225, 236, 241, 242, 243, 252, 285, 286, 319, 394, 425, 439, 473,
  999, 1002,
]);

/** True when sending the same rows again cannot succeed. */
export function isPoison(error: HoldfastError): boolean {
  const code = error.details.code;
  return typeof code === 'number' && poisonCodes.has(code);
}

/** Words an error of the store with ClickHouse's number; `code` undefined means no answer came. */
export function storeError(
  message: string,
  code: number | undefined,
  cause: unknown,
): HoldfastError {
  const short = message.length > 500 ? `${message.slice(0, 500)}…` : message;
  if (code === undefined) {
    return new HoldfastError(
      'STORE_UNAVAILABLE',
      `the store does not answer (${short}); evidence waits in the journal and catches up by itself`,
      { cause },
    );
  }
  const kind = transientCodes.has(code) ? 'STORE_UNAVAILABLE' : 'STORE_REJECTED';
  return new HoldfastError(kind, `the store refused: ${short} (ClickHouse code ${code})`, {
    cause,
    details: { code },
  });
}
