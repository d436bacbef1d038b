/**
 * Ships one stream: collect a bounded batch, encode, write, then move the offset. Nothing is taken
 * from the journal before the last batch is confirmed, so the memory it needs has a bound and an
 * unreachable store only makes the lag grow. A failed batch is written again, the same bytes with
 * the same tokens; after several failures, of all streams together, only a cheap ping is tried until
 * the store answers.
 */
import { asHoldfastError, type HoldfastError } from '../../../streams/facts/errors.ts';
import type { Ports } from '../../../streams/ports/index.ts';
import type { BreakerState, Breakers } from '../../supervision/index.ts';
import { backoffMs } from './backoff.ts';
import type { EvidenceDatabase } from './database.ts';
import { encodeBatch, type ShipRecord } from './encode.ts';
import type { FactReader, FactSource } from './fact-source.ts';
import { type ShippedOffset, saveOffset } from './offsets.ts';
import { writeBatch } from './writer.ts';

/** Largest batch: what the engine takes in one part at its best rate. */
export const maxBatchRecords = 10_000;
/** Wide facts end a batch earlier: bounds the memory of a batch and of its request. */
export const maxBatchBytes = 16 * 1024 ** 2;
/** Oldest record of a batch waits at most this long for company. */
export const maxBatchAgeMs = 1_000;
/** How often a reader at the live end looks again. */
const pollMs = 50;
/** Records taken from the reader per turn of the loop. */
const readSlice = 500;
const backoff = { firstMs: 100, maxMs: 10_000 };

export interface StreamStatus {
  readonly stream: string;
  readonly shippedOffset: number;
  readonly endOffset: number;
  readonly lagRecords: number;
  /** How long the oldest waiting record has waited here, ms; 0 at the live end. */
  readonly lagMs: number;
  /** Rows confirmed by this process, by table. */
  readonly rowsByTable: Readonly<Record<string, number>>;
  readonly batches: number;
  readonly quarantined: number;
  /** Batches not confirmed, ever and since the last success. */
  readonly failures: number;
  readonly failuresInRow: number;
  readonly lastError: string | null;
}

export interface ShipStreamOptions {
  readonly ports: Pick<Ports, 'clock' | 'random' | 'telemetry'>;
  readonly database: EvidenceDatabase;
  readonly source: FactSource;
  readonly sourceId: string;
  readonly stream: string;
  readonly start: ShippedOffset;
  /** In front of every write of every stream. */
  readonly breakers: Breakers<'store_writer'>;
}

export class StreamShipper {
  readonly #options: ShipStreamOptions;
  readonly #generation: number;
  #shipped: number;
  #lastEnd = 0;
  #behindSinceUs: number | undefined;
  readonly #rowsByTable: Record<string, number> = {};
  #batches = 0;
  #quarantined = 0;
  #failures = 0;
  #failuresInRow = 0;
  #lastError: HoldfastError | undefined;
  #stopping = false;
  #wake: (() => void) | undefined;

  constructor(options: ShipStreamOptions) {
    this.#options = options;
    const replaced = options.start.next > options.source.endOffset(options.stream);
    // A journal shorter than what was shipped is another journal: read it from its start. What
    // the store already has of it is replaced by identity, so this can only add.
    this.#generation = options.start.generation + (replaced ? 1 : 0);
    this.#shipped = replaced ? 0 : options.start.next;
    if (replaced) this.#log('warn', 'store.journal_replaced', { shipped: options.start.next });
  }

  status(): StreamStatus {
    const { stream, ports } = this.#options;
    const endOffset = this.#endOffset();
    const lagRecords = Math.max(0, endOffset - this.#shipped);
    const nowUs = ports.clock.monotonicUs();
    if (lagRecords === 0) this.#behindSinceUs = undefined;
    else this.#behindSinceUs ??= nowUs;
    return {
      stream,
      shippedOffset: this.#shipped,
      endOffset,
      lagRecords,
      lagMs: this.#behindSinceUs === undefined ? 0 : (nowUs - this.#behindSinceUs) / 1_000,
      rowsByTable: { ...this.#rowsByTable },
      batches: this.#batches,
      quarantined: this.#quarantined,
      failures: this.#failures,
      failuresInRow: this.#failuresInRow,
      lastError: this.#lastError?.message ?? null,
    };
  }

  /** The last known end while the source cannot say: status must always answer. */
  #endOffset(): number {
    try {
      this.#lastEnd = this.#options.source.endOffset(this.#options.stream);
    } catch (thrown) {
      this.#lastError = asHoldfastError(thrown);
    }
    return this.#lastEnd;
  }

  /**
   * Ships until stopped. A source that cannot be read (damaged, not there yet) is a failure like
   * any other: told, waited for, and read again from the last confirmed offset.
   */
  async run(): Promise<void> {
    while (!this.#stopping) {
      try {
        await this.#runOnce();
      } catch (thrown) {
        await this.#failed('store.source_failed', thrown);
      }
    }
  }

  async #runOnce(): Promise<void> {
    const reader = this.#options.source.open(this.#options.stream, this.#shipped);
    try {
      while (!this.#stopping) {
        const records = await this.#collect(reader);
        if (records.length > 0) await this.#ship(records, reader.position);
      }
    } finally {
      reader.close();
    }
  }

  /** Ends after the batch in hand; an unfinished one is read again next time. */
  stop(): void {
    this.#stopping = true;
    this.#wake?.();
  }

  async #collect(reader: FactReader): Promise<readonly ShipRecord[]> {
    const { clock } = this.#options.ports;
    const records: ShipRecord[] = [];
    let bytes = 0;
    let firstUs: number | undefined;
    while (!this.#stopping) {
      const wanted = Math.min(readSlice, maxBatchRecords - records.length);
      const more = reader.next(wanted);
      for (const record of more) {
        records.push(record);
        bytes += record.bytes.length;
      }
      if (records.length > 0) {
        firstUs ??= clock.monotonicUs();
        this.#behindSinceUs ??= firstUs;
      }
      if (records.length >= maxBatchRecords || bytes >= maxBatchBytes) break;
      const ageMs = firstUs === undefined ? 0 : (clock.monotonicUs() - firstUs) / 1_000;
      if (ageMs >= maxBatchAgeMs) break;
      // A reader may hand out a whole block more than was asked for.
      if (more.length >= wanted) await new Promise<void>((resolve) => clock.soon(resolve));
      else
        await this.#wait(firstUs === undefined ? pollMs : Math.min(pollMs, maxBatchAgeMs - ageMs));
    }
    return records;
  }

  async #ship(records: readonly ShipRecord[], next: number): Promise<void> {
    const { ports, sourceId, stream } = this.#options;
    const batch = await encodeBatch(records, { clock: ports.clock, sourceId, stream });
    const origin = { sourceId, stream, from: this.#shipped, next, generation: this.#generation };
    await this.#untilDone(async (database) => {
      const quarantined = await writeBatch(database, batch, origin);
      const offset = { next, generation: this.#generation };
      await saveOffset(database, sourceId, stream, offset, ports.clock.nowUs());
      this.#shipped = next;
      this.#behindSinceUs = undefined;
      this.#batches += 1;
      for (const { table, rows } of batch.tables) {
        this.#rowsByTable[table] = (this.#rowsByTable[table] ?? 0) + rows;
      }
      this.#quarantined += quarantined;
      if (quarantined === 0) return;
      this.#log('error', 'store.rows_quarantined', { ...origin, count: quarantined });
    });
  }

  async #untilDone(work: (database: EvidenceDatabase) => Promise<void>): Promise<void> {
    const { database, breakers } = this.#options;
    const guarded = async (state: BreakerState): Promise<void> => {
      if (state === 'half_open') await database.ping();
      await work(database);
    };
    while (!this.#stopping) {
      if (!breakers.mayCall('store_writer')) {
        await this.#wait(breakers.view('store_writer').probeInMs ?? pollMs);
        continue;
      }
      try {
        await breakers.call('store_writer', guarded);
        this.#failuresInRow = 0;
        this.#lastError = undefined;
        return;
      } catch (thrown) {
        await this.#failed('store.batch_failed', thrown);
      }
    }
  }

  async #failed(event: string, thrown: unknown): Promise<void> {
    this.#failures += 1;
    this.#failuresInRow += 1;
    this.#lastError = asHoldfastError(thrown);
    const waitMs = backoffMs(backoff, this.#failuresInRow, this.#options.ports.random);
    this.#log('warn', event, { failuresInRow: this.#failuresInRow, waitMs, error: thrown });
    await this.#wait(waitMs);
  }

  #log(level: 'warn' | 'error', event: string, fields: Readonly<Record<string, unknown>>): void {
    this.#options.ports.telemetry.log[level](event, { stream: this.#options.stream, ...fields });
  }

  async #wait(delayMs: number): Promise<void> {
    if (this.#stopping) return;
    await new Promise<void>((resolve) => {
      const cancel = this.#options.ports.clock.after(delayMs, resolve);
      this.#wake = () => {
        cancel();
        resolve();
      };
    });
    this.#wake = undefined;
  }
}
