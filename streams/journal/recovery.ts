/**
 * Makes one stream directory writable again: keeps torn bytes aside, cuts at the last whole block,
 * makes the unvouched tail durable again, and covers lost offsets with a tombstone. One sequential
 * rewrite of the tail plus one sync; crashing anywhere in it leaves the same work to the next start.
 *
 * The unvouched tail is written again byte for byte, not just synced: after a failed sync the page
 * cache can hold bytes the disk never got, and only a new write makes the kernel send them.
 */
import type { Disk, DiskFile } from '../ports/index.ts';
import { BlockBuilder } from './block-builder.ts';
import type { StreamStart } from './commit-pipeline.ts';
import {
  type BlockKind,
  blockKinds,
  segmentHeaderBytes,
  type Watermarks,
  zeroHash,
} from './format.ts';
import { limits, type Offset } from './limits.ts';
import { createSegment, isOutOfSpace, removeLeftovers, segmentFileName } from './segments.ts';
import type { OpenedSegment, StreamPlace, StreamTail } from './tail.ts';

export interface TornTail {
  readonly segment: string;
  /** Where the tail was cut. */
  readonly byteOffset: number;
  /** First record offset that was cut off. */
  readonly recordOffset: Offset;
  readonly bytes: number;
  readonly reason: string;
  /** File the cut bytes were copied to. */
  readonly keptAs: string;
}

export interface StreamRecovery {
  /** First offset this epoch writes. */
  readonly nextOffset: Offset;
  readonly segments: number;
  readonly blocksVerified: number;
  readonly torn: TornTail | undefined;
  /** Offsets given out before the crash and lost: covered by a tombstone, never reused. */
  readonly hole: { readonly from: Offset; readonly to: Offset } | undefined;
  /** Records of the hole that had been acknowledged. More than 0: the disk lost durable data. */
  readonly acknowledgedLost: number;
}

export interface ResumeInput {
  readonly disk: Disk;
  readonly place: StreamPlace;
  readonly segmentBytes: number;
  readonly tail: StreamTail;
  readonly epoch: number;
  /** No offset below may be given out again. */
  readonly floor: Offset;
  /** Watermarks for the blocks recovery writes. */
  readonly assigned: Watermarks;
  /** The "recovery started" record (control stream only). */
  readonly recoveryRecord: Uint8Array | undefined;
}

export interface Resumed {
  readonly start: StreamStart;
  readonly report: StreamRecovery;
}

/** The report of a tail before anything is changed: what the recovery record can already say. */
export function foresee(input: Omit<ResumeInput, 'recoveryRecord'>): StreamRecovery {
  const { tail, floor, place, epoch } = input;
  const provedNext = tail.end?.nextOffset ?? 0;
  const last = tail.segments.at(-1);
  const torn =
    tail.torn === undefined || last === undefined
      ? undefined
      : {
          segment: last.fileName,
          byteOffset: tail.torn.fromByte,
          recordOffset: provedNext,
          bytes: tail.torn.toByte - tail.torn.fromByte,
          reason: tail.torn.reason,
          keptAs: asidePath(input.disk, place, last.fileName, epoch),
        };
  const hole = floor > provedNext ? { from: provedNext, to: floor } : undefined;
  return {
    nextOffset: Math.max(floor, provedNext),
    segments: tail.segments.length,
    blocksVerified: tail.end?.blocks ?? 0,
    torn,
    hole,
    acknowledgedLost: Math.max(0, (tail.committed ?? 0) - provedNext),
  };
}

/** Does what `foresee` said. After it returns the stream is durable up to its start. */
export function resume(input: ResumeInput): Resumed {
  const report = foresee(input);
  const last = input.tail.segments.at(-1) ?? createFirst(input);
  const endByte = input.tail.end?.endByte ?? segmentHeaderBytes;
  if (report.torn !== undefined) keepAside(input.disk, last, report.torn, input.place.directory);
  const own = ownBlocks(input, report, last.header.previousHash);
  const file = input.disk.open(last.path, 'write');
  let position = endByte;
  try {
    const from = input.tail.end?.unvouchedFrom.byte ?? endByte;
    if (endByte > from) file.writeSync(file.readSync(from, endByte - from), from);
    for (const bytes of own.blocks) {
      file.writeSync(bytes, position);
      position += bytes.length;
    }
    zeroRange(file, position, input.tail.torn?.toByte ?? position);
    file.datasyncSync();
  } finally {
    file.close();
  }
  removeLeftovers(input.disk, input.place.directory);
  const segment = { path: last.path, index: last.index, position };
  return {
    start: { segment, nextOffset: own.nextOffset, lastHash: own.lastHash },
    report: { ...report, segments: Math.max(1, report.segments) },
  };
}

function createFirst(input: ResumeInput): OpenedSegment {
  const { disk, place, segmentBytes: sizeBytes } = input;
  removeLeftovers(disk, place.directory);
  const header = {
    streamId: place.streamId,
    epoch: input.epoch,
    index: 0,
    baseOffset: 0,
    previousHash: zeroHash,
    assigned: input.assigned,
    predecessorBytes: 0,
  };
  const path = createSegment(disk, { directory: place.directory, header, sizeBytes }, false);
  return { path, fileName: segmentFileName(0, 0), index: 0, baseOffset: 0, header, sizeBytes };
}

interface OwnBlocks {
  readonly blocks: readonly Buffer[];
  readonly nextOffset: Offset;
  readonly lastHash: Uint8Array;
}

function ownBlocks(input: ResumeInput, report: StreamRecovery, firstHash: Uint8Array): OwnBlocks {
  const blocks: Buffer[] = [];
  let nextOffset = input.tail.end?.nextOffset ?? 0;
  let lastHash = input.tail.end?.lastHash ?? firstHash;
  // One sync covers these blocks and the tail before them: until it succeeds they vouch for no more
  // than the tail itself does. A start that fails here leaves them for the next one to read.
  const durable = input.tail.end?.unvouchedFrom.offset ?? 0;
  const add = (kind: BlockKind, record: Uint8Array, span: number): void => {
    const builder = new BlockBuilder(input.place.streamId, input.epoch, 4096);
    builder.begin(nextOffset, kind);
    builder.add(record, span);
    const assigned = input.assigned.map((value, index) =>
      index === input.place.streamId ? Math.max(value, builder.endOffset) : value,
    );
    const sealed = builder.seal({ durable, assigned, previousHash: lastHash });
    blocks.push(sealed.bytes);
    lastHash = sealed.hash;
    nextOffset = builder.endOffset;
  };
  if (report.hole !== undefined) {
    const { from, to } = report.hole;
    const note = JSON.stringify({ epoch: input.epoch, from, to, what: 'offsets lost in a crash' });
    add(blockKinds.tombstone, Buffer.from(note), to - from);
  }
  if (input.recoveryRecord !== undefined) add(blockKinds.recovery, input.recoveryRecord, 1);
  return { blocks, nextOffset, lastHash };
}

function asidePath(disk: Disk, place: StreamPlace, segment: string, epoch: number): string {
  const base = `${place.directory}/${segment}.torn-${epoch}`;
  let path = base;
  // A crash between this copy and the recovery record leaves the epoch unused and the copy behind.
  for (let turn = 2; disk.exists(path); turn += 1) path = `${base}-${turn}`;
  return path;
}

function keepAside(disk: Disk, segment: OpenedSegment, torn: TornTail, directory: string): void {
  const source = disk.open(segment.path, 'read');
  const copy = disk.open(torn.keptAs, 'create');
  try {
    for (let done = 0; done < torn.bytes; done += limits.readWindowBytes) {
      const length = Math.min(limits.readWindowBytes, torn.bytes - done);
      copy.writeSync(source.readSync(torn.byteOffset + done, length), done);
    }
    copy.datasyncSync();
  } finally {
    copy.close();
    source.close();
  }
  disk.syncDirectory(directory);
}

function zeroRange(file: DiskFile, from: number, to: number): void {
  const zeros = Buffer.alloc(Math.min(limits.readWindowBytes, Math.max(0, to - from)));
  for (let at = from; at < to; at += zeros.length) {
    file.writeSync(zeros.subarray(0, Math.min(zeros.length, to - at)), at);
  }
}

/** A segment that lost its preallocated end gets it back; without space it stays as short as it is. */
export function growAgain(disk: Disk, path: string, sizeBytes: number): void {
  const file = disk.open(path, 'write');
  try {
    if (file.size() < sizeBytes) file.preallocateSync(sizeBytes);
  } catch (error) {
    if (!isOutOfSpace(error)) throw error;
  } finally {
    file.close();
  }
}
