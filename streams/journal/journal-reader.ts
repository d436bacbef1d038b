/**
 * A journal opened for reading only, also while another process writes it. Takes no lock, changes
 * nothing, and hands out only records the writer has committed.
 */
import type { Disk, DiskFile } from '../ports/index.ts';
import type { JournalRecord } from './block-cursor.ts';
import { cellName, readCommitted } from './committed-cell.ts';
import { type Offset, type StreamName, streamNames } from './limits.ts';
import { JournalReader, type ReadOptions, type ReadSource, readAll } from './stream-reader.ts';
import { readTail, type StreamPlace, streamPlace } from './tail.ts';

export interface StreamReadDoor {
  /** Every offset below it is durable. */
  committedOffset(): Offset;
  read(from: Offset, options?: ReadOptions): Iterable<JournalRecord>;
  follow(from: Offset, options?: ReadOptions): JournalReader;
}

export interface JournalReadDoor {
  stream(name: StreamName): StreamReadDoor;
  close(): void;
}

/** Opens the journal under `directory` for reading. Streams that do not exist yet read as empty. */
export function openJournalReader(disk: Disk, directory: string): JournalReadDoor {
  const doors = new Map<StreamName, ReadDoor>();
  const door = (name: StreamName): ReadDoor => {
    const known = doors.get(name);
    if (known !== undefined) return known;
    const made = new ReadDoor(disk, streamPlace(directory, name));
    doors.set(name, made);
    return made;
  };
  return {
    stream: door,
    close: () => {
      for (const name of streamNames) doors.get(name)?.close();
    },
  };
}

class ReadDoor implements StreamReadDoor {
  readonly #disk: Disk;
  readonly #place: StreamPlace;
  #cell: DiskFile | undefined;
  #lastKnown: Offset = 0;

  constructor(disk: Disk, place: StreamPlace) {
    this.#disk = disk;
    this.#place = place;
  }

  committedOffset(): Offset {
    const path = `${this.#place.directory}/${cellName}`;
    if (this.#cell === undefined && this.#disk.exists(path)) {
      this.#cell = this.#disk.open(path, 'read');
    }
    if (this.#cell === undefined) return this.#provedOffset();
    this.#lastKnown = Math.max(this.#lastKnown, readCommitted(this.#cell) ?? 0);
    return this.#lastKnown;
  }

  read(from: Offset, options?: ReadOptions): Iterable<JournalRecord> {
    return readAll(this.#source(), from, options);
  }

  follow(from: Offset, options?: ReadOptions): JournalReader {
    return new JournalReader(this.#source(), from, options);
  }

  close(): void {
    this.#cell?.close();
    this.#cell = undefined;
  }

  /** Without a cell (a copy of the segments alone) the chain itself says where it ends. */
  #provedOffset(): Offset {
    if (!this.#disk.exists(this.#place.directory)) return 0;
    return readTail(this.#disk, this.#place).end?.nextOffset ?? 0;
  }

  #source(): ReadSource {
    return { disk: this.#disk, place: this.#place, committed: () => this.committedOffset() };
  }
}
