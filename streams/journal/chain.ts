/**
 * Proves the chain of one segment and classifies where it ends: cleanly, in a torn tail (bytes no
 * durable block ever vouched for), or in damage (a later block states that what is broken here was
 * once on stable storage). Reads only.
 */
import type { DiskFile } from '../ports/index.ts';
import { BlockCursor, type WholeBlock } from './block-cursor.ts';
import {
  blockHeaderBytes,
  blockMagicBytes,
  decodeBlockHeader,
  previousHashOf,
  type SegmentHeader,
  segmentHeaderBytes,
  storedHash,
  type Watermarks,
} from './format.ts';
import { limits } from './limits.ts';

export interface ChainEnd {
  /** Byte just after the last proved block. */
  readonly endByte: number;
  readonly nextOffset: number;
  readonly lastHash: Uint8Array;
  readonly epoch: number;
  readonly assigned: Watermarks;
  /** Blocks from here on are vouched for by no later block: durable only if written and synced again. */
  readonly unvouchedFrom: { readonly byte: number; readonly offset: number };
  readonly blocks: number;
  /** Why the walk ended where it ended; undefined at never-written bytes or the end of the file. */
  readonly stopped: string | undefined;
}

/** Checks one block against its place in the chain. Returns the reason when it does not belong. */
export function linkProblem(
  block: WholeBlock,
  expected: { readonly nextOffset: number; readonly lastHash: Uint8Array },
): string | undefined {
  if (block.header.firstOffset !== expected.nextOffset) {
    return `block starts at offset ${block.header.firstOffset}, expected ${expected.nextOffset}`;
  }
  if (!previousHashOf(block.bytes).equals(expected.lastHash)) {
    return 'hash of the previous block does not match';
  }
  return undefined;
}

function highest(a: Watermarks, b: Watermarks): Watermarks {
  return a.map((value, index) => Math.max(value, b[index] ?? 0));
}

/** Walks and proves the blocks of a segment from its header on. `visit` sees each proved block. */
export function walkChain(
  file: DiskFile,
  header: SegmentHeader,
  visit?: (block: WholeBlock) => string | undefined,
): ChainEnd {
  const cursor = new BlockCursor(file, segmentHeaderBytes);
  let nextOffset = header.baseOffset;
  let lastHash = header.previousHash;
  let epoch = header.epoch;
  let assigned = header.assigned;
  let durable = 0;
  let blocks = 0;
  let endByte = segmentHeaderBytes;
  let stopped: string | undefined;
  const starts: Array<{ readonly byte: number; readonly offset: number }> = [];
  for (;;) {
    const step = cursor.next(true);
    if (step.kind === 'end') break;
    if (step.kind === 'block') stopped = linkProblem(step, { nextOffset, lastHash });
    else stopped = step.reason;
    if (step.kind === 'bad' || stopped !== undefined) break;
    stopped = visit?.(step);
    if (stopped !== undefined) break;
    nextOffset += step.header.count;
    lastHash = Buffer.from(storedHash(step.bytes));
    epoch = Math.max(epoch, step.header.epoch);
    assigned = highest(assigned, step.header.assigned);
    durable = Math.max(durable, step.header.durable);
    endByte = cursor.position;
    blocks += 1;
    starts.push({ byte: step.byteOffset, offset: step.header.firstOffset });
    while (starts.length > 0 && (starts[0]?.offset ?? 0) < durable) starts.shift();
  }
  const unvouchedFrom = starts[0] ?? { byte: endByte, offset: nextOffset };
  return { endByte, nextOffset, lastHash, epoch, assigned, unvouchedFrom, blocks, stopped };
}

export interface Remainder {
  /** Byte after the last one that is not zero; the end of the chain when all are. */
  readonly dirtyEndByte: number;
  /** A later header that vouches for offsets at or beyond the end of the chain. */
  readonly vouchedAtByte: number | undefined;
}

/** Looks at everything after the end of the chain. */
export function inspectRemainder(file: DiskFile, end: ChainEnd): Remainder {
  const sizeBytes = file.size();
  let dirtyEndByte = end.endByte;
  let vouchedAtByte: number | undefined;
  for (let at = end.endByte; at < sizeBytes; at += limits.readWindowBytes) {
    const window = file.readSync(at, limits.readWindowBytes + blockHeaderBytes);
    if (window.length === 0) break;
    const own = window.subarray(0, limits.readWindowBytes);
    const last = lastDirtyByte(own);
    if (last >= 0) dirtyEndByte = at + last + 1;
    vouchedAtByte ??= findVouching(window, at, end.nextOffset);
  }
  return { dirtyEndByte, vouchedAtByte };
}

const zeroStep = Buffer.alloc(4096);

function lastDirtyByte(bytes: Buffer): number {
  let end = bytes.length;
  while (end > 0) {
    const start = Math.max(0, end - zeroStep.length);
    const part = bytes.subarray(start, end);
    if (!part.equals(zeroStep.subarray(0, part.length))) break;
    end = start;
  }
  while (end > 0 && bytes[end - 1] === 0) end -= 1;
  return end - 1;
}

function findVouching(window: Buffer, windowStart: number, nextOffset: number): number | undefined {
  let at = window.indexOf(blockMagicBytes);
  while (at >= 0) {
    const header = decodeBlockHeader(window, at);
    if (header !== undefined && header.durable > nextOffset) return windowStart + at;
    at = window.indexOf(blockMagicBytes, at + 1);
  }
  return undefined;
}
