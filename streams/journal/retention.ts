/**
 * Which segments of a stream were dropped on purpose. The note is durable before any file goes, so
 * a missing first segment is either noted here or damage.
 */
import { HoldfastError } from '../facts/errors.ts';
import type { Disk } from '../ports/index.ts';
import type { StreamName } from './limits.ts';
import { listSegments } from './segments.ts';

export interface RetentionNote {
  /** Index of the first segment that is kept. */
  readonly firstIndex: number;
  /** First offset that is kept. */
  readonly firstOffset: number;
}

const noteName = 'retained.json';

export function readRetention(disk: Disk, directory: string): RetentionNote | undefined {
  const path = `${directory}/${noteName}`;
  if (!disk.exists(path)) return undefined;
  return JSON.parse(disk.readFile(path).toString('utf8')) as RetentionNote;
}

export interface DropResult {
  readonly droppedSegments: number;
  readonly firstOffset: number;
}

/**
 * Drops whole segments that end at or before `offset`. Never the segment being written. The ledger
 * is kept for ever: asking is a bug.
 */
export function dropSegmentsBefore(
  disk: Disk,
  directory: string,
  stream: StreamName,
  offset: number,
): DropResult {
  if (stream === 'ledger') {
    throw new HoldfastError('INTERNAL', 'the ledger is kept for ever: no segment may be dropped');
  }
  const segments = listSegments(disk, directory);
  const kept = segments.findIndex((_segment, index) => {
    const next = segments[index + 1];
    return next === undefined || next.baseOffset > offset;
  });
  const first = segments[kept];
  if (first === undefined || kept === 0) {
    return { droppedSegments: 0, firstOffset: segments[0]?.baseOffset ?? 0 };
  }
  const note: RetentionNote = { firstIndex: first.index, firstOffset: first.baseOffset };
  disk.writeFileAtomic(`${directory}/${noteName}`, `${JSON.stringify(note)}\n`);
  for (const segment of segments.slice(0, kept)) disk.remove(`${directory}/${segment.fileName}`);
  disk.syncDirectory(directory);
  return { droppedSegments: kept, firstOffset: first.baseOffset };
}
