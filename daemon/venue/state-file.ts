/**
 * The state of the venue on disk: one file, replaced atomically, soon after a customer's order or
 * trade, now and then otherwise, and at the end. A file that cannot be read is an error, not a
 * fresh start: a venue that forgets orders would be blamed on its clients.
 */
import { HoldfastError } from '../../streams/facts/errors.ts';
import type { CancelTimer, Ports } from '../../streams/ports/index.ts';
import {
  dumpEngine,
  type MarketSource,
  type VenueEngine,
} from '../../streams/venues/simulated/index.ts';

const fileName = 'venue-state.json';
/** Changes within this are written together. */
const settleMs = 200;
/** Sequences and house positions move without customers: written at least this often. */
const everyMs = 10_000;

export interface SavedState {
  readonly engine: unknown;
  readonly source: unknown;
}

/** The saved state, or undefined when there is none. Throws SCHEMA_INVALID for a damaged file. */
export function readState(ports: Ports, directory: string): SavedState | undefined {
  const path = `${directory}/${fileName}`;
  if (!ports.disk.exists(path)) return undefined;
  try {
    return JSON.parse(ports.disk.readFile(path).toString('utf8')) as SavedState;
  } catch (cause) {
    throw new HoldfastError(
      'SCHEMA_INVALID',
      `${path} is not a venue state; remove it to start afresh`,
      { cause },
    );
  }
}

export class StateFile {
  readonly #ports: Ports;
  readonly #path: string;
  readonly #engine: VenueEngine;
  readonly #source: MarketSource;
  readonly #stopTimer: CancelTimer;
  #waiting = false;
  #closed = false;

  constructor(ports: Ports, directory: string, engine: VenueEngine, source: MarketSource) {
    this.#ports = ports;
    this.#path = `${directory}/${fileName}`;
    this.#engine = engine;
    this.#source = source;
    ports.disk.makeDirectory(directory);
    this.#stopTimer = ports.clock.every(everyMs, () => this.write());
  }

  /** Something a customer must find again has changed. */
  touch(): void {
    if (this.#waiting || this.#closed) return;
    this.#waiting = true;
    this.#ports.clock.after(settleMs, () => {
      this.#waiting = false;
      this.write();
    });
  }

  write(): void {
    if (this.#closed) return;
    const state: SavedState = { engine: dumpEngine(this.#engine), source: this.#source.dump() };
    this.#ports.disk.writeFileAtomic(this.#path, JSON.stringify(state), 0o600);
  }

  close(): void {
    this.write();
    this.#closed = true;
    this.#stopTimer();
  }
}
