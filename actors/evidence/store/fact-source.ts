/** Where the shipper reads from: the journal's streams, or anything with offsets. */
import type { ShipRecord } from './encode.ts';

/** Reads one stream forward. Never blocks: an empty answer means the live end was reached. */
export interface FactReader {
  /** Offset after the last record handed out; may jump over a hole the journal declared. */
  readonly position: number;
  next(maxRecords: number): readonly ShipRecord[];
  close(): void;
}

export interface FactSource {
  readonly streams: readonly string[];
  open(stream: string, from: number): FactReader;
  /** Offset after the last durable record. */
  endOffset(stream: string): number;
}
