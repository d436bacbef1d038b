/**
 * The journal of the house: opens and recovers all streams as one, takes the writer lock, and ends
 * as one. Recovery's first change on disk is its own durable "recovery started" record.
 */
import { assert, HoldfastError } from '../facts/errors.ts';
import { canonicalJson } from '../facts/hash.ts';
import { type FatalListener, JournalCore, type JournalPorts } from './core.ts';
import { DiskReserve, spendReserve } from './disk-reserve.ts';
import {
  assertStreamConfig,
  defaultStreams,
  limits,
  type Offset,
  type StreamConfig,
  type StreamName,
  streamNames,
} from './limits.ts';
import { acquireLock, type JournalLock, type LockOwner } from './lock.ts';
import { foresee, growAgain, type ResumeInput, resume, type StreamRecovery } from './recovery.ts';
import { isOutOfSpace } from './segments.ts';
import { StreamWriter } from './stream-writer.ts';
import { readTail, type StreamPlace, type StreamTail, streamPlace } from './tail.ts';

export interface JournalOptions {
  /** Overrides of `defaultStreams`, per stream. */
  readonly streams?: Partial<Record<StreamName, Partial<StreamConfig>>>;
  /** Size of the reserve file. Default 8 MiB. */
  readonly reserveBytes?: number;
  /**
   * First offsets that nothing outside the journal (store, archive, another daemon) has cited. The
   * journal's own records need no mention: their blocks carry the watermarks.
   */
  readonly firstUncited?: Partial<Record<StreamName, Offset>>;
}

export interface RecoveryReport {
  readonly epoch: number;
  /** The journal existed before. */
  readonly isRestart: boolean;
  /** Owner of the lock that was taken over: it ended without closing the journal. */
  readonly takenOverFrom: LockOwner | undefined;
  readonly streams: Readonly<Record<StreamName, StreamRecovery>>;
}

/** The journal, open for writing. */
export interface Journal {
  /** Boot epoch: one more than any epoch found on disk. */
  readonly epoch: number;
  readonly directory: string;
  readonly recovery: RecoveryReport;
  /** Why it closed itself; undefined while it is healthy. */
  readonly closedBy: HoldfastError | undefined;
  stream(name: StreamName): StreamWriter;
  /** Runs once, at the first write or sync error, before anybody who waits hears of it. */
  onFatal(listener: FatalListener): () => void;
  /** Makes everything queued durable, then closes. Rejects when that failed: DISK_FULL without space. */
  close(): Promise<void>;
}

/**
 * Opens the journal under `directory`, creating it when missing. Rejects with JOURNAL_LOCKED
 * (another live writer), JOURNAL_DAMAGED (nothing was changed), DISK_FULL or JOURNAL_WRITE_FAILED.
 */
export async function openJournal(
  ports: JournalPorts,
  directory: string,
  options: JournalOptions = {},
): Promise<Journal> {
  const configs = resolveConfigs(options);
  try {
    ports.disk.makeDirectory(directory);
    try {
      return openOnce(ports, directory, configs, options);
    } catch (error) {
      // Recovery must be able to write: on a full disk that is what the reserve is for.
      if (!isOutOfSpace(error) || !spendReserve(ports.disk, directory)) throw error;
      return openOnce(ports, directory, configs, options);
    }
  } catch (error) {
    throw asOpenError(error, directory);
  }
}

function openOnce(
  ports: JournalPorts,
  directory: string,
  configs: PerStream<StreamConfig>,
  options: JournalOptions,
): Journal {
  const lock = acquireLock(ports, directory);
  try {
    return openLocked(ports, directory, configs, options, lock);
  } catch (error) {
    lock.release();
    throw error;
  }
}

function asOpenError(error: unknown, directory: string): HoldfastError {
  if (error instanceof HoldfastError) return error;
  const isFull = isOutOfSpace(error);
  return new HoldfastError(
    isFull ? 'DISK_FULL' : 'JOURNAL_WRITE_FAILED',
    `journal ${directory} could not be opened: ${String(error)}. ` +
      (isFull ? 'Free space and start again' : 'Check the disk and its permissions'),
    { cause: error },
  );
}

type PerStream<T> = Record<StreamName, T>;

function perStream<T>(make: (name: StreamName) => T): PerStream<T> {
  return Object.fromEntries(streamNames.map((name) => [name, make(name)])) as PerStream<T>;
}

function resolveConfigs(options: JournalOptions): PerStream<StreamConfig> {
  const configs = perStream((name) => ({ ...defaultStreams[name], ...options.streams?.[name] }));
  for (const name of streamNames) assertStreamConfig(name, configs[name]);
  return configs;
}

function openLocked(
  ports: JournalPorts,
  directory: string,
  configs: PerStream<StreamConfig>,
  options: JournalOptions,
  lock: JournalLock,
): Journal {
  const places = perStream((name) => streamPlace(directory, name));
  for (const name of streamNames) {
    const own = places[name].directory;
    ports.disk.makeDirectory(own);
    // A process that died after naming a segment left a name that the power may still take.
    ports.disk.syncDirectory(own);
  }
  ports.disk.syncDirectory(directory);
  const tails = perStream((name) => readTail(ports.disk, places[name]));
  const epochs = streamNames.map((name) => tails[name].end?.epoch ?? 0);
  const epoch = 1 + Math.max(...epochs);
  const floors = streamNames.map((name) => floorOf(name, tails, options));
  const input = (name: StreamName): Omit<ResumeInput, 'recoveryRecord'> => ({
    disk: ports.disk,
    place: places[name],
    segmentBytes: configs[name].segmentBytes,
    tail: tails[name],
    epoch,
    floor: floors[streamNames.indexOf(name)] ?? 0,
    assigned: floors,
  });
  const recovery: RecoveryReport = {
    epoch,
    isRestart: epoch > 1,
    takenOverFrom: lock.takenOverFrom,
    streams: perStream((name) => foresee(input(name))),
  };
  const record = Buffer.from(
    canonicalJson({ ...withoutUndefined(recovery), what: 'recovery started' }),
  );
  const control = resume({ ...input('control'), recoveryRecord: record });
  const resumed = perStream((name) =>
    name === 'control' ? control : resume({ ...input(name), recoveryRecord: undefined }),
  );
  const largest = Math.max(...streamNames.map((name) => configs[name].segmentBytes));
  const reserveBytes = options.reserveBytes ?? limits.reserveBytes;
  const reserve = new DiskReserve(ports, directory, reserveBytes, largest);
  reserve.ensure();
  // Only what the reserve leaves: without one, the next roll of a stream in need of it is fatal.
  for (const name of reserve.isFull ? [] : streamNames) {
    growAgain(ports.disk, resumed[name].start.segment.path, configs[name].segmentBytes);
  }
  const core = new JournalCore(ports, directory, epoch, [...floors], reserve);
  const streams = perStream((name) => {
    return new StreamWriter(core, places[name], configs[name], resumed[name].start);
  });
  report(ports, recovery, places);
  return new OpenJournal(core, streams, recovery, lock);
}

/** Beyond everything proved, acknowledged, or possibly cited by a durable record of any stream. */
function floorOf(name: StreamName, tails: PerStream<StreamTail>, options: JournalOptions): Offset {
  const own = tails[name];
  const id = streamNames.indexOf(name);
  const watermarks = streamNames.map((other) => tails[other].end?.assigned[id] ?? 0);
  return Math.max(
    own.end?.nextOffset ?? 0,
    own.committed ?? 0,
    options.firstUncited?.[name] ?? 0,
    ...watermarks,
  );
}

function withoutUndefined(value: unknown): Record<string, unknown> {
  return JSON.parse(JSON.stringify(value)) as Record<string, unknown>;
}

function report(
  ports: JournalPorts,
  recovery: RecoveryReport,
  places: PerStream<StreamPlace>,
): void {
  const { log } = ports.telemetry;
  const { epoch, takenOverFrom } = recovery;
  if (takenOverFrom !== undefined) log.warn('journal.lock_taken_over', { ...takenOverFrom });
  for (const name of streamNames) {
    const { torn, hole, acknowledgedLost } = recovery.streams[name];
    const stream = places[name].name;
    if (torn !== undefined) log.warn('journal.torn_tail_cut', { stream, ...torn });
    if (hole !== undefined) log.warn('journal.hole', { stream, ...hole });
    if (acknowledgedLost > 0) log.error('journal.acknowledged_lost', { stream, acknowledgedLost });
  }
  log.info('journal.open', { epoch, isRestart: recovery.isRestart });
}

class OpenJournal implements Journal {
  readonly recovery: RecoveryReport;
  readonly #core: JournalCore;
  readonly #streams: PerStream<StreamWriter>;
  readonly #lock: JournalLock;
  #closing: Promise<void> | undefined;

  constructor(
    core: JournalCore,
    streams: PerStream<StreamWriter>,
    recovery: RecoveryReport,
    lock: JournalLock,
  ) {
    this.#core = core;
    this.#streams = streams;
    this.recovery = recovery;
    this.#lock = lock;
  }

  get epoch(): number {
    return this.#core.epoch;
  }

  get directory(): string {
    return this.#core.directory;
  }

  get closedBy(): HoldfastError | undefined {
    return this.#core.closedBy;
  }

  stream(name: StreamName): StreamWriter {
    return this.#streams[name];
  }

  onFatal(listener: FatalListener): () => void {
    return this.#core.onFatal(listener);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const failedBefore = this.#core.closedBy;
    this.#flush();
    this.#core.closedBy ??= new HoldfastError('JOURNAL_CLOSED', 'the journal was closed');
    for (const name of streamNames) await this.#streams[name].close();
    // Last: until then a preparation under way may find the disk full, and have it asked again.
    this.#core.reserve.close();
    this.#lock.release();
    const failure = failedBefore ?? this.#core.closedBy;
    assert(failure !== undefined, 'a closed journal knows why');
    if (failure.code !== 'JOURNAL_CLOSED') throw failure;
  }

  /** Everything queued becomes durable, or all who wait are told why not. */
  #flush(): void {
    if (this.#core.closedBy !== undefined) return;
    try {
      // The reserve last: a stream that it is too small for ends them all.
      for (const maySpendReserve of [false, true]) {
        for (const name of streamNames) this.#streams[name].flushNow(maySpendReserve);
      }
    } catch (error) {
      // Everybody has been told through the fatal door; `close` rejects with it.
      assert(this.#core.closedBy !== undefined, `closing failed: ${String(error)}`);
      return;
    }
    const left = streamNames.filter((name) => this.#streams[name].queueDepth > 0);
    if (left.length > 0) this.#core.end(this.#leftBehind(left));
  }

  #leftBehind(names: readonly StreamName[]): HoldfastError {
    const counts = names.map((name) => `${this.#streams[name].queueDepth} of ${name}`).join(', ');
    return new HoldfastError(
      'DISK_FULL',
      `journal ${this.directory} was closed without space for records it had accepted (${counts}): ` +
        'they are not recorded. Free space before the next start',
    );
  }
}
