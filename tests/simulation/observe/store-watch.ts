/**
 * Facts reach the store exactly once: judged row by row as it arrives, offset by offset as it is
 * confirmed, and whole at rest. What should be there is read from the platters, not from the shipper.
 */
import { createHash } from 'node:crypto';
import type { Fact } from '../../../streams/facts/envelope.ts';
import type { StoreEntry } from '../plan.ts';
import type { SimStore, SimStoreEvents } from '../store/sim-store.ts';
import type { Added, Row, SimTable, StoredRow } from '../store/table.ts';
import { dataDirectory } from '../world/sim-daemon.ts';
import type { SimWorld } from '../world/sim-world.ts';
import type { DurableWatch } from './durable-watch.ts';
import { behind, type Kept, ShippedStreams, type Stream } from './shipped-streams.ts';
import type { Timeline } from './timeline.ts';
import type { Verdict } from './verdict.ts';

/** A start, and what was left behind. */
const catchUpS = 60;
const usPerS = 1_000_000;

/** What the table of every fact must say of one, by its columns. */
function saidOf(fact: Fact): Readonly<Record<string, unknown>> {
  return {
    event_id: fact.event_id,
    event_type: fact.event_type,
    schema_version: fact.schema_version,
    ts_utc: fact.ts_utc.replace('T', ' ').replace('Z', ''),
    run_id: fact.pins.run_id,
    trace_id: fact.trace_id,
    producer: fact.producer,
    partition_key: fact.partition_key,
    payload: JSON.stringify(fact.payload),
  };
}

export class StoreWatch implements SimStoreEvents {
  readonly #verdict: Verdict;
  readonly #timeline: Timeline;
  readonly #sim: SimWorld;
  readonly #journal: ShippedStreams;
  readonly #tables: ReadonlyMap<string, SimTable>;
  /** `table stream:offset` of what was set aside. */
  readonly #aside = new Set<string>();
  readonly #hash = createHash('sha256');
  /** Where each event id stands in the table of every fact. */
  readonly #keys = new Map<string, string>();

  constructor(
    verdict: Verdict,
    timeline: Timeline,
    sim: SimWorld,
    store: SimStore,
    durable: DurableWatch,
  ) {
    this.#verdict = verdict;
    this.#timeline = timeline;
    this.#sim = sim;
    this.#journal = new ShippedStreams(durable, sim.daemon.node.disk, dataDirectory);
    this.#tables = store.database.tables;
    store.listen(this);
  }

  /** Of every confirmed offset, in order and at its time. */
  get trace(): string {
    return this.#hash.copy().digest('hex');
  }

  onMet(what: StoreEntry['what']): void {
    this.#verdict.reach(`store met ${what}`);
  }

  onEnd(life: number, cause: string): void {
    this.#verdict.reach(`store process ${cause.startsWith('crash') ? 'crashed' : 'failed'}`);
    this.#timeline.note('life', `life ${life} of the store ends: ${cause}`);
  }

  onRow(table: SimTable, columns: readonly string[], added: Added): void {
    const { row, values, before } = added;
    if (table.name === 'shipper_offsets') this.#confirm(values);
    else if (table.name === 'quarantined_rows') this.#setAside(values);
    else if (row.place !== '') {
      this.#arrived(table, columns, added);
      if (before !== undefined) this.#again(table, row, before);
    }
  }

  /** What keeps it from rest. */
  missing(): string[] {
    return this.#journal.missing(this.#verdict.nowUs);
  }

  /** After a last restart: what is durable now is in the store within its time. */
  async caughtUp(): Promise<void> {
    const { clock } = this.#sim.world;
    const ends = this.#journal.ends();
    const isOver = (): boolean => behind(ends).length === 0 || this.#verdict.violations.length > 0;
    await clock.runUntilTrue(isOver, clock.nowUs + catchUpS * usPerS);
    const late = behind(ends);
    if (late.length > 0)
      this.#verdict.broken('stored', `${catchUpS} s after a restart: ${late.join(', ')}`);
    this.judge();
  }

  /** Every durable fact below a confirmed offset is in every table that takes it, or set aside. */
  judge(): void {
    let facts = 0;
    for (const stream of this.#journal.streams.values()) {
      facts += stream.kept.size;
      for (const [offset, kept] of stream.kept)
        if (offset < stream.confirmed) this.#mustHold('stored', stream, offset, kept);
    }
    if (facts > 0) this.#verdict.reach('store holds every fact once');
  }

  /** A row is a durable fact, and says what the fact says. */
  #arrived(table: SimTable, columns: readonly string[], { row, values }: Added): void {
    const kept = this.#journal.keptAt(row.place);
    if (kept === undefined) {
      this.#verdict.broken(
        'stored',
        `${table.name} holds ${row.place}, which the journal does not durably hold`,
      );
      return;
    }
    const said = (column: string): unknown => values[columns.indexOf(column)];
    if (table.name === 'facts') {
      const fact = this.#journal.read(row.place, kept);
      for (const [column, value] of Object.entries(saidOf(fact)))
        if (said(column) !== value)
          this.#verdict.broken('stored', `${row.place}: another ${column} than in the journal`);
      if ((this.#keys.get(fact.event_id) ?? row.key) !== row.key)
        this.#verdict.broken(
          'stored',
          `${row.place}: a second row for ${fact.event_type} of that id`,
        );
      this.#keys.set(fact.event_id, row.key);
    }
    if (kept.eventId === undefined) this.#journal.read(row.place, kept);
    if (said('event_id') !== kept.eventId)
      this.#verdict.broken('stored', `${row.place} is another fact in ${table.name}`);
  }

  /**
   * A row in the place of another is the same fact: again, from another life unless its batch came in
   * pieces, or recorded twice, which is one fact as long as both say the same.
   */
  #again(table: SimTable, row: StoredRow, before: StoredRow): void {
    this.#verdict.reach('store row replaced by itself');
    if (before.place !== row.place) this.#sameFact(table, row, before);
    else if (before.life === row.life && !table.hasRefused)
      this.#verdict.broken('shipped', `one process inserted ${row.place} twice into ${table.name}`);
  }

  #sameFact(table: SimTable, row: StoredRow, before: StoredRow): void {
    const [a, b] = [row, before].map(({ place }) => {
      const kept = this.#journal.keptAt(place);
      return kept === undefined ? '' : JSON.stringify(this.#journal.read(place, kept).payload);
    });
    if (a !== b)
      this.#verdict.broken(
        'stored',
        `${row.place} took the place of another fact, ${before.place}, in ${table.name}`,
      );
  }

  #setAside(values: Row): void {
    const [, stream, offset, target] = values as readonly string[];
    this.#verdict.reach('store row set aside');
    this.#aside.add(`${target} ${stream}:${offset}`);
    if (this.#tables.get(target ?? '')?.hasRefused !== true)
      this.#verdict.broken('stored', `${stream}:${offset} was set aside and never refused`);
  }

  /** An offset stands for the rows below it: they are there when it is. */
  #confirm(values: Row): void {
    const [, name, generation, next] = values as readonly [string, string, number, number];
    const stream = this.#journal.streams.get(name);
    if (stream === undefined) return;
    if (generation > stream.generation) this.#verdict.reach('store journal replaced');
    stream.generation = generation;
    this.#hash.update(`${name} ${generation} ${next} ${this.#verdict.nowUs}\n`);
    this.#journal.take();
    for (let offset = stream.confirmed; offset < next; offset += 1) {
      const kept = stream.kept.get(offset);
      if (kept === undefined) continue;
      this.#mustHold('shipped', stream, offset, kept);
      kept.bytes = undefined;
    }
    stream.confirmed = Math.max(stream.confirmed, next);
  }

  #mustHold(invariant: 'stored' | 'shipped', stream: Stream, offset: number, kept: Kept): void {
    const place = `${stream.name}:${offset}`;
    if (kept.tables === undefined) this.#journal.read(place, kept);
    for (const name of kept.tables ?? []) {
      if (this.#tables.get(name)?.holds(place) === true) continue;
      if (this.#aside.has(`${name} ${place}`)) continue;
      this.#verdict.broken(invariant, `${place} is confirmed, and not in ${name}`);
    }
  }
}

/** Undefined where the history has no store. */
export function storeWatchOf(
  verdict: Verdict,
  timeline: Timeline,
  sim: SimWorld,
  durable: DurableWatch,
): StoreWatch | undefined {
  const { store } = sim;
  if (store === undefined) return undefined;
  return new StoreWatch(verdict, timeline, sim, store, durable);
}
