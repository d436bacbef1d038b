/**
 * Proves a whole journal without changing it: every block hash, every link, every record crc, every
 * watermark. Collects damage instead of stopping at the first, so a repair can be judged before it
 * is made. Meant for `holdfast verify`; also right while a writer is running.
 */

import { HoldfastError } from '../facts/errors.ts';
import type { Disk, DiskFile } from '../ports/index.ts';
import { recordsInto, type WholeBlock } from './block-cursor.ts';
import { type ChainEnd, inspectRemainder, walkChain } from './chain.ts';
import { readCommittedIn } from './committed-cell.ts';
import { type Offset, type StreamName, streamNames } from './limits.ts';
import { loadSegments, type OpenedSegment, type StreamPlace, streamPlace } from './tail.ts';

export interface VerifyOptions {
  /** `checkpoint` proves the last segment of each stream, `zero` all of them. */
  readonly from: 'checkpoint' | 'zero';
}

export interface VerifyProgress {
  readonly stream: StreamName;
  readonly segment: string;
  readonly bytesDone: number;
  readonly bytesTotal: number;
}

export interface JournalDamage {
  readonly stream: StreamName;
  readonly segment: string;
  readonly byteOffset: number;
  readonly recordOffset: Offset;
  readonly reason: string;
}

export interface StreamVerification {
  readonly stream: StreamName;
  readonly segments: number;
  readonly blocks: number;
  readonly records: number;
  /** First offset looked at. */
  readonly fromOffset: Offset;
  readonly nextOffset: Offset;
  /** sha256 of the last block: equal hashes mean equal histories. */
  readonly lastHash: string;
  /** Bytes after the last whole block of the last segment: the next start cuts them. */
  readonly tornBytes: number;
  /** Acknowledged records that are not there. */
  readonly acknowledgedLost: number;
}

export interface VerifyReport {
  readonly isWhole: boolean;
  readonly streams: readonly StreamVerification[];
  readonly damages: readonly JournalDamage[];
}

interface Tally {
  blocks: number;
  records: number;
  bytesDone: number;
  readonly bytesTotal: number;
}

/** Verifies every stream under `directory`. Damage is reported, not thrown. */
export function verifyJournal(
  disk: Disk,
  directory: string,
  options: VerifyOptions,
  onProgress: (progress: VerifyProgress) => void = () => {},
): VerifyReport {
  const streams: StreamVerification[] = [];
  const damages: JournalDamage[] = [];
  for (const name of streamNames) {
    const place = streamPlace(directory, name);
    if (!disk.exists(place.directory)) continue;
    const verified = verifyStream(disk, place, options, onProgress, damages);
    if (verified !== undefined) streams.push(verified);
  }
  return { isWhole: damages.length === 0, streams, damages };
}

function verifyStream(
  disk: Disk,
  place: StreamPlace,
  options: VerifyOptions,
  onProgress: (progress: VerifyProgress) => void,
  damages: JournalDamage[],
): StreamVerification | undefined {
  // Read first: records committed after this moment are not missed below.
  const committed = readCommittedIn(disk, place.directory) ?? 0;
  const segments = loadOrReport(disk, place, damages);
  const chosen = options.from === 'zero' ? segments : segments.slice(-1);
  const first = chosen[0];
  if (first === undefined) return undefined;
  const bytesTotal = chosen.reduce((sum, segment) => sum + segment.sizeBytes, 0);
  const tally: Tally = { blocks: 0, records: 0, bytesDone: 0, bytesTotal };
  let end: ChainEnd | undefined;
  let tornBytes = 0;
  chosen.forEach((segment, index) => {
    const file = disk.open(segment.path, 'read');
    try {
      end = walkChain(file, segment.header, (block) => countRecords(block, place, tally));
      const next = chosen[index + 1];
      const found = next === undefined ? lastProblem(file, end) : innerProblem(end, next);
      if (typeof found === 'number') tornBytes = found;
      else if (found !== undefined) {
        damages.push(damageOf(place, segment.fileName, end, found));
      }
    } finally {
      file.close();
    }
    tally.bytesDone += segment.sizeBytes;
    const { bytesDone } = tally;
    onProgress({ stream: place.name, segment: segment.fileName, bytesDone, bytesTotal });
  });
  return {
    stream: place.name,
    segments: chosen.length,
    blocks: tally.blocks,
    records: tally.records,
    fromOffset: first.baseOffset,
    nextOffset: end?.nextOffset ?? first.baseOffset,
    lastHash: Buffer.from(end?.lastHash ?? first.header.previousHash).toString('hex'),
    tornBytes,
    acknowledgedLost: Math.max(0, committed - (end?.nextOffset ?? 0)),
  };
}

function countRecords(block: WholeBlock, place: StreamPlace, tally: Tally): string | undefined {
  const records: Parameters<typeof recordsInto>[0] = [];
  const problem = recordsInto(records, block, 0, { streamId: place.streamId });
  if (problem !== undefined) return problem;
  tally.blocks += 1;
  tally.records += records.length;
  return undefined;
}

/** Torn bytes of the last segment, or why it is damaged. */
function lastProblem(file: DiskFile, end: ChainEnd): number | string | undefined {
  const rest = inspectRemainder(file, end);
  if (rest.vouchedAtByte !== undefined) {
    return `${end.stopped ?? 'a block is missing'}; a later block proves that it was durable`;
  }
  return rest.dirtyEndByte > end.endByte ? rest.dirtyEndByte - end.endByte : undefined;
}

/** Why a segment does not end where the header of the next one says. */
function innerProblem(end: ChainEnd, next: OpenedSegment): string | undefined {
  const { header } = next;
  if (end.endByte === header.predecessorBytes && end.nextOffset === header.baseOffset) {
    return Buffer.from(end.lastHash).equals(header.previousHash)
      ? undefined
      : 'its last hash is not the one the next segment names';
  }
  return end.stopped ?? `blocks end before byte ${header.predecessorBytes}`;
}

function damageOf(
  place: StreamPlace,
  segment: string,
  end: ChainEnd,
  reason: string,
): JournalDamage {
  const { name: stream } = place;
  const { endByte: byteOffset, nextOffset: recordOffset } = end;
  return { stream, segment, byteOffset, recordOffset, reason };
}

/** The segments, or none with the reason reported as damage. */
function loadOrReport(disk: Disk, place: StreamPlace, damages: JournalDamage[]): OpenedSegment[] {
  try {
    return loadSegments(disk, place);
  } catch (error) {
    if (!(error instanceof HoldfastError) || error.code !== 'JOURNAL_DAMAGED') throw error;
    const { stream, segment, byteOffset, recordOffset, reason } =
      error.details as unknown as JournalDamage;
    damages.push({ stream, segment, byteOffset, recordOffset, reason });
    return [];
  }
}
