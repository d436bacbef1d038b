/**
 * The journal as the shipper reads it: from another process, read-only, up to the committed end.
 * Records that retention dropped before they were shipped cannot be shipped any more; the jump over
 * them is told as an error, never passed over.
 */
import type { FactReader, FactSource, ShipRecord } from '../../actors/evidence/store/index.ts';
import { asHoldfastError } from '../../streams/facts/errors.ts';
import {
  type JournalReader,
  openJournalReader,
  type StreamName,
  streamNames,
} from '../../streams/journal/index.ts';
import type { Ports } from '../../streams/ports/index.ts';

type SourcePorts = Pick<Ports, 'disk' | 'telemetry'>;

class StreamReader implements FactReader {
  readonly #ports: SourcePorts;
  readonly #stream: string;
  readonly #open: (from: number) => JournalReader;
  #reader: JournalReader;

  constructor(
    ports: SourcePorts,
    stream: string,
    open: (from: number) => JournalReader,
    from: number,
  ) {
    this.#ports = ports;
    this.#stream = stream;
    this.#open = open;
    this.#reader = open(from);
  }

  get position(): number {
    return this.#reader.offset;
  }

  next(maxRecords: number): readonly ShipRecord[] {
    try {
      return this.#reader.next(maxRecords);
    } catch (thrown) {
      const error = asHoldfastError(thrown);
      const firstKept = error.code === 'NOT_FOUND' ? error.details.firstKept : undefined;
      if (typeof firstKept !== 'number' || firstKept <= this.#reader.offset) throw error;
      const gone = { stream: this.#stream, from: this.#reader.offset, next: firstKept };
      this.#ports.telemetry.log.error('store.records_gone', gone);
      this.#reader.close();
      this.#reader = this.#open(firstKept);
      return this.#reader.next(maxRecords);
    }
  }

  close(): void {
    this.#reader.close();
  }
}

/** Reads the journal in `directory`. The first read throws JOURNAL_DAMAGED when it is. */
export function journalSource(ports: SourcePorts, directory: string): FactSource {
  const journal = openJournalReader(ports.disk, directory);
  const door = (stream: string) => journal.stream(stream as StreamName);
  return {
    streams: streamNames,
    open: (stream, from) =>
      new StreamReader(ports, stream, (offset) => door(stream).follow(offset), from),
    endOffset: (stream) => door(stream).committedOffset(),
  };
}
