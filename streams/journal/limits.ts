/**
 * The streams of the journal and every bound that holds for them. Each number has a unit in its
 * name and its reason beside it; a profile may override what `StreamConfig` lists.
 */
import { assert } from '../facts/errors.ts';

/** The index of a name is its id on disk: never reorder, only append. */
export const streamNames = ['ledger', 'traffic', 'control', 'audit'] as const;
export type StreamName = (typeof streamNames)[number];

/** Position of a record in its stream: gap-free from 0. */
export type Offset = number;

const kib = 1024;
const mib = 1024 * kib;

export interface StreamConfig {
  /**
   * `synchronous` writes and syncs on the loop: the shortest way to durable, for streams that stand
   * in the dispatch path. `asynchronous` leaves the sync to the thread pool: the loop never waits.
   */
  readonly commit: 'synchronous' | 'asynchronous';
  /** Preallocated size of one segment file. Also what a start verifies at most. */
  readonly segmentBytes: number;
  /** A block is sealed when the next record would pass this; one larger record makes a larger block. */
  readonly maxBlockBytes: number;
  /** Records accepted and not yet durable; one more is refused at once. */
  readonly queueRecords: number;
  /** Bytes accepted and not yet durable. */
  readonly queueBytes: number;
  /** Asynchronous only: syncs in flight at once, so that hashing overlaps the device. */
  readonly lanes: number;
  /** May spend the disk reserve: only what reduces risk or proves what was done. */
  readonly mayUseReserve: boolean;
}

/** 32 MiB: ≈ 60,000 records, ≈ 60 ms to verify at start, and rolled off the loop's time. */
const largeSegmentBytes = 32 * mib;
/** 64 KiB: big enough that the header is noise, small enough that hashing overlaps the sync. */
const defaultBlockBytes = 64 * kib;

export const defaultStreams: Readonly<Record<StreamName, StreamConfig>> = {
  ledger: {
    commit: 'synchronous',
    segmentBytes: largeSegmentBytes,
    maxBlockBytes: 256 * kib,
    queueRecords: 1024,
    queueBytes: 2 * mib,
    lanes: 1,
    mayUseReserve: true,
  },
  traffic: {
    commit: 'asynchronous',
    segmentBytes: largeSegmentBytes,
    maxBlockBytes: defaultBlockBytes,
    queueRecords: 65_536,
    queueBytes: 32 * mib,
    lanes: 2,
    mayUseReserve: false,
  },
  control: {
    commit: 'synchronous',
    segmentBytes: 8 * mib,
    maxBlockBytes: 256 * kib,
    queueRecords: 1024,
    queueBytes: 2 * mib,
    lanes: 1,
    mayUseReserve: true,
  },
  audit: {
    commit: 'asynchronous',
    segmentBytes: 16 * mib,
    maxBlockBytes: defaultBlockBytes,
    queueRecords: 65_536,
    queueBytes: 32 * mib,
    lanes: 2,
    mayUseReserve: false,
  },
};

export const limits = {
  /** One record: a decision snapshot of hundreds of levels fits several times over. */
  maxRecordBytes: 1 * mib,
  /** One `appendNow`: a group of intents with their capsules and snapshots. */
  maxBlockNowBytes: 4 * mib,
  /** The reserve file: two emergency segments (ledger, control) of half this size. */
  reserveBytes: 8 * mib,
  /** Step of background preallocation: 1 MiB of zeros is one short write. */
  preallocationStepBytes: 1 * mib,
  /** A disk found full is asked again after this long. */
  spaceRecheckMs: 1000,
  /** Window of sequential reads. */
  readWindowBytes: 1 * mib,
  /** The first one after a live end, doubled up to the other. */
  tailWindowBytes: 32 * kib,
  /** Block buffers kept for reuse per stream. */
  pooledBlocks: 8,
} as const;

/** Refuses a configuration whose numbers contradict each other. */
export function assertStreamConfig(name: StreamName, config: StreamConfig): void {
  assert(config.maxBlockBytes >= 4 * kib, `journal ${name}: maxBlockBytes must be ≥ 4096`);
  assert(
    config.segmentBytes >= 4 * config.maxBlockBytes,
    `journal ${name}: segmentBytes must be at least four blocks of ${config.maxBlockBytes} bytes`,
  );
  assert(config.lanes >= 1 && config.lanes <= 3, `journal ${name}: lanes must be 1, 2 or 3`);
  assert(
    config.queueRecords >= 1 && config.queueBytes >= 1,
    `journal ${name}: queue bounds must be ≥ 1`,
  );
}
