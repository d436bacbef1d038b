/**
 * Copies what is provable out of a damaged journal into a new one, and never touches the old. A
 * block is provable by its own sha256; inside a broken block with a valid header, a record is
 * provable by its crc. What is missing becomes a tombstone, so every offset keeps its meaning.
 */

import { crc32 } from 'node:zlib';
import { HoldfastError } from '../facts/errors.ts';
import type { Disk, DiskFile } from '../ports/index.ts';
import { BlockBuilder } from './block-builder.ts';
import type { JournalRecord } from './block-cursor.ts';
import { recordsInto } from './block-cursor.ts';
import { CommittedCell } from './committed-cell.ts';
import {
  type BlockHeader,
  type BlockKind,
  blockHeaderBytes,
  blockKinds,
  blockMagicBytes,
  decodeBlockHeader,
  hashHolds,
  recordHeaderBytes,
  recordSeed,
  segmentHeaderBytes,
  zeroHash,
} from './format.ts';
import { defaultStreams, type Offset, type StreamName, streamNames } from './limits.ts';
import { createSegment, listSegments } from './segments.ts';
import { type StreamPlace, streamPlace } from './tail.ts';

export interface StreamRepair {
  readonly stream: StreamName;
  /** Records proved by the hash of their block. */
  readonly copied: number;
  /** Records proved by their own crc in a broken block. */
  readonly salvaged: number;
  /** Offset ranges [from, to) that are tombstones now. */
  readonly lost: ReadonlyArray<{ readonly from: Offset; readonly to: Offset }>;
  readonly nextOffset: Offset;
}

export interface RepairReport {
  readonly from: string;
  readonly to: string;
  readonly streams: readonly StreamRepair[];
}

/** Copies the provable part of `directory` to `outDirectory`, which must not exist. */
export function repairJournal(disk: Disk, directory: string, outDirectory: string): RepairReport {
  if (disk.exists(outDirectory)) {
    throw new HoldfastError(
      'CONFLICT',
      `${outDirectory} exists; repair writes only into a directory of its own`,
    );
  }
  disk.makeDirectory(outDirectory);
  const streams = streamNames
    .filter((name) => disk.exists(`${directory}/${name}`))
    .map((name) => {
      const source = streamPlace(directory, name);
      const target = streamPlace(outDirectory, name);
      disk.makeDirectory(target.directory);
      return repairStream(disk, source, target);
    });
  disk.syncDirectory(outDirectory);
  return { from: directory, to: outDirectory, streams };
}

function repairStream(disk: Disk, source: StreamPlace, target: StreamPlace): StreamRepair {
  const copy = new CopyWriter(disk, target);
  let copied = 0;
  let salvaged = 0;
  for (const segment of listSegments(disk, source.directory)) {
    const file = disk.open(`${source.directory}/${segment.fileName}`, 'read');
    try {
      for (const piece of provable(file, source.streamId)) {
        if (piece.header.firstOffset + piece.header.count <= copy.nextOffset) continue;
        const written = copy.add(piece);
        if (piece.isWhole) copied += written;
        else salvaged += written;
      }
    } finally {
      file.close();
    }
  }
  copy.finish();
  return { stream: source.name, copied, salvaged, lost: copy.lost, nextOffset: copy.nextOffset };
}

interface Piece {
  readonly header: BlockHeader;
  readonly records: readonly JournalRecord[];
  readonly isWhole: boolean;
}

/** Every provable block or part of a block of one segment, wherever it stands. */
function* provable(file: DiskFile, streamId: number): Generator<Piece> {
  const bytes = file.readSync(0, file.size());
  let at = bytes.indexOf(blockMagicBytes, segmentHeaderBytes);
  while (at >= 0) {
    const header = decodeBlockHeader(bytes, at);
    const end = at + (header?.lengthBytes ?? 0);
    if (header === undefined || header.lengthBytes < blockHeaderBytes) {
      at = bytes.indexOf(blockMagicBytes, at + 1);
      continue;
    }
    const block = bytes.subarray(at, Math.min(end, bytes.length));
    const isWhole = end <= bytes.length && hashHolds(block);
    const records: JournalRecord[] = [];
    if (isWhole) recordsInto(records, { kind: 'block', byteOffset: at, header, bytes: block }, 0);
    else salvageInto(records, block, header, streamId);
    yield { header, records, isWhole };
    at = bytes.indexOf(blockMagicBytes, isWhole ? end : at + 1);
  }
}

function salvageInto(
  out: JournalRecord[],
  block: Buffer,
  header: BlockHeader,
  streamId: number,
): void {
  if (header.kind !== blockKinds.records) return;
  const seed = recordSeed(streamId, header.epoch);
  let at = blockHeaderBytes;
  for (let index = 0; index < header.count && at + recordHeaderBytes <= block.length; index += 1) {
    const length = block.readUInt32LE(at);
    const start = at + recordHeaderBytes;
    if (start + length > block.length) return;
    const bytes = block.subarray(start, start + length);
    if (block.readUInt32LE(at + 8) === crc32(bytes, seed)) {
      const offset = header.firstOffset + index;
      out.push({ offset, epoch: header.epoch, bytes, kind: 'record', span: 1 });
    }
    at = start + length;
  }
}

const kindIds: Readonly<Record<JournalRecord['kind'], BlockKind>> = {
  record: blockKinds.records,
  tombstone: blockKinds.tombstone,
  recovery: blockKinds.recovery,
};

/** Writes a fresh chain with the old offsets and epochs. */
class CopyWriter {
  readonly lost: Array<{ readonly from: Offset; readonly to: Offset }> = [];
  nextOffset: Offset = 0;
  readonly #disk: Disk;
  readonly #place: StreamPlace;
  readonly #capacityBytes: number;
  #file: DiskFile | undefined;
  #position = 0;
  #index = -1;
  #epoch = 1;
  #lastHash: Uint8Array = zeroHash;
  #assigned: readonly number[] = streamNames.map(() => 0);

  constructor(disk: Disk, place: StreamPlace) {
    this.#disk = disk;
    this.#place = place;
    this.#capacityBytes = defaultStreams[place.name].segmentBytes;
  }

  /** Copies the records at or beyond the end of the copy. Returns how many. */
  add(piece: Piece): number {
    this.#assigned = piece.header.assigned;
    let written = 0;
    let run: JournalRecord[] = [];
    const flush = (): void => {
      const first = run[0];
      if (first !== undefined) this.#block(kindIds[first.kind], first.offset, run);
      run = [];
    };
    for (const record of piece.records) {
      const runEnd = run.at(-1);
      if (record.offset < this.nextOffset) continue;
      const expected = runEnd === undefined ? this.nextOffset : runEnd.offset + runEnd.span;
      if (record.offset > expected) {
        flush();
        this.#hole(this.nextOffset, record.offset);
      }
      run.push(record);
      written += 1;
    }
    flush();
    return written;
  }

  finish(): void {
    this.#file?.datasyncSync();
    this.#file?.close();
    if (this.#file === undefined) return;
    const cell = new CommittedCell(this.#disk, this.#place.directory);
    cell.write(this.nextOffset, this.#epoch);
    cell.close();
  }

  #hole(from: Offset, to: Offset): void {
    this.lost.push({ from, to });
    const bytes = Buffer.from(JSON.stringify({ from, to, what: 'lost to damage, repaired' }));
    const epoch = this.#epoch;
    const record: JournalRecord = {
      offset: from,
      epoch,
      bytes,
      kind: 'tombstone',
      span: to - from,
    };
    this.#block(blockKinds.tombstone, from, [record]);
  }

  #block(kind: BlockKind, firstOffset: Offset, records: readonly JournalRecord[]): void {
    this.#epoch = Math.max(this.#epoch, records[0]?.epoch ?? 1);
    const builder = new BlockBuilder(this.#place.streamId, this.#epoch, 64 * 1024);
    builder.begin(firstOffset, kind);
    for (const record of records) builder.add(record.bytes, record.span);
    this.#makeRoom(builder.lengthBytes);
    const sealed = builder.seal({
      durable: firstOffset,
      assigned: this.#assigned,
      previousHash: this.#lastHash,
    });
    this.#file?.writeSync(sealed.bytes, this.#position);
    this.#position += sealed.bytes.length;
    this.#lastHash = sealed.hash;
    this.nextOffset = builder.endOffset;
  }

  #makeRoom(lengthBytes: number): void {
    const fits = this.#position + lengthBytes <= this.#capacityBytes;
    if (this.#file !== undefined && fits) return;
    this.#file?.datasyncSync();
    this.#file?.close();
    this.#index += 1;
    const header = {
      streamId: this.#place.streamId,
      epoch: this.#epoch,
      index: this.#index,
      baseOffset: this.nextOffset,
      previousHash: this.#lastHash,
      assigned: this.#assigned,
      predecessorBytes: this.#position,
    };
    const sizeBytes = Math.max(this.#capacityBytes, segmentHeaderBytes + lengthBytes);
    const { directory } = this.#place;
    const path = createSegment(this.#disk, { directory, header, sizeBytes }, false);
    this.#file = this.#disk.open(path, 'write');
    this.#position = segmentHeaderBytes;
  }
}
