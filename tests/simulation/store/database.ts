/**
 * ClickHouse as the writer relies on it, in virtual time: tables made by the house's own migrations,
 * inserts in parts that a token makes once, and everything that can go wrong between the two ends.
 * What it does not understand it refuses to answer: no statement passes unread.
 */
import {
  type EncodedInsert,
  type EvidenceDatabase,
  storeError,
} from '../../../actors/evidence/store/index.ts';
import type { VirtualClock } from '../../../daemon/ports/virtual/index.ts';
import { HoldfastError } from '../../../streams/facts/errors.ts';
import type { Clock, Random } from '../../../streams/ports/index.ts';
import { linesOf } from '../../fixtures/store/memory-database.ts';
import { type StoreEntry, storeFaults } from '../plan.ts';
import { type Added, type Row, SimTable } from './table.ts';

/** What somebody who watches hears. */
export interface StoreEvents {
  /** A row became part of a table, in place of another if there was one under its key. */
  onRow(table: SimTable, columns: readonly string[], added: Added): void;
  /** A request met a fault. */
  onMet(what: StoreEntry['what']): void;
}

/** The client gives up then, as the real one does. What it asked for may still be done. */
const requestTimeoutMs = 60_000;
const ways = { minMs: 0.2, jitterMs: 2 };
/** ClickHouse's numbers. */
const notEnoughSpace = 243;
const memoryLimit = 241;

export class SimDatabase {
  readonly tables = new Map<string, SimTable>();
  readonly #clock: VirtualClock;
  readonly #random: Random;
  /** Who watches. */
  events: StoreEvents | undefined;
  #isDown = false;
  #isFull = false;
  #slowMs = 0;
  /** Answers still to be lost, inserts still to end half way. */
  #lost = 0;
  #partial = 0;

  constructor(clock: VirtualClock, random: Random) {
    this.#clock = clock;
    this.#random = random;
  }

  /** Breaks something. */
  begin({ what, amount }: StoreEntry): void {
    if (what === 'down') this.#isDown = true;
    else if (what === 'full') this.#isFull = true;
    else if (what === 'slow') this.#slowMs = amount;
    else if (what === 'answer_lost') this.#lost += amount;
    else if (what === 'partial_insert') this.#partial += amount;
    else this.#misshape(what, amount);
  }

  /** Mends it. */
  end(what: StoreEntry['what']): void {
    if (what === 'down') this.#isDown = false;
    else if (what === 'full') this.#isFull = false;
    else if (what === 'slow') this.#slowMs = 0;
    else if (what === 'answer_lost') this.#lost = 0;
    else if (what === 'partial_insert') this.#partial = 0;
    else
      for (const table of this.tables.values()) {
        if (what === 'wrong_schema') table.missingColumn = undefined;
        else table.refusedOffsets = undefined;
      }
  }

  mend(): void {
    for (const what of storeFaults) this.end(what);
  }

  /** The client of one life of the writer's process: answers come by its own clock, so a dead one hears none. */
  connect(clock: Pick<Clock, 'after'>, life: number): EvidenceDatabase {
    const ask = <T>(changes: boolean, work: () => T): Promise<T> => this.#ask(clock, changes, work);
    return {
      database: 'holdfast',
      ping: () => ask(false, () => undefined),
      rows: <T>(query: string) => ask(false, () => this.#select(query) as T[]),
      command: (statement) => ask(true, () => this.#command(statement)),
      insert: (insert) => ask(true, () => this.#insert(insert, life)),
      close: async () => undefined,
    };
  }

  /** There, done, and back: each way takes its time, and the answer may not come. */
  #ask<T>(clock: Pick<Clock, 'after'>, changes: boolean, work: () => T): Promise<T> {
    const way = (): number => ways.minMs + this.#random.next() * ways.jitterMs;
    return new Promise((resolve, reject) => {
      const answer = (settle: () => void): void => {
        giveUp();
        clock.after(way(), settle);
      };
      const giveUp = clock.after(requestTimeoutMs, () =>
        reject(storeError('Timeout error.', undefined, undefined)),
      );
      if (this.#slowMs > 0) this.events?.onMet('slow');
      this.#clock.schedule((way() + this.#slowMs) * 1_000, () => {
        try {
          const result = this.#work(changes, work);
          answer(() => resolve(result));
        } catch (thrown) {
          // Anything else is a fault of this simulation, not an answer.
          if (!(thrown instanceof HoldfastError)) throw thrown;
          answer(() => reject(thrown));
        }
      });
    });
  }

  #work<T>(changes: boolean, work: () => T): T {
    if (this.#isDown) {
      this.events?.onMet('down');
      throw storeError('connect ECONNREFUSED', undefined, undefined);
    }
    if (changes && this.#isFull) {
      this.events?.onMet('full');
      throw storeError('Cannot reserve 1.00 MiB, not enough space', notEnoughSpace, undefined);
    }
    const result = work();
    if (!changes || this.#lost === 0) return result;
    this.#lost -= 1;
    this.events?.onMet('answer_lost');
    throw storeError('socket hang up', undefined, undefined);
  }

  #select(query: string): unknown[] {
    if (query.includes('FROM shipper_offsets')) return this.#offsets();
    if (query.includes('FROM schema_migrations FINAL'))
      return this.#finalOf('schema_migrations').map(([version, , checksum]) => ({
        version,
        checksum,
      }));
    if (query.includes('FROM system.tables'))
      return [...this.tables.values()].map((table) => ({
        name: table.name,
        create_table_query: table.statement,
      }));
    throw new Error(`not understood: ${query}`);
  }

  /** Of each stream the last generation and how far it is. */
  #offsets(): unknown[] {
    const latest = new Map<unknown, Row>();
    for (const row of this.#finalOf('shipper_offsets')) {
      const known = latest.get(row[1]);
      if (known === undefined || Number(row[2]) > Number(known[2])) latest.set(row[1], row);
    }
    return [...latest.values()].map(([, stream, generation, next]) => ({
      stream,
      shipped: String(next),
      latest: generation,
    }));
  }

  #finalOf(name: string): Row[] {
    return [...(this.tables.get(name)?.final() ?? [])].map(({ values }) => values ?? []);
  }

  #command(statement: string): void {
    const [, altered, column] =
      /^ALTER TABLE (\w+) (?:ADD COLUMN IF NOT EXISTS `(\w+)`|MODIFY TTL|REMOVE TTL)/.exec(
        statement,
      ) ?? [];
    if (altered !== undefined) {
      if (column !== undefined) this.#table(altered).columns.add(column);
      return;
    }
    const table = new SimTable(statement);
    if (!this.tables.has(table.name)) this.tables.set(table.name, table);
  }

  #insert(insert: EncodedInsert, life: number): void {
    const { columns, token } = insert;
    const table = this.#table(insert.table);
    const rows = linesOf(insert).map((line) => JSON.parse(line) as Row);
    const parts = this.#partsOf(table, columns, rows, token);
    const isHalf = this.#partial > 0;
    if (isHalf) this.#partial -= 1;
    for (const part of isHalf ? parts.slice(0, parts.length >> 1) : parts)
      for (const added of table.add(columns, part, life)) this.events?.onRow(table, columns, added);
    if (!isHalf) return;
    this.events?.onMet('partial_insert');
    throw storeError('(total) memory limit exceeded', memoryLimit, undefined);
  }

  #partsOf(table: SimTable, columns: readonly string[], rows: readonly Row[], token: string) {
    try {
      return table.partsOf(columns, rows, token);
    } catch (thrown) {
      this.events?.onMet(table.missingColumn === undefined ? 'wrong_type' : 'wrong_schema');
      throw thrown;
    }
  }

  #table(name: string): SimTable {
    const table = this.tables.get(name);
    if (table === undefined) throw new Error(`there is no table ${name}`);
    return table;
  }

  /** Somebody altered the table of every fact, or all of them, by hand. */
  #misshape(what: 'wrong_schema' | 'wrong_type', amount: number): void {
    for (const table of this.tables.values()) {
      if (!table.columns.has('event_id')) continue;
      if (what === 'wrong_type') table.refusedOffsets = amount;
      else if (amount > 1 || table.name === 'facts') table.missingColumn = 'trace_id';
    }
  }
}
