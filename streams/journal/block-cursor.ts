/**
 * Walks the blocks of one segment file in order. Says of every position what stands there: a whole
 * block, nothing (never written), or bytes that are no whole block. Judges nothing beyond that.
 */
import { crc32 } from 'node:zlib';
import type { DiskFile } from '../ports/index.ts';
import {
  type BlockHeader,
  blockHeaderBytes,
  blockKinds,
  decodeBlockHeader,
  hashHolds,
  recordHeaderBytes,
  recordSeed,
} from './format.ts';
import { limits } from './limits.ts';

export interface JournalRecord {
  readonly offset: number;
  /** Boot epoch of the process that wrote it. */
  readonly epoch: number;
  readonly bytes: Buffer;
  /** `tombstone` and `recovery` are the journal's own; readers see them only on request. */
  readonly kind: 'record' | 'tombstone' | 'recovery';
  /** Offsets it stands for: 1, or the size of the hole of a tombstone. */
  readonly span: number;
}

export interface WholeBlock {
  readonly kind: 'block';
  readonly byteOffset: number;
  readonly header: BlockHeader;
  /** Header and body; a view that stays valid. */
  readonly bytes: Buffer;
}

export type CursorStep =
  | WholeBlock
  | { readonly kind: 'end' }
  | { readonly kind: 'bad'; readonly reason: string };

export class BlockCursor {
  readonly #file: DiskFile;
  #window: Buffer = Buffer.alloc(0);
  #windowStart = 0;
  /** What the next window holds: all of it while reading through, little at a live end. */
  #windowBytes: number = limits.readWindowBytes;
  position: number;

  constructor(file: DiskFile, position: number) {
    this.#file = file;
    this.position = position;
  }

  /** Forgets what was read ahead: the file may have grown since. */
  refresh(): void {
    this.#window = Buffer.alloc(0);
    // Whoever follows a live end looks many times a second, and each time a few blocks are new.
    this.#windowBytes = limits.tailWindowBytes;
  }

  /** The block at `position`; moves past it when it is whole. `checkHash` also proves its bytes. */
  next(checkHash: boolean): CursorStep {
    const head = this.#view(blockHeaderBytes);
    if (head.length === 0) return { kind: 'end' };
    const header = decodeBlockHeader(head, 0);
    if (header === undefined) {
      return isZero(head) ? { kind: 'end' } : { kind: 'bad', reason: 'no valid block header' };
    }
    if (header.lengthBytes < blockHeaderBytes) return { kind: 'bad', reason: 'impossible length' };
    const bytes = this.#view(header.lengthBytes);
    if (bytes.length < header.lengthBytes) {
      return { kind: 'bad', reason: 'the file ends inside a block' };
    }
    if (checkHash && !hashHolds(bytes)) return { kind: 'bad', reason: 'sha256 does not match' };
    const byteOffset = this.position;
    this.position += header.lengthBytes;
    return { kind: 'block', byteOffset, header, bytes };
  }

  /** Up to `length` bytes at the position, from the window or a fresh one. */
  #view(length: number): Buffer {
    const start = this.position - this.#windowStart;
    if (start < 0 || start + length > this.#window.length) {
      this.#windowStart = this.position;
      this.#window = this.#file.readSync(this.position, Math.max(length, this.#windowBytes));
      this.#windowBytes = Math.min(limits.readWindowBytes, this.#windowBytes * 2);
      return this.#window.subarray(0, Math.min(length, this.#window.length));
    }
    return this.#window.subarray(start, start + length);
  }
}

function isZero(bytes: Buffer): boolean {
  for (let at = 0; at < bytes.length; at += 1) if (bytes[at] !== 0) return false;
  return true;
}

const kindNames = {
  [blockKinds.records]: 'record',
  [blockKinds.tombstone]: 'tombstone',
  [blockKinds.recovery]: 'recovery',
} as const;

/**
 * Appends the records of a whole block to `out`, from offset `from` on. The frames are inside the
 * bytes whose sha256 was checked; `checkCrc` (verify, repair) checks each record on its own as well.
 * Returns the reason when a frame does not fit its block.
 */
export function recordsInto(
  out: JournalRecord[],
  block: WholeBlock,
  from: number,
  check?: { readonly streamId: number },
): string | undefined {
  const { header, bytes } = block;
  const kind = kindNames[header.kind as keyof typeof kindNames];
  if (kind === undefined) return `unknown block kind ${header.kind}`;
  const seed = check === undefined ? 0 : recordSeed(check.streamId, header.epoch);
  const end = header.firstOffset + header.count;
  let offset = header.firstOffset;
  let at = blockHeaderBytes;
  while (at < bytes.length) {
    if (at + recordHeaderBytes > bytes.length) return 'a record frame is cut';
    const length = bytes.readUInt32LE(at);
    const start = at + recordHeaderBytes;
    if (start + length > bytes.length) return 'a record is longer than its block';
    const record = bytes.subarray(start, start + length);
    if (check !== undefined && bytes.readUInt32LE(at + 8) !== crc32(record, seed)) {
      return `crc of record ${offset} does not match`;
    }
    const span = kind === 'tombstone' ? header.count : 1;
    if (offset >= from || offset + span > from) {
      out.push({ offset, epoch: bytes.readUInt32LE(at + 4), bytes: record, kind, span });
    }
    offset += span;
    at = start + length;
  }
  return offset === end ? undefined : `block spans to ${end}, its records to ${offset}`;
}
