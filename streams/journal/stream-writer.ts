/** One stream of an open journal: what writers and readers inside the process use. */
import { assert } from '../facts/errors.ts';
import { Admission } from './admission.ts';
import type { JournalRecord } from './block-cursor.ts';
import { BlockQueue } from './block-queue.ts';
import { CommitPipeline, type StreamStart } from './commit-pipeline.ts';
import type { JournalCore } from './core.ts';
import { limits, type Offset, type StreamConfig } from './limits.ts';
import { streamMetrics } from './metrics.ts';
import { type DropResult, dropSegmentsBefore } from './retention.ts';
import { JournalReader, type ReadOptions, type ReadSource, readAll } from './stream-reader.ts';
import type { StreamPlace } from './tail.ts';

export interface AppendNowOptions {
  /** Cancels, reduce-only orders and what proves them: admitted on a full disk as well. */
  readonly reserve?: boolean;
}

export class StreamWriter {
  readonly #core: JournalCore;
  readonly #place: StreamPlace;
  readonly #config: StreamConfig;
  readonly #queue: BlockQueue;
  readonly #admission: Admission;
  readonly #pipeline: CommitPipeline;

  constructor(core: JournalCore, place: StreamPlace, config: StreamConfig, start: StreamStart) {
    const metrics = streamMetrics(core.ports.telemetry.metrics, place.name, config.queueRecords);
    this.#core = core;
    this.#place = place;
    this.#config = config;
    this.#queue = new BlockQueue(place.streamId, core.epoch, start.nextOffset, config);
    this.#admission = new Admission(core, place, config, this.#queue, metrics);
    this.#pipeline = new CommitPipeline(core, place, config, this.#queue, metrics, start);
    this.#noteAssigned();
  }

  /** Offset the next record gets. */
  get nextOffset(): Offset {
    return this.#queue.nextOffset;
  }

  /** Every offset below is on stable storage. */
  get durableNextOffset(): Offset {
    return this.#pipeline.durableNext;
  }

  /** Records accepted and not yet durable. */
  get queueDepth(): number {
    return this.#queue.depth;
  }

  get queueCapacity(): number {
    return this.#config.queueRecords;
  }

  /** Appends refused because the queue or the disk was full. */
  get enqueueFailures(): number {
    return this.#admission.failures;
  }

  /**
   * Queues one record; resolves with its offset when it is durable. Rejects at once with
   * JOURNAL_QUEUE_FULL, DISK_FULL, PAYLOAD_TOO_LARGE or JOURNAL_CLOSED, later with
   * JOURNAL_WRITE_FAILED, or DISK_FULL when the journal is closed with no space for it. The bytes
   * are copied: the caller may reuse them.
   */
  append(record: Uint8Array): Promise<Offset> {
    const bytes = record.length;
    const maxBytes = limits.maxRecordBytes;
    const refusal = this.#admission.refusal({ records: 1, bytes, maxBytes, reserve: false });
    if (refusal !== undefined) return Promise.reject(refusal);
    return new Promise((resolve, reject) => {
      this.#queue.add(record, { resolve, reject });
      this.#noteAssigned();
      this.#pipeline.pumpFullBlocks();
      this.#pipeline.schedule();
    });
  }

  /**
   * Writes the records as one block, after everything queued, and returns the first offset once all
   * of it is on stable storage. Throws JOURNAL_WRITE_FAILED (the journal is closed then), or
   * JOURNAL_QUEUE_FULL, DISK_FULL, PAYLOAD_TOO_LARGE, JOURNAL_CLOSED with nothing written.
   */
  appendNow(records: readonly Uint8Array[], options: AppendNowOptions = {}): Offset {
    assert(records.length > 0, 'appendNow needs a record');
    const reserve = options.reserve ?? false;
    let bytes = 0;
    for (const record of records) bytes += record.length;
    const maxBytes = limits.maxBlockNowBytes;
    const refusal = this.#admission.refusal({ records: records.length, bytes, maxBytes, reserve });
    if (refusal !== undefined) throw refusal;
    const block = this.#queue.addBlock(records);
    const { firstOffset } = block;
    this.#noteAssigned();
    this.#pipeline.commitNow(reserve && this.#config.mayUseReserve);
    if (this.#pipeline.durableNext > firstOffset) return firstOffset;
    this.#queue.dropLast(block);
    this.#noteAssigned();
    throw this.#admission.counted(this.#admission.diskFull());
  }

  /** Durable records from `from` to the durable end of now. Throws JOURNAL_DAMAGED. */
  read(from: Offset, options?: ReadOptions): Iterable<JournalRecord> {
    return readAll(this.#source(), from, options);
  }

  /** A reader that follows the live end; the caller keeps the offset. */
  follow(from: Offset, options?: ReadOptions): JournalReader {
    return new JournalReader(this.#source(), from, options);
  }

  /** Runs after every commit with the new durable end; must not throw. Returns the way to stop it. */
  onCommitted(listener: (durableNextOffset: Offset) => void): () => void {
    return this.#pipeline.onCommitted(listener);
  }

  /** Drops whole segments that end at or before `offset`. Throws INTERNAL for the ledger. */
  dropSegmentsBefore(offset: Offset): DropResult {
    const { directory, name } = this.#place;
    const bound = Math.min(offset, this.#pipeline.durableNext);
    return dropSegmentsBefore(this.#core.ports.disk, directory, name, bound);
  }

  /**
   * Makes what is queued durable. Throws JOURNAL_WRITE_FAILED. On a full disk records may stay
   * queued: see `queueDepth`. With `maySpendReserve` only a stream that has the right does anything.
   */
  flushNow(maySpendReserve = false): void {
    if (maySpendReserve && !this.#config.mayUseReserve) return;
    this.#pipeline.commitNow(maySpendReserve);
  }

  /** Closes the handles after the syncs in flight have ended. */
  close(): Promise<void> {
    return this.#pipeline.close();
  }

  #noteAssigned(): void {
    this.#core.assigned[this.#place.streamId] = this.#queue.nextOffset;
  }

  #source(): ReadSource {
    const { disk } = this.#core.ports;
    return { disk, place: this.#place, committed: () => this.#pipeline.durableNext };
  }
}
