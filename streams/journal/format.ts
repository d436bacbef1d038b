/**
 * The bytes on disk. Little endian; the layout is part of the contract (`docs/journal.md`).
 *
 * Segment file = one 4096-byte header page, then blocks back to back, then zeros (preallocated).
 *
 *   segment header                          block header (136 bytes)
 *     0  8  'HFSEG001'                         0  4  magic 'HFBK'
 *     8  4  crc32 of [12, 112)                 4  4  crc32 of [8, 136)
 *    12  4  format version                     8 32  sha256 of [40, length)
 *    16  4  stream id                         40  4  length, header and body, bytes
 *    20  4  boot epoch                        44  4  kind
 *    24  4  segment index                     48  4  boot epoch
 *    28  4  -                                 52  4  offsets spanned
 *    32  8  base offset                       56  8  first offset
 *    40 32  hash of the block before          72 32  sha256 of the previous block
 *    72 32  assigned watermarks              104 32  assigned watermarks (4 × u64)
 *   104  8  bytes used by the predecessor     64  8  durable watermark
 *
 *   record frame in a body: length u32, boot epoch u32, crc32 u32, bytes
 *
 * The record crc is seeded with (stream id, epoch), so a record moved elsewhere does not verify.
 * Durable watermark: every offset below it was on stable storage when this block was formed; it is
 * what tells a torn tail (never vouched for) from damage (vouched for by a later block).
 * Assigned watermarks: the next offset of each stream at that moment: no durable record can cite
 * an offset at or above the highest one found.
 */
import { hash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { streamNames } from './limits.ts';

export const formatVersion = 1;
export const segmentHeaderBytes = 4096;
export const blockHeaderBytes = 136;
export const recordHeaderBytes = 12;
export const hashBytes = 32;
/** 'HFBK' */
export const blockMagic = 0x4b424648;
export const blockMagicBytes = Buffer.from('HFBK', 'latin1');
export const segmentMagicBytes = Buffer.from('HFSEG001', 'latin1');

export const blockKinds = { records: 1, tombstone: 2, recovery: 3 } as const;
export type BlockKind = (typeof blockKinds)[keyof typeof blockKinds];

/** Hash before the first block of a stream. */
export const zeroHash: Uint8Array = Buffer.alloc(hashBytes);

export type Watermarks = readonly number[];

export interface SegmentHeader {
  readonly streamId: number;
  readonly epoch: number;
  readonly index: number;
  readonly baseOffset: number;
  readonly previousHash: Uint8Array;
  readonly assigned: Watermarks;
  /** Where the blocks of the segment before end; 0 for the first. */
  readonly predecessorBytes: number;
}

export interface BlockHeader {
  readonly lengthBytes: number;
  readonly kind: number;
  readonly epoch: number;
  readonly count: number;
  readonly firstOffset: number;
  readonly durable: number;
  readonly assigned: Watermarks;
}

const twoPow32 = 2 ** 32;

function writeSafe(view: DataView, at: number, value: number): void {
  view.setUint32(at, value >>> 0, true);
  view.setUint32(at + 4, Math.floor(value / twoPow32), true);
}

function readSafe(bytes: Buffer, at: number): number {
  return bytes.readUInt32LE(at) + bytes.readUInt32LE(at + 4) * twoPow32;
}

function readWatermarks(bytes: Buffer, at: number): number[] {
  return streamNames.map((_, index) => readSafe(bytes, at + index * 8));
}

export function encodeSegmentHeader(header: SegmentHeader): Buffer {
  const bytes = Buffer.alloc(segmentHeaderBytes);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  bytes.set(segmentMagicBytes, 0);
  view.setUint32(12, formatVersion, true);
  view.setUint32(16, header.streamId, true);
  view.setUint32(20, header.epoch, true);
  view.setUint32(24, header.index, true);
  writeSafe(view, 32, header.baseOffset);
  bytes.set(header.previousHash, 40);
  header.assigned.forEach((value, index) => {
    writeSafe(view, 72 + index * 8, value);
  });
  writeSafe(view, 104, header.predecessorBytes);
  view.setUint32(8, crc32(bytes.subarray(12, 112)), true);
  return bytes;
}

/** The header, or undefined when the page is not one of ours or was changed. */
export function decodeSegmentHeader(page: Buffer): SegmentHeader | undefined {
  if (page.length < segmentHeaderBytes) return undefined;
  if (!page.subarray(0, 8).equals(segmentMagicBytes)) return undefined;
  if (page.readUInt32LE(8) !== crc32(page.subarray(12, 112))) return undefined;
  if (page.readUInt32LE(12) !== formatVersion) return undefined;
  return {
    streamId: page.readUInt32LE(16),
    epoch: page.readUInt32LE(20),
    index: page.readUInt32LE(24),
    baseOffset: readSafe(page, 32),
    previousHash: Buffer.from(page.subarray(40, 72)),
    assigned: readWatermarks(page, 72),
    predecessorBytes: readSafe(page, 104),
  };
}

export interface SealFields {
  readonly kind: BlockKind;
  readonly epoch: number;
  readonly count: number;
  readonly firstOffset: number;
  readonly durable: number;
  readonly assigned: Watermarks;
  readonly previousHash: Uint8Array;
}

/** Completes the header of a block whose body stands at [136, lengthBytes). Returns its hash. */
export function sealBlock(
  bytes: Buffer,
  view: DataView,
  lengthBytes: number,
  f: SealFields,
): Buffer {
  view.setUint32(40, lengthBytes, true);
  view.setUint32(44, f.kind, true);
  view.setUint32(48, f.epoch, true);
  view.setUint32(52, f.count, true);
  writeSafe(view, 56, f.firstOffset);
  writeSafe(view, 64, f.durable);
  bytes.set(f.previousHash, 72);
  for (let index = 0; index < f.assigned.length; index += 1) {
    writeSafe(view, 104 + index * 8, f.assigned[index] ?? 0);
  }
  const digest = hash('sha256', bytes.subarray(40, lengthBytes), 'buffer');
  bytes.set(digest, 8);
  view.setUint32(0, blockMagic, true);
  view.setUint32(4, crc32(bytes.subarray(8, blockHeaderBytes)), true);
  return digest;
}

/** The header at `at`, or undefined when the bytes there are not a whole valid header. */
export function decodeBlockHeader(bytes: Buffer, at: number): BlockHeader | undefined {
  if (at + blockHeaderBytes > bytes.length) return undefined;
  if (bytes.readUInt32LE(at) !== blockMagic) return undefined;
  if (bytes.readUInt32LE(at + 4) !== crc32(bytes.subarray(at + 8, at + blockHeaderBytes))) {
    return undefined;
  }
  return {
    lengthBytes: bytes.readUInt32LE(at + 40),
    kind: bytes.readUInt32LE(at + 44),
    epoch: bytes.readUInt32LE(at + 48),
    count: bytes.readUInt32LE(at + 52),
    firstOffset: readSafe(bytes, at + 56),
    durable: readSafe(bytes, at + 64),
    assigned: readWatermarks(bytes, at + 104),
  };
}

/** The stored hash of the whole block `bytes`. */
export function storedHash(block: Buffer): Buffer {
  return block.subarray(8, 40);
}

export function previousHashOf(block: Buffer): Buffer {
  return block.subarray(72, 104);
}

/** Whether the block's own sha256 holds over its bytes. */
export function hashHolds(block: Buffer): boolean {
  return hash('sha256', block.subarray(40), 'buffer').equals(storedHash(block));
}

/** Start value of record crcs of one stream in one boot epoch. */
export function recordSeed(streamId: number, epoch: number): number {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt32LE(streamId, 0);
  bytes.writeUInt32LE(epoch, 4);
  return crc32(bytes);
}
