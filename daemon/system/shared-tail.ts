/**
 * The live end of one journal stream, read and proved once for everybody who is attached. Cursors
 * that stand where the shared reader stands get the records it read; who is elsewhere (history,
 * late by more than the kept batches) reads for himself until he stands there, too.
 */

import type { JournalStream } from '../../streams/journal/index.ts';
import { type LiveCursor, LiveRecord } from '../http/live/index.ts';

type Reader = ReturnType<JournalStream['follow']>;

interface Batch {
  /** Where the next batch starts. */
  readonly end: number;
  readonly records: readonly LiveRecord[];
}

/** Batches kept for cursors served a little later: one poll's worth each. */
const batchesKept = 8;

function read(reader: Reader, recordsMax: number): Batch {
  const records = reader.next(recordsMax).map(({ offset, bytes }) => new LiveRecord(offset, bytes));
  return { end: reader.offset, records };
}

export class SharedTail {
  readonly #stream: Pick<JournalStream, 'follow'>;
  /** By the offset a batch starts at, oldest first. */
  readonly #batches = new Map<number, Batch>();
  readonly #cursors = new Set<LiveCursor>();
  #reader: Reader | undefined;

  constructor(stream: Pick<JournalStream, 'follow'>) {
    this.#stream = stream;
  }

  /** A cursor at `from`; it must be closed. */
  open(from: number): LiveCursor {
    let offset = from;
    let own: Reader | undefined;
    const cursor: LiveCursor = {
      next: (recordsMax) => {
        let batch = this.#shared(offset, recordsMax);
        if (batch === undefined) {
          own ??= this.#stream.follow(offset);
          batch = read(own, recordsMax);
          if (this.#lead(own)) own = undefined;
        } else {
          own?.close();
          own = undefined;
        }
        offset = batch.end;
        return batch.records;
      },
      close: () => {
        own?.close();
        this.#cursors.delete(cursor);
        if (this.#cursors.size === 0) this.#release();
      },
    };
    this.#cursors.add(cursor);
    return cursor;
  }

  #shared(offset: number, recordsMax: number): Batch | undefined {
    const known = this.#batches.get(offset);
    if (known !== undefined) return known;
    const reader = this.#reader;
    if (reader?.offset !== offset) return undefined;
    const batch = read(reader, recordsMax);
    if (batch.end === offset) return batch;
    this.#batches.set(offset, batch);
    for (const oldest of this.#batches.keys()) {
      if (this.#batches.size <= batchesKept) break;
      this.#batches.delete(oldest);
    }
    return batch;
  }

  /** The reader that is furthest is the shared one. Returns whether it is `candidate` now. */
  #lead(candidate: Reader): boolean {
    if (this.#reader !== undefined && this.#reader.offset >= candidate.offset) return false;
    this.#reader?.close();
    this.#reader = candidate;
    return true;
  }

  #release(): void {
    this.#reader?.close();
    this.#reader = undefined;
    this.#batches.clear();
  }
}
