/**
 * What a stream directory holds when nobody writes it: its segments, linked by their headers, and
 * the proved end of the last one. The header of the last segment is the checkpoint a start verifies
 * from: it carries offset and hash of everything before it. Reads only; damage throws.
 */
import type { Disk } from '../ports/index.ts';
import { type ChainEnd, inspectRemainder, walkChain } from './chain.ts';
import { readCommittedIn } from './committed-cell.ts';
import type { SegmentHeader } from './format.ts';
import { type StreamName, streamNames } from './limits.ts';
import { readRetention } from './retention.ts';
import { damaged, listSegments, readSegmentHeader, type SegmentName } from './segments.ts';

export interface StreamPlace {
  /** Journal directory, for messages. */
  readonly journal: string;
  readonly directory: string;
  readonly name: StreamName;
  readonly streamId: number;
}

export interface OpenedSegment extends SegmentName {
  readonly path: string;
  readonly header: SegmentHeader;
  readonly sizeBytes: number;
}

export interface StreamTail {
  readonly segments: readonly OpenedSegment[];
  /** Absent for a stream without any segment. */
  readonly end: ChainEnd | undefined;
  /** Dirty bytes after the proved end: a torn tail to cut. */
  readonly torn:
    | { readonly fromByte: number; readonly toByte: number; readonly reason: string }
    | undefined;
  /** Next offset the committed cell states. */
  readonly committed: number | undefined;
}

export function streamPlace(journal: string, name: StreamName): StreamPlace {
  return {
    journal,
    directory: `${journal}/${name}`,
    name,
    streamId: streamNames.indexOf(name),
  };
}

export function damagedAt(
  place: StreamPlace,
  segment: string,
  byteOffset: number,
  recordOffset: number,
  reason: string,
): Error {
  const { journal: directory, name: stream } = place;
  return damaged({ directory, stream, segment, byteOffset, recordOffset, reason });
}

/** Opens every segment header and checks that they form one chain. */
export function loadSegments(disk: Disk, place: StreamPlace): OpenedSegment[] {
  const loaded: OpenedSegment[] = [];
  const firstIndex = readRetention(disk, place.directory)?.firstIndex ?? 0;
  for (const name of listSegments(disk, place.directory)) {
    // A crash between the retention note and the removals leaves dropped segments behind.
    if (name.index < firstIndex) continue;
    const path = `${place.directory}/${name.fileName}`;
    const file = disk.open(path, 'read');
    try {
      const header = readSegmentHeader(file);
      if (header === undefined) {
        throw damagedAt(place, name.fileName, 0, name.baseOffset, 'no valid segment header');
      }
      const problem = segmentProblem(name, header, place, loaded.at(-1), firstIndex);
      if (problem !== undefined) throw damagedAt(place, name.fileName, 0, name.baseOffset, problem);
      loaded.push({ ...name, path, header, sizeBytes: file.size() });
    } finally {
      file.close();
    }
  }
  return loaded;
}

function segmentProblem(
  name: SegmentName,
  header: SegmentHeader,
  place: StreamPlace,
  before: OpenedSegment | undefined,
  firstIndex: number,
): string | undefined {
  if (header.streamId !== place.streamId) return 'the segment belongs to another stream';
  if (header.index !== name.index || header.baseOffset !== name.baseOffset) {
    return 'the file name does not match the segment header';
  }
  const expected = before === undefined ? firstIndex : before.index + 1;
  if (name.index !== expected) return `segment ${expected} is missing`;
  if (before !== undefined && header.predecessorBytes > before.sizeBytes) {
    return `the segment before ends at byte ${before.sizeBytes}, not ${header.predecessorBytes}`;
  }
  return undefined;
}

/** Reads a stream directory (which must exist) and proves its last segment. */
export function readTail(disk: Disk, place: StreamPlace): StreamTail {
  const segments = loadSegments(disk, place);
  const committed = readCommittedIn(disk, place.directory);
  const last = segments.at(-1);
  if (last === undefined) return { segments, end: undefined, torn: undefined, committed };
  const file = disk.open(last.path, 'read');
  try {
    const end = walkChain(file, last.header);
    const rest = inspectRemainder(file, end);
    if (rest.vouchedAtByte !== undefined) {
      const reason = `${end.stopped ?? 'a block is missing'}, yet the block at byte ${rest.vouchedAtByte} proves that it was durable`;
      throw damagedAt(place, last.fileName, end.endByte, end.nextOffset, reason);
    }
    const isTorn = rest.dirtyEndByte > end.endByte;
    const reason = end.stopped ?? 'bytes after never-written space';
    const torn = isTorn ? { fromByte: end.endByte, toByte: rest.dirtyEndByte, reason } : undefined;
    return { segments, end, torn, committed };
  } finally {
    file.close();
  }
}
