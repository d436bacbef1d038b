/**
 * What the streams of one journal share: the boot epoch, the assigned watermarks, the disk reserve
 * and the one fatal door. The first write or sync error of any stream closes the whole journal:
 * listeners (dispatch) hear of it first, then everybody who waits; nothing is ever retried.
 */
import { HoldfastError } from '../facts/errors.ts';
import type { Ports } from '../ports/index.ts';
import type { DiskReserve } from './disk-reserve.ts';
import type { StreamName } from './limits.ts';

export type JournalPorts = Pick<Ports, 'disk' | 'clock' | 'host' | 'telemetry'>;

export type FatalListener = (error: HoldfastError) => void;

export class JournalCore {
  readonly ports: JournalPorts;
  readonly directory: string;
  readonly epoch: number;
  readonly reserve: DiskReserve;
  /** Next offset of each stream by stream id, queued records included. */
  readonly assigned: number[];
  /** Why nothing is accepted any more. */
  closedBy: HoldfastError | undefined;
  readonly #listeners = new Set<FatalListener>();
  readonly #aborts: Array<(error: HoldfastError) => void> = [];

  constructor(
    ports: JournalPorts,
    directory: string,
    epoch: number,
    assigned: number[],
    reserve: DiskReserve,
  ) {
    this.ports = ports;
    this.directory = directory;
    this.epoch = epoch;
    this.assigned = assigned;
    this.reserve = reserve;
  }

  onFatal(listener: FatalListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  onAbort(abort: (error: HoldfastError) => void): void {
    this.#aborts.push(abort);
  }

  /** Closes the journal for good. Returns the first error, whichever call brought it. */
  fail(stream: StreamName, cause: unknown): HoldfastError {
    if (this.closedBy !== undefined) return this.closedBy;
    const reason = cause instanceof Error ? cause.message : String(cause);
    const error = new HoldfastError(
      'JOURNAL_WRITE_FAILED',
      `journal stream ${stream} could not be written (${reason}); the journal is closed and the ` +
        'process must end. Check the disk, then start again: recovery proves what is durable',
      { cause, details: { stream, directory: this.directory } },
    );
    return this.end(error);
  }

  /** Closes the journal for good with that very error. Returns the first one, as `fail` does. */
  end(error: HoldfastError): HoldfastError {
    if (this.closedBy !== undefined) return this.closedBy;
    this.closedBy = error;
    for (const listener of this.#listeners) {
      try {
        listener(error);
      } catch (thrown) {
        // One listener that throws must not keep the others, or the waiters, from hearing of it.
        this.ports.telemetry.log.error('journal.fatal_listener_threw', { error: String(thrown) });
      }
    }
    for (const abort of this.#aborts) abort(error);
    return error;
  }
}
