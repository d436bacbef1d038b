/**
 * The writer of one stream: queue → blocks → segment → sync → acknowledged. A record is
 * acknowledged only when a sync that covers it has succeeded; order of offsets is order of bytes.
 *
 * Bytes always go to the page cache synchronously (≈ 10 µs per 64 KiB); the commit mode decides
 * where the sync runs. So `appendNow` only has to write what is queued and sync once: that covers
 * every block still in flight on a lane, too.
 */
import { HoldfastError } from '../facts/errors.ts';
import type { BlockBuilder } from './block-builder.ts';
import type { JournalRecord } from './block-cursor.ts';
import { BlockQueue } from './block-queue.ts';
import { CommittedCell } from './committed-cell.ts';
import type { JournalCore } from './core.ts';
import { limits, type Offset, type StreamConfig } from './limits.ts';
import { type StreamMetrics, streamMetrics } from './metrics.ts';
import { type DropResult, dropSegmentsBefore } from './retention.ts';
import { type SegmentStart, SegmentWriter } from './segment-writer.ts';
import { JournalReader, type ReadOptions, readAll } from './stream-reader.ts';
import type { StreamPlace } from './tail.ts';

export interface StreamStart {
  readonly segment: SegmentStart;
  readonly nextOffset: Offset;
  readonly lastHash: Uint8Array;
}

export interface AppendNowOptions {
  /** Cancels, reduce-only orders and what proves them: admitted on a full disk as well. */
  readonly reserve?: boolean;
}

export class StreamWriter {
  readonly #core: JournalCore;
  readonly #place: StreamPlace;
  readonly #config: StreamConfig;
  readonly #segments: SegmentWriter;
  readonly #cell: CommittedCell;
  readonly #queue: BlockQueue;
  readonly #metrics: StreamMetrics;
  readonly #listeners = new Set<(durableNextOffset: Offset) => void>();
  /** Written and not yet known durable, oldest first. */
  #inFlight: BlockBuilder[] = [];
  #lastHash: Uint8Array;
  #writtenNext: Offset;
  #durableNext: Offset;
  #isScheduled = false;
  /** True only while a commit of the reserve class runs; what is queued before it goes along. */
  #maySpendReserve = false;
  #lanesInUse = new Set<Promise<void>>();
  #enqueueFailures = 0;

  constructor(core: JournalCore, place: StreamPlace, config: StreamConfig, start: StreamStart) {
    this.#core = core;
    this.#place = place;
    this.#config = config;
    this.#segments = new SegmentWriter(core, place, config, start.segment);
    this.#cell = new CommittedCell(core.ports.disk, place.directory);
    this.#queue = new BlockQueue(place.streamId, core.epoch, start.nextOffset, config);
    this.#metrics = streamMetrics(core.ports.telemetry.metrics, place.name, config.queueRecords);
    this.#lastHash = start.lastHash;
    this.#writtenNext = start.nextOffset;
    this.#durableNext = start.nextOffset;
    core.assigned[place.streamId] = start.nextOffset;
    this.#cell.write(start.nextOffset, core.epoch);
    core.onAbort((error) => this.#abort(error));
    core.reserve.onResumed(() => this.#schedule());
  }

  /** Offset the next record gets. */
  get nextOffset(): Offset {
    return this.#queue.nextOffset;
  }

  /** Every offset below is on stable storage. */
  get durableNextOffset(): Offset {
    return this.#durableNext;
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
    return this.#enqueueFailures;
  }

  /**
   * Queues one record; resolves with its offset when it is durable. Rejects at once with
   * JOURNAL_QUEUE_FULL, DISK_FULL, PAYLOAD_TOO_LARGE or JOURNAL_CLOSED, later with
   * JOURNAL_WRITE_FAILED. The bytes are copied: the caller may reuse them.
   */
  append(record: Uint8Array): Promise<Offset> {
    const refusal = this.#refusal(1, record.length, limits.maxRecordBytes, false);
    if (refusal !== undefined) return Promise.reject(refusal);
    return new Promise((resolve, reject) => {
      this.#queue.add(record, { resolve, reject });
      this.#core.assigned[this.#place.streamId] = this.#queue.nextOffset;
      if (this.#queue.hasSealed && this.#config.commit === 'asynchronous') this.#pumpLanes(false);
      this.#schedule();
    });
  }

  /**
   * Writes the records as one block, after everything queued, and returns the first offset once all
   * of it is on stable storage. Throws JOURNAL_WRITE_FAILED (the journal is closed then), or
   * JOURNAL_QUEUE_FULL, DISK_FULL, PAYLOAD_TOO_LARGE, JOURNAL_CLOSED with nothing written.
   */
  appendNow(records: readonly Uint8Array[], options: AppendNowOptions = {}): Offset {
    let bytes = 0;
    for (const record of records) bytes += record.length;
    const refusal = this.#refusal(records.length, bytes, limits.maxBlockNowBytes, options.reserve);
    if (refusal !== undefined) throw refusal;
    if (records.length === 0) throw new HoldfastError('INTERNAL', 'appendNow needs a record');
    const block = this.#queue.addBlock(records);
    const { firstOffset } = block;
    this.#core.assigned[this.#place.streamId] = this.#queue.nextOffset;
    const startUs = this.#core.ports.clock.monotonicUs();
    this.#maySpendReserve = options.reserve === true && this.#config.mayUseReserve;
    try {
      this.#commitNow();
    } catch (error) {
      throw this.#core.fail(this.#place.name, error);
    } finally {
      this.#maySpendReserve = false;
    }
    if (this.#durableNext <= firstOffset) {
      this.#queue.dropLast(block);
      this.#core.assigned[this.#place.streamId] = this.#queue.nextOffset;
      throw this.#diskFull();
    }
    this.#metrics.syncSeconds((this.#core.ports.clock.monotonicUs() - startUs) / 1e6);
    return firstOffset;
  }

  /** Durable records from `from` to the durable end of now. Throws JOURNAL_DAMAGED. */
  read(from: Offset, options?: ReadOptions): Iterable<JournalRecord> {
    return readAll(this.#source(), from, options);
  }

  /** A reader that follows the live end; the caller keeps the offset. */
  follow(from: Offset, options?: ReadOptions): JournalReader {
    return new JournalReader(this.#source(), from, options);
  }

  /** Runs after every commit with the new durable end. Returns the way to stop it. */
  onCommitted(listener: (durableNextOffset: Offset) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Drops whole segments that end at or before `offset`. Throws INTERNAL for the ledger. */
  dropSegmentsBefore(offset: Offset): DropResult {
    return dropSegmentsBefore(
      this.#core.ports.disk,
      this.#place.directory,
      this.#place.name,
      Math.min(offset, this.#durableNext),
    );
  }

  /** Writes and syncs what is queued. Throws what the disk threw. */
  flushNow(): void {
    if (!this.#queue.isEmpty || this.#inFlight.length > 0) this.#commitNow();
  }

  /** Closes the handles after the syncs in flight have ended. */
  async close(): Promise<void> {
    await Promise.allSettled(this.#lanesInUse);
    await this.#segments.close();
    this.#cell.close();
  }

  #source() {
    return {
      disk: this.#core.ports.disk,
      place: this.#place,
      committed: () => this.#durableNext,
    };
  }

  #refusal(
    records: number,
    bytes: number,
    maxBytes: number,
    reserve = false,
  ): HoldfastError | undefined {
    const { closedBy, reserve: space } = this.#core;
    if (closedBy !== undefined) {
      return new HoldfastError(
        'JOURNAL_CLOSED',
        `journal stream ${this.#place.name} is closed: ${closedBy.message}`,
        { cause: closedBy },
      );
    }
    if (bytes > maxBytes) {
      return new HoldfastError(
        'PAYLOAD_TOO_LARGE',
        `${bytes} bytes for journal stream ${this.#place.name}; at most ${maxBytes} fit`,
      );
    }
    const mayPass = reserve && this.#config.mayUseReserve;
    if (space.isFull && !mayPass) return this.#refuse(this.#diskFull());
    if (this.#queue.hasRoom(records, bytes) || mayPass) return undefined;
    return this.#refuse(
      new HoldfastError(
        'JOURNAL_QUEUE_FULL',
        `journal stream ${this.#place.name} has ${this.#queue.depth} records waiting ` +
          `(bound ${this.#config.queueRecords}); slow down, or find out why the disk is slow`,
      ),
    );
  }

  #refuse(error: HoldfastError): HoldfastError {
    this.#enqueueFailures += 1;
    this.#metrics.refused();
    return error;
  }

  #diskFull(): HoldfastError {
    return new HoldfastError(
      'DISK_FULL',
      `no space for journal stream ${this.#place.name} in ${this.#core.directory}; ` +
        'free space: until then only cancels and reduce-only orders are recorded',
    );
  }

  #schedule(): void {
    if (this.#isScheduled || this.#core.closedBy !== undefined) return;
    this.#isScheduled = true;
    this.#core.ports.clock.soon(() => {
      this.#isScheduled = false;
      if (this.#core.closedBy === undefined && !this.#queue.isEmpty) this.#pump();
    });
  }

  #pump(): void {
    if (this.#config.commit === 'asynchronous') {
      this.#pumpLanes(true);
      return;
    }
    const startUs = this.#core.ports.clock.monotonicUs();
    try {
      this.#commitNow();
    } catch (error) {
      this.#core.fail(this.#place.name, error);
      return;
    }
    this.#metrics.syncSeconds((this.#core.ports.clock.monotonicUs() - startUs) / 1e6);
  }

  #commitNow(): void {
    if (this.#writeQueued(true, Number.POSITIVE_INFINITY) || this.#inFlight.length > 0) {
      this.#segments.syncNow();
      this.#markDurable(this.#writtenNext);
    }
  }

  #pumpLanes(includeOpen: boolean): void {
    try {
      while (this.#segments.hasFreeLane) {
        if (!this.#writeQueued(includeOpen, 4 * this.#config.maxBlockBytes)) return;
        this.#syncOnLane(this.#writtenNext);
      }
    } catch (error) {
      this.#core.fail(this.#place.name, error);
    }
  }

  #syncOnLane(writtenNext: Offset): void {
    const startUs = this.#core.ports.clock.monotonicUs();
    const lane = this.#segments
      .syncOnLane()
      .then(() => {
        if (this.#core.closedBy !== undefined) return;
        this.#markDurable(writtenNext);
        this.#metrics.syncSeconds((this.#core.ports.clock.monotonicUs() - startUs) / 1e6);
        // Later, so that the appends of those just acknowledged join the next block.
        this.#schedule();
      })
      .catch((error: unknown) => {
        this.#core.fail(this.#place.name, error);
      })
      .finally(() => this.#lanesInUse.delete(lane));
    this.#lanesInUse.add(lane);
  }

  /** Writes queued blocks up to about `maxBytes`. Returns whether any was written. */
  #writeQueued(includeOpen: boolean, maxBytes: number): boolean {
    let bytes = 0;
    while (bytes < maxBytes) {
      const block = this.#queue.take(includeOpen);
      if (block === undefined) break;
      let isWritten = false;
      try {
        isWritten = this.#write(block);
      } finally {
        // Also when the disk threw: those who wait for the block must be found and told.
        if (!isWritten) this.#queue.putBack(block);
      }
      if (!isWritten) break;
      bytes += block.lengthBytes;
    }
    return bytes > 0;
  }

  /** False when there is no space for it. */
  #write(block: BlockBuilder): boolean {
    const chain = { nextOffset: block.firstOffset, lastHash: this.#lastHash };
    const room = this.#segments.ensureRoom(block.lengthBytes, chain, this.#maySpendReserve);
    if (room === 'full') return false;
    if (room === 'rolled') this.#markDurable(this.#writtenNext);
    const sealed = block.seal({
      durable: this.#durableNext,
      assigned: this.#core.assigned,
      previousHash: this.#lastHash,
    });
    this.#segments.write(sealed.bytes);
    this.#lastHash = sealed.hash;
    this.#writtenNext = block.endOffset;
    this.#inFlight.push(block);
    return true;
  }

  #markDurable(upTo: Offset): void {
    if (upTo <= this.#durableNext) return;
    const records = upTo - this.#durableNext;
    const bytesBefore = this.#queue.depthBytes;
    this.#durableNext = upTo;
    this.#cell.write(upTo, this.#core.epoch);
    while (this.#inFlight.length > 0) {
      const block = this.#inFlight[0];
      if (block === undefined || block.endOffset > upTo) break;
      this.#inFlight.shift();
      const { waiters, firstOffset } = block;
      for (let i = 0; i < waiters.length; i += 1) waiters[i]?.resolve(firstOffset + i);
      this.#queue.release(block);
    }
    this.#metrics.committed({
      records,
      bytes: bytesBefore - this.#queue.depthBytes,
      queueDepth: this.#queue.depth,
      nextOffset: this.#queue.nextOffset,
    });
    for (const listener of this.#listeners) listener(upTo);
  }

  #abort(error: HoldfastError): void {
    this.#metrics.writeError();
    const waiting = this.#inFlight;
    this.#inFlight = [];
    for (let block = this.#queue.take(true); block; block = this.#queue.take(true)) {
      waiting.push(block);
    }
    for (const block of waiting) for (const waiter of block.waiters) waiter.reject(error);
  }
}
