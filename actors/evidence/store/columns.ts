/**
 * Columns: what a table stores of a fact, as one row that gives the ClickHouse type and the way to
 * read the value. DDL and projection come from the same row, so they cannot drift apart. A value
 * of another shape than declared is not guessed: it is passed on and the store refuses the row.
 */
import type { Fact } from '../../../streams/facts/envelope.ts';

/** Where a fact stands in the journal it came from. */
export interface FactOrigin {
  /** Identity of the journal: an event id is unique within one. */
  readonly sourceId: string;
  readonly stream: string;
  readonly offset: number;
}

export interface Column {
  readonly name: string;
  readonly type: string;
  /** Extra DDL after the type (codec). */
  readonly codec?: string;
  /** Schema version that introduced the column. */
  readonly since: number;
  /** Path in the payload it is read from; absent for envelope and computed columns. */
  readonly path?: string;
  /** JSON value as `JSONCompactEachRow` takes it. */
  read(fact: Fact, origin: FactOrigin): unknown;
}

type Payload = Readonly<Record<string, unknown>>;

function fromPayload(
  name: string,
  type: string,
  read: (value: unknown) => unknown,
  key: string,
): Column {
  const column = { name, type, since: 1, path: key };
  return { ...column, read: ({ payload }) => read(valueAt(payload, key)) };
}

/** Reads `a.b.c`; undefined where the path ends early. */
function valueAt(payload: Payload, path: string): unknown {
  if (!path.includes('.')) return payload[path];
  let value: unknown = payload;
  for (const key of path.split('.')) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = (value as Payload)[key];
  }
  return value;
}

/** `2026-11-21T02:11:00.000123Z` → `2026-11-21 02:11:00.000123`, the one form every server takes. */
export function storeTime(iso: string): string {
  return `${iso.slice(0, 10)} ${iso.slice(11, -1)}`;
}

const microsPerSecond = 1_000_000;

/** Epoch µs as the decimal text of seconds that DateTime64 takes exactly. */
function storeTimeOfUs(us: unknown): unknown {
  if (typeof us !== 'number' || !Number.isSafeInteger(us)) return us ?? null;
  const seconds = Math.floor(us / microsPerSecond);
  return `${seconds}.${String(us - seconds * microsPerSecond).padStart(6, '0')}`;
}

const orEmpty = (value: unknown): unknown => value ?? '';
const orNull = (value: unknown): unknown => value ?? null;
const orNone = (value: unknown): unknown => value ?? [];

/** Free text and identifiers; missing is ''. */
export const text = (name: string, key = name): Column => fromPayload(name, 'String', orEmpty, key);
/** Text of few values; missing is ''. */
export const token = (name: string, key = name): Column =>
  fromPayload(name, 'LowCardinality(String)', orEmpty, key);
export const tokens = (name: string, key = name): Column =>
  fromPayload(name, 'Array(LowCardinality(String))', orNone, key);
/** Exact integer (ticks, lots, counts); missing is null. */
export const integer = (name: string, key = name): Column =>
  fromPayload(name, 'Nullable(Int64)', orNull, key);
/** Exact decimal from canonical text; missing is null. */
export const decimal = (name: string, key = name): Column =>
  fromPayload(name, 'Nullable(Decimal(38, 18))', orNull, key);
/** Analytics only; missing is null. */
export const float = (name: string, key = name): Column =>
  fromPayload(name, 'Nullable(Float64)', orNull, key);
export const flag = (name: string, key = name): Column =>
  fromPayload(name, 'Nullable(Bool)', orNull, key);
/** Epoch µs in the payload, a time in the store; missing is null. */
export const timeOfUs = (name: string, key: string): Column =>
  fromPayload(name, "Nullable(DateTime64(6, 'UTC'))", storeTimeOfUs, key);
/** Any JSON, kept as text; missing is ''. */
export const json = (name: string, key = name): Column => ({
  ...fromPayload(
    name,
    'String',
    (value) => (value === undefined ? '' : JSON.stringify(value)),
    key,
  ),
  codec: 'CODEC(ZSTD(3))',
});
/** The same columns, introduced by a later schema version: the migration of that version adds them. */
export const since = (version: number, ...columns: readonly Column[]): Column[] =>
  columns.map((column) => ({ ...column, since: version }));
/** Computed from the payload. */
export const computed = (
  name: string,
  type: string,
  read: (payload: Payload) => unknown,
): Column => ({ name, type, since: 1, read: ({ payload }) => read(payload) });

/** From the envelope. */
export const envelope = (
  name: string,
  type: string,
  read: (fact: Fact, origin: FactOrigin) => unknown,
  codec?: string,
): Column => ({ name, type, since: 1, read, ...(codec === undefined ? {} : { codec }) });

/** First columns of every table: identity, time, and how to find the rest. */
export const commonColumns: readonly Column[] = [
  envelope('ts_utc', "DateTime64(6, 'UTC')", (fact) => storeTime(fact.ts_utc)),
  envelope('event_id', 'String', (fact) => fact.event_id),
  envelope('source_id', 'LowCardinality(String)', (_, origin) => origin.sourceId),
  envelope('stream', 'LowCardinality(String)', (_, origin) => origin.stream),
  envelope('offset', 'UInt64', (_, origin) => origin.offset),
  envelope('event_type', 'LowCardinality(String)', (fact) => fact.event_type),
  envelope('run_id', 'LowCardinality(String)', (fact) => fact.pins.run_id),
  envelope('scenario_id', 'LowCardinality(String)', (fact) => fact.pins.scenario_id),
  envelope('trace_id', 'String', (fact) => fact.trace_id),
  envelope('producer', 'LowCardinality(String)', (fact) => fact.producer),
  envelope('policy_rev', 'LowCardinality(String)', (fact) => fact.policy_rev),
];
