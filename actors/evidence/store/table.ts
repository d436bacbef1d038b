/** What one table of the store is: which facts it takes, what it keeps of them, in which order. */
import type { Fact } from '../../../streams/facts/envelope.ts';
import { type Column, commonColumns } from './columns.ts';

/** Which retention parameter rules a table. `ledger` follows the intent ledger: kept for ever. */
export type RetentionClass = 'ticks' | 'analytics' | 'snapshots' | 'ledger';

export interface StoreTable {
  readonly name: string;
  /** Event types projected here; `*` takes every fact, a trailing `.*` takes a whole family. */
  readonly takes: readonly string[];
  /** Narrows `takes` by content; absent takes all of them. */
  readonly only?: (fact: Fact) => boolean;
  readonly columns: readonly Column[];
  /** The questions of the dashboards first; the identity `source_id, event_id` always last. */
  readonly orderBy: readonly string[];
  readonly indexes: readonly string[];
  readonly retention: RetentionClass;
  /** Schema version that introduced the table. */
  readonly since: number;
}

const traceIndex = 'INDEX by_trace `trace_id` TYPE bloom_filter(0.01) GRANULARITY 4';

export interface TableDefinition {
  readonly name: string;
  readonly takes: readonly string[];
  readonly only?: (fact: Fact) => boolean;
  readonly retention: RetentionClass;
  /** 1 when absent. */
  readonly since?: number;
  /** Columns the rows are sorted by, before time and identity. */
  readonly by: readonly string[];
  readonly columns: readonly Column[];
}

/** Adds what all tables share: common columns, identity at the end of the order, trace index. */
export function table(definition: TableDefinition): StoreTable {
  const { by, columns, since = 1, ...rest } = definition;
  return {
    ...rest,
    since,
    columns: [...commonColumns, ...columns],
    orderBy: [...by, 'ts_utc', 'source_id', 'event_id'],
    indexes: [traceIndex],
  };
}

/** True when a table takes facts of this type. */
export function takesType(taker: Pick<StoreTable, 'takes'>, eventType: string): boolean {
  return taker.takes.some(
    (pattern) =>
      pattern === '*' ||
      pattern === eventType ||
      (pattern.endsWith('.*') && eventType.startsWith(pattern.slice(0, -1))),
  );
}
