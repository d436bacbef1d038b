/**
 * Decides whether a stream takes more records. Refusals come at once, are counted, and leave
 * nothing behind: the queue is bounded in records and bytes, and a full disk admits only the
 * reserve class.
 */
import { HoldfastError } from '../facts/errors.ts';
import type { BlockQueue } from './block-queue.ts';
import type { JournalCore } from './core.ts';
import type { StreamConfig } from './limits.ts';
import type { StreamMetrics } from './metrics.ts';
import type { StreamPlace } from './tail.ts';

export interface Candidate {
  readonly records: number;
  readonly bytes: number;
  readonly maxBytes: number;
  /** Asks for the reserve class. */
  readonly reserve: boolean;
}

export class Admission {
  readonly #core: JournalCore;
  readonly #place: StreamPlace;
  readonly #config: StreamConfig;
  readonly #queue: BlockQueue;
  readonly #metrics: StreamMetrics;
  /** Refusals because the queue or the disk was full. */
  failures = 0;

  constructor(
    core: JournalCore,
    place: StreamPlace,
    config: StreamConfig,
    queue: BlockQueue,
    metrics: StreamMetrics,
  ) {
    this.#core = core;
    this.#place = place;
    this.#config = config;
    this.#queue = queue;
    this.#metrics = metrics;
  }

  /** Why the candidate is refused; undefined when it is admitted. */
  refusal(candidate: Candidate): HoldfastError | undefined {
    if (this.#core.closedBy !== undefined) return this.#closed(this.#core.closedBy);
    if (candidate.bytes > candidate.maxBytes) return this.#tooLarge(candidate);
    const mayPass = candidate.reserve && this.#config.mayUseReserve;
    if (mayPass) return undefined;
    if (this.#core.reserve.isFull) return this.counted(this.diskFull());
    if (this.#queue.hasRoom(candidate.records, candidate.bytes)) return undefined;
    return this.counted(this.#queueFull());
  }

  counted(error: HoldfastError): HoldfastError {
    this.failures += 1;
    this.#metrics.refused();
    return error;
  }

  diskFull(): HoldfastError {
    return new HoldfastError(
      'DISK_FULL',
      `no space for journal stream ${this.#place.name} in ${this.#core.directory}; ` +
        'free space: until then only cancels and reduce-only orders are recorded',
    );
  }

  #closed(closedBy: HoldfastError): HoldfastError {
    return new HoldfastError(
      'JOURNAL_CLOSED',
      `journal stream ${this.#place.name} is closed: ${closedBy.message}`,
      { cause: closedBy },
    );
  }

  #tooLarge(candidate: Candidate): HoldfastError {
    return new HoldfastError(
      'PAYLOAD_TOO_LARGE',
      `${candidate.bytes} bytes for journal stream ${this.#place.name}; ` +
        `at most ${candidate.maxBytes} fit`,
    );
  }

  #queueFull(): HoldfastError {
    return new HoldfastError(
      'JOURNAL_QUEUE_FULL',
      `journal stream ${this.#place.name} has ${this.#queue.depth} records waiting ` +
        `(bound ${this.#config.queueRecords}); slow down, or find out why the disk is slow`,
    );
  }
}
