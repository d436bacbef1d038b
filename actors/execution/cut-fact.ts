/**
 * Facts of the ledger, cut instead of parsed: replay reads little of each, and there are many. Only the
 * canonical form of a type's current version is cut; anything else goes through the registry.
 */
import { canonicalJson } from '../../streams/facts/hash.ts';
import type { FactReader } from '../../streams/facts/registry.ts';
import type { FactSchemaTable } from '../../streams/facts/schemas/schema-table.ts';

/** What stands around the payload of a canonical fact; within a text each quote is escaped. */
const typeMark = ',"event_type":"';
const payloadMark = ',"payload":';
const pinsMark = ',"pins":';
const versionMark = ',"schema_version":';
const traceMark = ',"trace_id":"';
const timeMark = ',"ts_utc":"';

export interface CutFact {
  readonly type: string;
  readonly traceId: string;
  readonly tsUtc: string;
  /** Canonical JSON of the payload. */
  readonly payload: string;
}

/** The text of a quoted member that begins at `at` with `mark`. */
export function quoted(text: string, mark: string, at: number): string {
  const from = at + mark.length;
  return text.slice(from, text.indexOf('"', from));
}

/**
 * Cuts a fact of its type's current version, in canonical form, without parsing it: the envelope is half
 * of the bytes and little of it is read here. Undefined for any other form.
 */
export function cutFact(text: string, versions: ReadonlyMap<string, string>): CutFact | undefined {
  const typeAt = text.indexOf(typeMark);
  const payloadAt = text.indexOf(payloadMark, typeAt);
  const pinsAt = text.lastIndexOf(pinsMark);
  const versionAt = text.indexOf(versionMark, pinsAt);
  const traceAt = text.indexOf(traceMark, versionAt);
  const timeAt = text.indexOf(timeMark, traceAt);
  if (typeAt < 0 || payloadAt < typeAt || pinsAt < payloadAt) return undefined;
  if (versionAt < pinsAt || traceAt < versionAt || timeAt < traceAt) return undefined;
  const type = quoted(text, typeMark, typeAt);
  const version = text.slice(versionAt + versionMark.length, traceAt);
  if (version !== versions.get(type)) return undefined;
  return {
    type,
    traceId: quoted(text, traceMark, traceAt),
    tsUtc: quoted(text, timeMark, timeAt),
    payload: text.slice(payloadAt + payloadMark.length, pinsAt),
  };
}

/** A fact of an older version, brought up to date by the registry; refuses types it does not know. */
export function upcastFact(bytes: Uint8Array, read: FactReader): CutFact {
  const { event_type: type, trace_id: traceId, ts_utc: tsUtc, payload } = read(bytes);
  return { type, traceId, tsUtc, payload: canonicalJson(payload) };
}

/** Which version of each type is current, as it is written, and who reads the others. */
export interface FactVersions {
  readonly current: ReadonlyMap<string, string>;
  readonly read: FactReader;
}

export function versionsOf(table: FactSchemaTable, read: FactReader): FactVersions {
  const current = Object.entries(table).map(([type, row]) => [type, `${row.version}`] as const);
  return { current: new Map(current), read };
}

/** The number (or null) of a member of canonical JSON text. */
export function numberOf(text: string, name: string): number | null {
  const mark = `"${name}":`;
  const from = text.indexOf(mark) + mark.length;
  const value = text.slice(from, text.indexOf(',', from));
  return value === 'null' ? null : Number(value);
}
