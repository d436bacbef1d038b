/**
 * The committed cell: one tiny file per stream that says how far the stream is durable. Written
 * after every commit and never synced, so it is at most behind, never ahead. Readers in other
 * processes go no further than it says; recovery learns from it whether a cut took acknowledged
 * records. Two slots in different sectors take turns, so a torn write loses one step at most.
 */
import { crc32 } from 'node:zlib';
import type { Disk, DiskFile } from '../ports/index.ts';

const slotBytes = 512;
const cellBytes = 24;

export const cellName = 'committed';

export class CommittedCell {
  readonly #file: DiskFile;
  readonly #slot = Buffer.alloc(cellBytes);
  #turn = 0;

  constructor(disk: Disk, directory: string) {
    const path = `${directory}/${cellName}`;
    const fresh = !disk.exists(path);
    this.#file = disk.open(path, fresh ? 'create' : 'write');
    if (fresh) this.#file.writeSync(Buffer.alloc(2 * slotBytes), 0);
  }

  /** Every offset below `nextOffset` is durable. */
  write(nextOffset: number, epoch: number): void {
    const slot = this.#slot;
    slot.writeDoubleLE(nextOffset, 4);
    slot.writeUInt32LE(epoch, 12);
    slot.writeUInt32LE(1, 16);
    slot.writeUInt32LE(crc32(slot.subarray(4)), 0);
    this.#file.writeSync(slot, this.#turn * slotBytes);
    this.#turn = 1 - this.#turn;
  }

  close(): void {
    this.#file.close();
  }
}

function readSlot(bytes: Buffer, at: number): number {
  if (at + cellBytes > bytes.length) return -1;
  const valid = bytes.readUInt32LE(at) === crc32(bytes.subarray(at + 4, at + cellBytes));
  return valid && bytes.readUInt32LE(at + 16) === 1 ? bytes.readDoubleLE(at + 4) : -1;
}

/** The highest durable next offset the cell file states; undefined when it states none. */
export function readCommitted(file: DiskFile): number | undefined {
  const bytes = file.readSync(0, slotBytes + cellBytes);
  const highest = Math.max(readSlot(bytes, 0), readSlot(bytes, slotBytes));
  return highest < 0 ? undefined : highest;
}

/** As `readCommitted`, for a stream directory; undefined when there is no cell. */
export function readCommittedIn(disk: Disk, directory: string): number | undefined {
  const path = `${directory}/${cellName}`;
  if (!disk.exists(path)) return undefined;
  const file = disk.open(path, 'read');
  try {
    return readCommitted(file);
  } finally {
    file.close();
  }
}
