/**
 * Reads a journal stream as a power cut would leave it: only bytes that were synced, parsed with
 * code of its own. It shares nothing with the daemon's writer or reader, so it can contradict them.
 */
import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { VirtualDisk } from '../../../daemon/ports/virtual/index.ts';

export interface DurableFact {
  readonly event_type: string;
  readonly ts_utc: string;
  readonly payload: Readonly<Record<string, unknown>>;
  readonly pins: { readonly run_id: string };
  readonly trace_id: string;
}

/** Layout of the journal (docs/journal.md). */
const layout = { segmentHeader: 4_096, blockHeader: 136, recordHeader: 12, magic: 0x4b424648 };
const recordsKind = 1;

/** One record of the journal, as it stands there. */
export interface DurableRecord {
  readonly offset: number;
  readonly bytes: Buffer;
}

interface Cursor {
  readonly name: string;
  position: number;
  /** Of the file when it was last read to its end. */
  readRevision: number;
}

/** One stream, block by block, read on from where the last call ended. */
export class DurableBlocks {
  readonly #disk: VirtualDisk;
  readonly #directory: string;
  readonly #cursors: Cursor[] = [];
  /** Every offset below is on the platters, as far as it was taken. */
  nextOffset = 0;

  constructor(disk: VirtualDisk, directory: string) {
    this.#disk = disk;
    this.#directory = directory;
  }

  /** Blocks that became durable since the last call, in order. */
  take(): Buffer[] {
    const blocks: Buffer[] = [];
    for (const [name, inode] of this.#disk.names.durable(this.#directory)) {
      if (!name.endsWith('.seg')) continue;
      let cursor = this.#cursors.find((each) => each.name === name);
      if (cursor === undefined) {
        cursor = { name, position: layout.segmentHeader, readRevision: -1 };
        this.#cursors.push(cursor);
      }
      if (cursor.readRevision === inode.durableRevision) continue;
      cursor.readRevision = inode.durableRevision;
      for (;;) {
        const block = blockAt((at, length) => inode.readDurable(at, length), cursor.position);
        if (block === undefined) break;
        cursor.position += block.length;
        this.nextOffset = endOffsetOf(block);
        blocks.push(block);
      }
    }
    return blocks;
  }
}

/** The facts of one stream. */
export class DurableFacts {
  readonly #blocks: DurableBlocks;

  constructor(disk: VirtualDisk, directory: string) {
    this.#blocks = new DurableBlocks(disk, directory);
  }

  /** Facts that became durable since the last call, in order. */
  take(): DurableFact[] {
    const records = this.#blocks.take().flatMap(recordsIn);
    return records.map(({ bytes }) => JSON.parse(bytes.toString('utf8')) as DurableFact);
  }
}

/** First offset and offsets spanned, as its header says. */
function endOffsetOf(block: Buffer): number {
  return Number(block.readBigUInt64LE(56)) + block.readUInt32LE(52);
}

function blockAt(read: (at: number, length: number) => Buffer, at: number): Buffer | undefined {
  const header = read(at, layout.blockHeader);
  if (header.length < layout.blockHeader || header.readUInt32LE(0) !== layout.magic)
    return undefined;
  if (crc32(header.subarray(8)) !== header.readUInt32LE(4)) return undefined;
  const length = header.readUInt32LE(40);
  const block = read(at, length);
  if (block.length < length) return undefined;
  const digest = createHash('sha256').update(block.subarray(40)).digest();
  return digest.equals(block.subarray(8, 40)) ? block : undefined;
}

/** The records of one block, in order. */
export function recordsIn(block: Buffer): DurableRecord[] {
  const records: DurableRecord[] = [];
  if (block.readUInt32LE(44) !== recordsKind) return records;
  let offset = Number(block.readBigUInt64LE(56));
  let at = layout.blockHeader;
  while (at + layout.recordHeader <= block.length) {
    const length = block.readUInt32LE(at);
    const start = at + layout.recordHeader;
    records.push({ offset, bytes: block.subarray(start, start + length) });
    offset += 1;
    at = start + length;
  }
  return records;
}
