/**
 * Reads a stream from any offset: batch by batch, across segments, up to the committed end and
 * never beyond. Works on a live journal from another process too. Every block is proved (sha256 and
 * link to the one before) before a record of it is handed out. Consumers keep their own offset.
 */
import { HoldfastError } from '../facts/errors.ts';
import type { Disk, DiskFile } from '../ports/index.ts';
import { BlockCursor, type CursorStep, type JournalRecord, recordsInto } from './block-cursor.ts';
import { linkProblem } from './chain.ts';
import { segmentHeaderBytes, storedHash } from './format.ts';
import type { Offset } from './limits.ts';
import { listSegments, readSegmentHeader, type SegmentName } from './segments.ts';
import { damagedAt, type StreamPlace } from './tail.ts';

export interface ReadOptions {
  /** Also hand out the journal's own records (tombstones, recovery started). Default false. */
  readonly includeOwn?: boolean;
}

export interface ReadSource {
  readonly disk: Disk;
  readonly place: StreamPlace;
  /** Every offset below it may be handed out. */
  readonly committed: () => Offset;
}

/** Records per batch unless the caller says otherwise: ≈ 1 ms of work per poll. */
const defaultBatchRecords = 500;

interface OpenSegment {
  readonly name: SegmentName;
  readonly file: DiskFile;
  readonly cursor: BlockCursor;
}

export class JournalReader {
  readonly #source: ReadSource;
  readonly #includeOwn: boolean;
  readonly #from: Offset;
  #segment: OpenSegment | undefined;
  /** First offset of the block the cursor stands at. */
  #blockOffset = 0;
  #lastHash: Uint8Array | undefined;
  #offset: Offset;

  constructor(source: ReadSource, from: Offset, options: ReadOptions = {}) {
    this.#source = source;
    this.#from = from;
    this.#offset = from;
    this.#includeOwn = options.includeOwn ?? false;
  }

  /** Where the next batch starts: what a consumer stores with what it produced. */
  get offset(): Offset {
    return this.#offset;
  }

  /**
   * The next records, in offset order; empty at the live end. Ends with a whole block once
   * `maxRecords` is reached, so a batch may be one block larger. Throws JOURNAL_DAMAGED, or
   * NOT_FOUND when retention has dropped the offset.
   */
  next(maxRecords = defaultBatchRecords): JournalRecord[] {
    const committed = this.#source.committed();
    const out: JournalRecord[] = [];
    while (out.length < maxRecords && this.#offset < committed) {
      this.#segment ??= this.#seek(committed);
      this.#readBlock(this.#segment, committed, out);
    }
    return out;
  }

  close(): void {
    this.#segment?.file.close();
    this.#segment = undefined;
  }

  #readBlock(segment: OpenSegment, committed: Offset, out: JournalRecord[]): void {
    const step = this.#step(segment, true);
    if (step.kind === 'end') {
      this.#roll(segment);
      return;
    }
    if (step.kind === 'bad') throw this.#damage(segment, step.reason);
    const lastHash = this.#lastHash;
    const problem =
      lastHash === undefined
        ? undefined
        : linkProblem(step, { nextOffset: this.#blockOffset, lastHash });
    if (problem !== undefined) throw this.#damage(segment, problem, step.byteOffset);
    const end = step.header.firstOffset + step.header.count;
    if (end > committed) throw this.#damage(segment, 'a block passes the committed end');
    const records: JournalRecord[] = [];
    const frames = recordsInto(records, step, this.#offset);
    if (frames !== undefined) throw this.#damage(segment, frames, step.byteOffset);
    for (const record of records) {
      if (record.kind === 'record' || this.#includeOwn) out.push(record);
    }
    this.#blockOffset = end;
    this.#offset = Math.max(this.#offset, end);
    this.#lastHash = storedHash(step.bytes);
  }

  /** One step; what looks like the end or a cut is looked at again with fresh bytes. */
  #step(segment: OpenSegment, checkHash: boolean): CursorStep {
    const step = segment.cursor.next(checkHash);
    if (step.kind === 'block') return step;
    segment.cursor.refresh();
    return segment.cursor.next(checkHash);
  }

  #roll(segment: OpenSegment): void {
    const { disk, place } = this.#source;
    const next = listSegments(disk, place.directory).find(
      (candidate) => candidate.index === segment.name.index + 1,
    );
    if (next === undefined || next.baseOffset !== this.#blockOffset) {
      throw this.#damage(segment, 'committed records are missing');
    }
    const opened = this.#open(next);
    segment.file.close();
    this.#segment = opened;
  }

  #open(name: SegmentName): OpenSegment {
    const { disk, place } = this.#source;
    const file = disk.open(`${place.directory}/${name.fileName}`, 'read');
    const header = readSegmentHeader(file);
    if (header === undefined) {
      file.close();
      throw damagedAt(place, name.fileName, 0, name.baseOffset, 'no valid segment header');
    }
    this.#lastHash ??= header.previousHash;
    return { name, file, cursor: new BlockCursor(file, segmentHeaderBytes) };
  }

  /** Opens the segment that holds `from` and moves to the block that holds it. */
  #seek(committed: Offset): OpenSegment {
    const { disk, place } = this.#source;
    const segments = listSegments(disk, place.directory);
    const name = segments.findLast((candidate) => candidate.baseOffset <= this.#from);
    if (name === undefined) {
      const first = segments[0]?.baseOffset ?? 0;
      throw new HoldfastError(
        'NOT_FOUND',
        `offset ${this.#from} of journal stream ${place.name} is gone; the first kept is ${first}`,
        { details: { stream: place.name, offset: this.#from, firstKept: first } },
      );
    }
    const segment = this.#open(name);
    this.#blockOffset = name.baseOffset;
    while (this.#blockOffset < this.#from && this.#blockOffset < committed) {
      const before = segment.cursor.position;
      const step = this.#step(segment, false);
      if (step.kind === 'end') break;
      if (step.kind === 'bad') throw this.#damage(segment, step.reason);
      const end = step.header.firstOffset + step.header.count;
      if (end > this.#from) {
        segment.cursor.position = before;
        break;
      }
      this.#blockOffset = end;
      this.#lastHash = storedHash(step.bytes);
    }
    return segment;
  }

  #damage(segment: OpenSegment, reason: string, byteOffset = segment.cursor.position): Error {
    const { place } = this.#source;
    return damagedAt(place, segment.name.fileName, byteOffset, this.#blockOffset, reason);
  }
}

/** All records from `from` to the committed end at the time of the call. */
export function* readAll(
  source: ReadSource,
  from: Offset,
  options?: ReadOptions,
): Generator<JournalRecord> {
  const end = source.committed();
  const reader = new JournalReader({ ...source, committed: () => end }, from, options);
  try {
    for (let batch = reader.next(); batch.length > 0; batch = reader.next()) yield* batch;
  } finally {
    reader.close();
  }
}
