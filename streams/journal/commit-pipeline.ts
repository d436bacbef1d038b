/**
 * The way of one stream from queue to stable storage: queue → blocks → segment → sync →
 * acknowledged. A record is acknowledged only when a sync that covers it has succeeded; the order
 * of offsets is the order of bytes.
 *
 * Bytes always go to the page cache synchronously (≈ 10 µs per 64 KiB); the commit mode decides
 * where the sync runs. So `commitNow` only has to write what is queued and sync once: that covers
 * every block still in flight on a lane, too.
 */
import type { BlockBuilder } from './block-builder.ts';
import type { BlockQueue } from './block-queue.ts';
import { CommittedCell } from './committed-cell.ts';
import type { JournalCore } from './core.ts';
import type { Offset, StreamConfig } from './limits.ts';
import type { StreamMetrics } from './metrics.ts';
import { type SegmentStart, SegmentWriter } from './segment-writer.ts';
import type { StreamPlace } from './tail.ts';

export interface StreamStart {
  readonly segment: SegmentStart;
  readonly nextOffset: Offset;
  readonly lastHash: Uint8Array;
}

/** One write of a lane takes about this many blocks at most: bounds the time between two syncs. */
const blocksPerLane = 4;

export class CommitPipeline {
  readonly #core: JournalCore;
  readonly #place: StreamPlace;
  readonly #config: StreamConfig;
  readonly #queue: BlockQueue;
  readonly #metrics: StreamMetrics;
  readonly #segments: SegmentWriter;
  readonly #cell: CommittedCell;
  readonly #listeners = new Set<(durableNextOffset: Offset) => void>();
  readonly #lanesInUse = new Set<Promise<void>>();
  /** Written and not yet known durable, oldest first. */
  #inFlight: BlockBuilder[] = [];
  #lastHash: Uint8Array;
  #writtenNext: Offset;
  #durableNext: Offset;
  #isScheduled = false;
  /** True only while a commit of the reserve class runs; what is queued before it goes along. */
  #maySpendReserve = false;

  constructor(
    core: JournalCore,
    place: StreamPlace,
    config: StreamConfig,
    queue: BlockQueue,
    metrics: StreamMetrics,
    start: StreamStart,
  ) {
    this.#core = core;
    this.#place = place;
    this.#config = config;
    this.#queue = queue;
    this.#metrics = metrics;
    this.#segments = new SegmentWriter(core, place, config, start.segment);
    this.#cell = new CommittedCell(core.ports.disk, place.directory);
    this.#lastHash = start.lastHash;
    this.#writtenNext = start.nextOffset;
    this.#durableNext = start.nextOffset;
    this.#cell.write(start.nextOffset, core.epoch);
    core.onAbort((error) => this.#abort(error));
    core.reserve.onResumed(() => this.schedule());
  }

  /** Every offset below is on stable storage. */
  get durableNext(): Offset {
    return this.#durableNext;
  }

  onCommitted(listener: (durableNextOffset: Offset) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Commits what is queued in a later turn of the loop, together with what joins until then. */
  schedule(): void {
    if (this.#isScheduled || this.#core.closedBy !== undefined) return;
    this.#isScheduled = true;
    this.#core.ports.clock.soon(() => {
      this.#isScheduled = false;
      if (this.#core.closedBy === undefined && !this.#queue.isEmpty) this.#pump();
    });
  }

  /** Hands full blocks to a free lane at once: their sync overlaps what is appended next. */
  pumpFullBlocks(): void {
    if (this.#config.commit === 'asynchronous' && this.#queue.hasSealed) this.#pumpLanes(false);
  }

  /**
   * Writes and syncs everything queued before it returns. A failure closes the journal and throws
   * JOURNAL_WRITE_FAILED. On a full disk blocks may stay queued: compare `durableNext`.
   */
  commitNow(maySpendReserve: boolean): void {
    const startUs = this.#core.ports.clock.monotonicUs();
    this.#maySpendReserve = maySpendReserve;
    try {
      const isWritten = this.#writeQueued(true, Number.POSITIVE_INFINITY);
      if (!isWritten && this.#inFlight.length === 0) return;
      this.#segments.syncNow();
      this.#markDurable(this.#writtenNext);
    } catch (error) {
      throw this.#core.fail(this.#place.name, error);
    } finally {
      this.#maySpendReserve = false;
    }
    this.#metrics.syncSeconds((this.#core.ports.clock.monotonicUs() - startUs) / 1e6);
  }

  /** Closes the handles after the syncs in flight have ended. */
  async close(): Promise<void> {
    await Promise.allSettled(this.#lanesInUse);
    await this.#segments.close();
    this.#cell.close();
  }

  #pump(): void {
    if (this.#config.commit === 'asynchronous') {
      this.#pumpLanes(true);
      return;
    }
    try {
      this.commitNow(false);
    } catch {
      // The fatal door has told everybody; nobody called this turn of the loop.
    }
  }

  #pumpLanes(includeOpen: boolean): void {
    try {
      while (this.#segments.hasFreeLane) {
        const maxBytes = blocksPerLane * this.#config.maxBlockBytes;
        if (!this.#writeQueued(includeOpen, maxBytes)) return;
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
        this.schedule();
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

  #abort(error: Error): void {
    this.#metrics.writeError();
    const waiting = this.#inFlight;
    this.#inFlight = [];
    for (let block = this.#queue.take(true); block; block = this.#queue.take(true)) {
      waiting.push(block);
    }
    for (const block of waiting) for (const waiter of block.waiters) waiter.reject(error);
  }
}
