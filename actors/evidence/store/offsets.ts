/**
 * How far each stream of a journal has been shipped. The offset stands in the same store as the
 * rows it speaks for and is written after them, so no crash of either side can lose or skip a row.
 */
import { isoFromUs } from '../../../streams/facts/time.ts';
import { storeTime } from './columns.ts';
import type { EvidenceDatabase } from './database.ts';

export interface ShippedOffset {
  /** First offset not yet confirmed. */
  readonly next: number;
  /** Counts journals this source id has had: a shorter journal than shipped starts another one. */
  readonly generation: number;
}

export const nothingShipped: ShippedOffset = { next: 0, generation: 0 };

/** Confirmed offsets by stream; a stream that never shipped is absent. */
export async function loadOffsets(
  database: EvidenceDatabase,
  sourceId: string,
): Promise<ReadonlyMap<string, ShippedOffset>> {
  const rows = await database.rows<{ stream: string; shipped: string; latest: number }>(
    'SELECT stream, argMax(next_offset, (generation, next_offset)) AS shipped, max(generation) AS latest ' +
      'FROM shipper_offsets WHERE source_id = {source:String} GROUP BY stream',
    { source: sourceId },
  );
  return new Map(
    rows.map((row) => [row.stream, { next: Number(row.shipped), generation: row.latest }]),
  );
}

/** Confirms everything below `offset.next`. */
export function saveOffset(
  database: EvidenceDatabase,
  sourceId: string,
  stream: string,
  offset: ShippedOffset,
  nowUs: number,
): Promise<void> {
  const row = [sourceId, stream, offset.generation, offset.next, storeTime(isoFromUs(nowUs))];
  return database.insert({
    table: 'shipper_offsets',
    columns: ['source_id', 'stream', 'generation', 'next_offset', 'updated_at'],
    chunks: [Buffer.from(`${JSON.stringify(row)}\n`)],
    rows: 1,
    token: `${sourceId}:${stream}:${offset.generation}:${offset.next}:offset`,
  });
}
