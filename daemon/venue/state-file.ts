/**
 * The state of the venue on disk: a snapshot, and a log of every operation since that changed what
 * customers own. A line is with the system before anybody hears of its operation, so a killed
 * process forgets nothing it has said (no sync: the machine may not fail). State that cannot be
 * read is an error, not a fresh start: a venue that forgets orders would be blamed on its clients.
 */
import { HoldfastError } from '../../streams/facts/errors.ts';
import type { CancelTimer, DiskFile, Ports } from '../../streams/ports/index.ts';
import {
  changesOf,
  dumpEngine,
  foldChanges,
  type MarketSource,
  type TouchedBooks,
  type VenueEngine,
} from '../../streams/venues/simulated/index.ts';

const fileName = 'venue-state.json';
const logName = 'venue-state.log';
/** The snapshot is written at least this often, ms. */
const everyMs = 10_000;
/** A longer log becomes a snapshot, bytes. */
const logBytesMax = 4 * 1_024 * 1_024;

export interface SavedState {
  readonly engine: unknown;
  readonly source: unknown;
  /** Number of the last line of the log that is in it. */
  readonly lines: number;
}

/** The saved state, or undefined when there is none. Throws SCHEMA_INVALID for a damaged one. */
export function readState(ports: Ports, directory: string): SavedState | undefined {
  const path = `${directory}/${fileName}`;
  if (!ports.disk.exists(path)) return undefined;
  try {
    const saved = JSON.parse(ports.disk.readFile(path).toString('utf8')) as Partial<SavedState>;
    const lines = saved.lines ?? 0;
    const later = readLog(ports, `${directory}/${logName}`).filter(([number]) => number > lines);
    const engine = foldChanges(
      saved.engine,
      later.map(([, changes]) => changes),
    );
    return { engine, source: saved.source, lines: later.at(-1)?.[0] ?? lines };
  } catch (cause) {
    throw new HoldfastError(
      'SCHEMA_INVALID',
      `${path} and its log are not a venue state; remove both to start afresh`,
      { cause },
    );
  }
}

type Line = readonly [number: number, changes: unknown];

/** The lines of the log. A last line without its end was never told to anybody and is left out. */
function readLog(ports: Ports, path: string): Line[] {
  if (!ports.disk.exists(path)) return [];
  const lines = ports.disk.readFile(path).toString('utf8').split('\n');
  return lines.slice(0, -1).map((line) => JSON.parse(line) as Line);
}

export interface StateFileOptions {
  readonly ports: Ports;
  readonly directory: string;
  readonly engine: VenueEngine;
  readonly source: MarketSource;
  /** Of the state that was restored; 0 for none. */
  readonly lines: number;
}

export class StateFile {
  readonly #options: StateFileOptions;
  readonly #path: string;
  readonly #log: DiskFile;
  readonly #stopTimer: CancelTimer;
  #lines: number;
  #logBytes = 0;
  #closed = false;

  constructor(options: StateFileOptions) {
    const { ports, directory } = options;
    this.#options = options;
    this.#path = `${directory}/${fileName}`;
    this.#lines = options.lines;
    ports.disk.makeDirectory(directory);
    const logPath = `${directory}/${logName}`;
    this.#log = ports.disk.open(logPath, ports.disk.exists(logPath) ? 'write' : 'create');
    this.write();
    this.#stopTimer = ports.clock.every(everyMs, () => this.write());
  }

  /** Keeps what an operation changed. Throws the disk's error: nobody may hear of it then. */
  record(touched: TouchedBooks): void {
    if (this.#closed) return;
    if (touched.whole || this.#logBytes > logBytesMax) {
      this.write();
      return;
    }
    const line: Line = [this.#lines + 1, changesOf(this.#options.engine, touched)];
    const bytes = Buffer.from(`${JSON.stringify(line)}\n`);
    this.#log.writeSync(bytes, this.#logBytes);
    this.#lines += 1;
    this.#logBytes += bytes.length;
  }

  /** Writes the snapshot; the log begins anew. Killed between the two, its lines are too old to count. */
  write(): void {
    if (this.#closed) return;
    const { ports, engine, source } = this.#options;
    const state: SavedState = {
      engine: dumpEngine(engine),
      source: source.dump(),
      lines: this.#lines,
    };
    ports.disk.writeFileAtomic(this.#path, JSON.stringify(state), 0o600);
    this.#log.truncateSync(0);
    this.#logBytes = 0;
  }

  close(): void {
    if (this.#closed) return;
    this.write();
    this.#closed = true;
    this.#stopTimer();
    this.#log.close();
  }
}
