/**
 * Segment files of one stream directory: names, creation that survives a crash at any step, and
 * reading their headers. A `.seg` file always has a valid header, because it gets its name only
 * after the header is on stable storage.
 */
import { HoldfastError } from '../facts/errors.ts';
import type { Disk, DiskFile } from '../ports/index.ts';
import {
  decodeSegmentHeader,
  encodeSegmentHeader,
  type SegmentHeader,
  segmentHeaderBytes,
} from './format.ts';
import type { StreamName } from './limits.ts';

export interface SegmentName {
  readonly fileName: string;
  readonly index: number;
  readonly baseOffset: number;
}

const namePattern = /^(\d{8})-(\d{16})\.seg$/;

/** Preallocated and not yet part of the chain. */
export const preparedName = 'prepared.tmp';
/** Getting its header. Removed at the next start. */
export const creatingName = 'creating.tmp';

export function segmentFileName(index: number, baseOffset: number): string {
  return `${String(index).padStart(8, '0')}-${String(baseOffset).padStart(16, '0')}.seg`;
}

/** The segments of a stream directory in chain order. */
export function listSegments(disk: Disk, directory: string): SegmentName[] {
  const found: SegmentName[] = [];
  for (const fileName of disk.list(directory)) {
    const match = namePattern.exec(fileName);
    if (match === null) continue;
    found.push({ fileName, index: Number(match[1]), baseOffset: Number(match[2]) });
  }
  return found.sort((a, b) => a.index - b.index);
}

export function readSegmentHeader(file: DiskFile): SegmentHeader | undefined {
  return decodeSegmentHeader(file.readSync(0, segmentHeaderBytes));
}

export interface NewSegment {
  readonly directory: string;
  readonly header: SegmentHeader;
  /** Size to preallocate when nothing was prepared. */
  readonly sizeBytes: number;
}

/**
 * Makes the next segment: prepared file or fresh preallocation, header, sync, rename, directory
 * sync. Returns its path. Nothing of it is visible before the rename; ENOSPC leaves no trace: once
 * the file has its name, every error is one that `isOutOfSpace` denies.
 */
export function createSegment(disk: Disk, segment: NewSegment, usePrepared: boolean): string {
  const { directory, header } = segment;
  const temporary = `${directory}/${usePrepared ? preparedName : creatingName}`;
  const path = `${directory}/${segmentFileName(header.index, header.baseOffset)}`;
  const file = disk.open(temporary, usePrepared ? 'write' : 'create');
  try {
    if (!usePrepared) file.preallocateSync(segment.sizeBytes);
    file.writeSync(encodeSegmentHeader(header), 0);
    file.datasyncSync();
    file.close();
    disk.rename(temporary, path);
  } catch (error) {
    file.close();
    if (!usePrepared) disk.remove(temporary);
    throw error;
  }
  syncName(disk, directory, path);
  return path;
}

/** A full disk is no excuse here: the segment is in the chain, and nothing may follow the one before. */
function syncName(disk: Disk, directory: string, path: string): void {
  try {
    disk.syncDirectory(directory);
  } catch (cause) {
    throw new Error(`the name ${path} could not be synced: ${String(cause)}`, { cause });
  }
}

/** Removes what a crash left half made. */
export function removeLeftovers(disk: Disk, directory: string): void {
  for (const name of [preparedName, creatingName]) {
    const path = `${directory}/${name}`;
    if (disk.exists(path)) disk.remove(path);
  }
}

export interface DamagePlace {
  readonly directory: string;
  readonly stream: StreamName;
  readonly segment: string;
  readonly byteOffset: number;
  /** First record offset that is not proved. */
  readonly recordOffset: number;
  readonly reason: string;
}

/** The command that copies what is provable out of a damaged journal. */
export function repairCommand(directory: string): string {
  return `holdfast repair --journal ${directory} --out ${directory}.repaired`;
}

export function damaged(place: DamagePlace): HoldfastError {
  const repair = repairCommand(place.directory);
  return new HoldfastError(
    'JOURNAL_DAMAGED',
    `journal stream ${place.stream} is damaged in ${place.segment} at byte ${place.byteOffset} ` +
      `(record offset ${place.recordOffset}): ${place.reason}. Nothing was changed. ` +
      `Copy what is provable with: ${repair}`,
    { details: { ...place, repair } },
  );
}

/** Whether a disk error says that space ran out, rather than that the disk is broken. */
export function isOutOfSpace(error: unknown): boolean {
  const code = (error as { code?: unknown } | null)?.code;
  return code === 'ENOSPC' || code === 'EDQUOT';
}
