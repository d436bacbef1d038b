/**
 * One attachment: a client, what it asked for, and its own cursor in the journal. History waits for
 * a client without room; once the live end is reached, what a slow client has no room for is
 * dropped and counted instead.
 */
import type { Fact } from '../../../streams/facts/envelope.ts';
import type { LiveClient } from './client.ts';
import type { LiveRecord } from './live-record.ts';
import {
  type LiveFilter,
  type LiveStreamRow,
  looksInside,
  passes,
  severeEnough,
} from './streams.ts';

/** Reads on from where it stands; an empty batch means the live end. */
export interface LiveCursor {
  next(recordsMax: number): readonly LiveRecord[];
  close(): void;
}

export interface AttachedOptions {
  readonly row: LiveStreamRow;
  readonly filter: LiveFilter;
  readonly client: LiveClient;
  /** Absent for `log`. */
  readonly cursor: LiveCursor | undefined;
  readonly onSent: () => void;
}

export class Attached {
  readonly #options: AttachedOptions;
  #isLive = false;

  constructor(options: AttachedOptions) {
    this.#options = options;
  }

  get client(): LiveClient {
    return this.#options.client;
  }

  /** Moves at most one slice; returns how many records were read. Throws what the cursor throws. */
  pump(recordsMax: number, nowUs: number): number {
    const { cursor, client } = this.#options;
    if (cursor === undefined) return 0;
    if (!this.#isLive && !client.hasRoom(nowUs)) return 0;
    const batch = cursor.next(recordsMax);
    if (batch.length === 0) this.#isLive = true;
    for (const record of batch) this.#offer(record, nowUs);
    return batch.length;
  }

  /** A log line as JSON text. */
  onLog(level: string, text: string, nowUs: number): void {
    const { row, filter } = this.#options;
    if (row.journal !== null || !severeEnough(filter.severity, level)) return;
    if (filter.traceId !== undefined && !text.includes(filter.traceId)) return;
    if (filter.runner !== undefined && !text.includes(JSON.stringify(filter.runner))) return;
    if (filter.instrument !== undefined && !text.includes(JSON.stringify(filter.instrument)))
      return;
    this.#send({ offset: null, text }, nowUs);
  }

  release(): void {
    this.#options.cursor?.close();
  }

  #offer(record: LiveRecord, nowUs: number): void {
    const { row, filter } = this.#options;
    if (record.type === '' || !row.includes(record.type)) return;
    if (looksInside(filter) && !passes(filter, JSON.parse(record.text) as Fact)) return;
    this.#send(record, nowUs);
  }

  #send(item: { readonly offset: number | null; readonly text: string }, nowUs: number): void {
    if (this.#options.client.offer(item, nowUs)) this.#options.onSent();
  }
}
