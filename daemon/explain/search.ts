/**
 * Finds every fact about one thing in a journal: first what the id names, then everything that
 * belongs to it. Reads beside a running daemon; records that do not mention an id are not parsed.
 */
import type { Fact } from '../../streams/facts/envelope.ts';
import { HoldfastError } from '../../streams/facts/errors.ts';
import {
  type JournalReadDoor,
  openJournalReader,
  type StreamName,
} from '../../streams/journal/index.ts';
import type { Disk } from '../../streams/ports/index.ts';

/** A fact as the search needs it: the journal has proved the bytes, not the shape. */
export interface FoundFact {
  readonly stream: StreamName;
  readonly offset: number;
  readonly event_type: string;
  readonly ts_utc: string;
  /** Local time of the record; the time of the event on replayed history. */
  readonly recorded_utc: string;
  readonly trace_id: string;
  readonly run_id: string;
  readonly policy_rev: string;
  readonly payload: Readonly<Record<string, unknown>>;
}

/** What an id may be, and the payload fields that hold it. */
const idFields = {
  intent: ['intent_id', 'target_intent_id'],
  label: ['label'],
  order: ['venue_order_id', 'order_id', 'target_order_id'],
  trade: ['trade_id'],
  decision: ['decision_id'],
  group: ['group_id'],
  capsule: ['capsule_id'],
  snapshot: ['snapshot_id'],
} as const;
export type IdKind = keyof typeof idFields;

export interface Found {
  readonly kind: IdKind;
  /** The id in full, when only its beginning was given. */
  readonly id: string;
  readonly intentIds: readonly string[];
  readonly decisionIds: readonly string[];
  readonly groupIds: readonly string[];
  /** In the order in which they were recorded, each once. */
  readonly facts: readonly FoundFact[];
}

export type OnProgress = (done: number, total: number, stream: StreamName) => void;

/** Where intents, orders, fills, receipts and attributions stand. */
const streams: readonly StreamName[] = ['ledger', 'audit'];
/** The beginning of an id is enough when it is at least this long. */
const prefixCharactersMin = 8;
/** Candidates named when a beginning fits several. */
const candidatesShown = 5;
/** Records between two progress reports. */
const progressEvery = 4_096;

function parsed(stream: StreamName, offset: number, bytes: Buffer): FoundFact {
  const { event_type, ts_utc, emitted_at_utc, trace_id, policy_rev, payload, pins } = JSON.parse(
    bytes.toString('utf8'),
  ) as Fact;
  const recorded_utc = emitted_at_utc ?? ts_utc;
  const place = { stream, offset, run_id: pins.run_id };
  return { ...place, event_type, ts_utc, recorded_utc, trace_id, policy_rev, payload };
}

/** Facts whose bytes hold one of the texts. */
function* mentioning(
  door: JournalReadDoor,
  texts: readonly Buffer[],
  onProgress: OnProgress,
): Generator<FoundFact> {
  for (const stream of streams) {
    const read = door.stream(stream);
    const total = read.committedOffset();
    for (const { offset, bytes } of read.read(0)) {
      if (offset % progressEvery === 0) onProgress(offset, total, stream);
      const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      if (texts.some((text) => buffer.includes(text))) yield parsed(stream, offset, buffer);
    }
  }
}

function textAt(payload: FoundFact['payload'], field: string): string | undefined {
  const value = payload[field];
  return typeof value === 'string' ? value : undefined;
}

/** Every id of the payload that is, or begins with, what was asked for. */
function* named(fact: FoundFact, asked: string): Generator<[kind: IdKind, id: string]> {
  for (const [kind, fields] of Object.entries(idFields) as Array<[IdKind, readonly string[]]>) {
    for (const field of fields) {
      const id = textAt(fact.payload, field);
      if (id === asked || (asked.length >= prefixCharactersMin && id?.startsWith(asked))) {
        yield [kind, id ?? asked];
      }
    }
  }
}

interface Target {
  readonly kind: IdKind;
  readonly id: string;
  readonly facts: readonly FoundFact[];
}

/** Throws NOT_FOUND, or USAGE when a beginning fits several ids. */
function targetOf(door: JournalReadDoor, asked: string, onProgress: OnProgress): Target {
  const targets = new Map<string, { kind: IdKind; facts: FoundFact[] }>();
  const wanted = [Buffer.from(`"${asked}`)];
  for (const fact of mentioning(door, wanted, onProgress)) {
    for (const [kind, id] of named(fact, asked)) {
      const target = targets.get(id) ?? { kind, facts: [] };
      target.facts.push(fact);
      targets.set(id, target);
    }
  }
  const exact = targets.get(asked);
  if (exact !== undefined) return { id: asked, ...exact };
  const [first, ...others] = targets;
  if (first === undefined) {
    throw new HoldfastError(
      'NOT_FOUND',
      `nothing in this journal has the id ${asked}: give an intent, order, label, trade, decision, group, capsule or snapshot id, or at least the first ${prefixCharactersMin} characters of one`,
    );
  }
  if (others.length > 0) {
    const ids = [...targets.keys()].slice(0, candidatesShown).join(', ');
    throw new HoldfastError('USAGE', `${asked} is the beginning of ${targets.size} ids: ${ids}`);
  }
  const [id, target] = first;
  return { id, ...target };
}

function idsOf(facts: readonly FoundFact[], field: string): string[] {
  const ids = facts.flatMap(({ payload }) => textAt(payload, field) ?? []);
  return [...new Set(ids)];
}

/** One intent, or all of a decision, group or snapshot. */
const wholeDecision: ReadonlySet<IdKind> = new Set(['decision', 'group', 'snapshot']);

/** What names no intent (snapshot, group) belongs to all; what names one, only to that one. */
function belongs({ payload }: FoundFact, intents: ReadonlySet<string>): boolean {
  const own = [textAt(payload, 'intent_id'), textAt(payload, 'target_intent_id')];
  const named = own.filter((id) => id !== undefined);
  return named.length === 0 || named.some((id) => intents.has(id));
}

function inOrder(facts: Iterable<FoundFact>): FoundFact[] {
  return [...facts].sort(
    (a, b) =>
      a.recorded_utc.localeCompare(b.recorded_utc) ||
      streams.indexOf(a.stream) - streams.indexOf(b.stream) ||
      a.offset - b.offset,
  );
}

/** Throws NOT_FOUND for an id nothing knows, USAGE for an ambiguous beginning. */
export function searchJournal(
  disk: Disk,
  directory: string,
  asked: string,
  onProgress: OnProgress = () => undefined,
): Found {
  if (asked === '' || asked.includes('"')) throw new HoldfastError('USAGE', 'no id was given');
  const door = openJournalReader(disk, directory);
  try {
    const { kind, id, facts: named } = targetOf(door, asked, onProgress);
    const intents = new Set([...idsOf(named, 'intent_id'), ...idsOf(named, 'target_intent_id')]);
    const ids = new Set([id, ...intents]);
    // An intent leads to its decision and group, those to snapshot and siblings: until nothing is new.
    for (;;) {
      const texts = [...ids].map((each) => Buffer.from(`"${each}"`));
      const facts = [...mentioning(door, texts, onProgress)];
      if (wholeDecision.has(kind)) for (const each of idsOf(facts, 'intent_id')) intents.add(each);
      const decisionIds = idsOf(facts, 'decision_id');
      const groupIds = idsOf(facts, 'group_id');
      const known = ids.size;
      for (const each of [...intents, ...decisionIds, ...groupIds]) ids.add(each);
      if (ids.size > known) continue;
      const own = facts.filter((fact) => belongs(fact, intents));
      return { kind, id, intentIds: [...intents], decisionIds, groupIds, facts: inOrder(own) };
    }
  } finally {
    door.close();
  }
}
