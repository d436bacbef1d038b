/**
 * Writes events into day/instrument partitions of a directory nobody reads yet. `append` takes events
 * in source order; `finish` merges them into the world's order (domain time, source row) and says what
 * was written. The caller seals (manifest, rename) or removes the directory.
 */
import { assert, HoldfastError } from '../facts/errors.ts';
import type { Instrument } from '../facts/instrument.ts';
import type { BookEvent, MarketEvent } from '../facts/market.ts';
import { utcDay } from '../facts/time.ts';
import type { Disk } from '../ports/index.ts';
import { fileDigest } from './digest.ts';
import { EventSetHash } from './event-hash.ts';
import type { WorldCounts, WorldFile, WorldManifest } from './manifest.ts';
import { writeDayOrder } from './order.ts';
import { lateEvent, StreamWriter } from './stream-writer.ts';

const dayUs = 86_400_000_000;
/** Streams of one day; the order file numbers them, and each holds up to one block in memory. */
const maxStreamsPerDay = 65_536;

/** The part of a manifest that follows from the events alone. */
export type WorldContent = Pick<
  WorldManifest,
  'instruments' | 'counts' | 'first_ts_us' | 'last_ts_us' | 'order_invariant_hash' | 'files'
> & { readonly bookGaps: Record<string, number> };

/** Anything that takes events: a world being written, a counter in a test. */
export interface EventSink {
  append(event: MarketEvent): void;
}

interface OpenStream {
  readonly file: Omit<WorldFile, 'rows' | 'bytes' | 'sha256'>;
  readonly writer: StreamWriter;
}

/** The last frame of a book channel; chains run over day boundaries. */
interface BookChain {
  changeId: number;
  tsUs: number;
}

export class WorldWriter implements EventSink {
  readonly #disk: Disk;
  readonly #directory: string;
  readonly #streams = new Map<string, OpenStream>();
  readonly #streamsOfDay = new Map<string, number>();
  readonly #chains = new Map<string, BookChain>();
  readonly #instruments = new Map<string, Instrument>();
  readonly #hash = new EventSetHash();
  readonly #counts = { book: 0, trade: 0, ticker: 0 } satisfies WorldCounts;
  readonly #bookGaps: Record<string, number> = {};
  #rows = 0;
  #firstUs = Number.POSITIVE_INFINITY;
  #lastUs = Number.NEGATIVE_INFINITY;
  #day = { number: Number.NaN, text: '' };

  constructor(disk: Disk, directory: string) {
    this.#disk = disk;
    this.#directory = directory;
  }

  /** Events so far. */
  get rows(): number {
    return this.#rows;
  }

  /** Throws IMPORT_INVALID when the event cannot be ordered or contradicts its instrument. */
  append(event: MarketEvent): void {
    assert(Number.isSafeInteger(event.tsUs), 'an event time is an integer of microseconds');
    this.#register(event.instrument);
    if (event.type === 'book') this.#chain(event);
    this.#streamOf(event).writer.append({ row: this.#rows, event });
    this.#rows += 1;
    this.#hash.add(event);
    this.#counts[event.type] += 1;
    this.#firstUs = Math.min(this.#firstUs, event.tsUs);
    this.#lastUs = Math.max(this.#lastUs, event.tsUs);
  }

  /** Completes the files. Throws IMPORT_INVALID when there was no event at all. */
  finish(): WorldContent {
    if (this.#rows === 0) {
      throw new HoldfastError(
        'IMPORT_INVALID',
        'the recording holds no market event; check --format',
      );
    }
    const streams = [...this.#streams.values()].sort((a, b) =>
      a.file.path < b.file.path ? -1 : 1,
    );
    for (const { writer } of streams) writer.finish();
    const files = streams.map(({ file, writer }) => ({
      ...file,
      ...this.#measure(file.path, writer.file.rows),
    }));
    for (const day of [...this.#streamsOfDay.keys()].sort()) {
      const path = `utc_day=${day}/order.hfw`;
      const ofDay = files.filter((file) => file.utc_day === day);
      const rows = writeDayOrder(this.#disk, this.#directory, path, ofDay);
      const order = { path, kind: 'order' as const, utc_day: day, instrument: null, channel: null };
      files.push({ ...order, ...this.#measure(path, rows) });
    }
    const names = [...this.#instruments.keys()].sort();
    return {
      instruments: names.flatMap((name) => this.#instruments.get(name)?.row ?? []),
      counts: { ...this.#counts },
      first_ts_us: this.#firstUs,
      last_ts_us: this.#lastUs,
      order_invariant_hash: this.#hash.digest(),
      files,
      bookGaps: { ...this.#bookGaps },
    };
  }

  #chain(event: BookEvent): void {
    const key = `${event.instrument.name}\n${event.channel}`;
    const last = this.#chains.get(key);
    if (last !== undefined && event.tsUs < last.tsUs) throw lateEvent(event, last.tsUs);
    if (event.frame === 'change' && last?.changeId !== event.prevChangeId) {
      this.#bookGaps[event.instrument.name] = (this.#bookGaps[event.instrument.name] ?? 0) + 1;
    }
    if (last === undefined) this.#chains.set(key, { changeId: event.changeId, tsUs: event.tsUs });
    else {
      last.changeId = event.changeId;
      last.tsUs = event.tsUs;
    }
  }

  #measure(path: string, rows: number): Pick<WorldFile, 'rows' | 'bytes' | 'sha256'> {
    return { rows, ...fileDigest(this.#disk, `${this.#directory}/${path}`) };
  }

  #register(instrument: Instrument): void {
    const known = this.#instruments.get(instrument.name);
    if (known === undefined) this.#instruments.set(instrument.name, instrument);
    else if (known.revision !== instrument.revision) {
      throw new HoldfastError(
        'IMPORT_INVALID',
        `${instrument.name} comes with two different rows: a world holds one revision of an instrument`,
      );
    }
  }

  #streamOf(event: MarketEvent): OpenStream {
    const day = Math.floor(event.tsUs / dayUs);
    if (day !== this.#day.number) this.#day = { number: day, text: utcDay(event.tsUs) };
    const key = `${this.#day.text}\n${event.instrument.name}\n${event.type}\n${event.channel}`;
    const found = this.#streams.get(key);
    if (found !== undefined) return found;
    const opened = this.#openStream(event, this.#day.text);
    this.#streams.set(key, opened);
    return opened;
  }

  #openStream(event: MarketEvent, day: string): OpenStream {
    const { type: kind, instrument, channel } = event;
    const number = this.#streamsOfDay.get(day) ?? 0;
    assert(number < maxStreamsPerDay, 'a day holds at most 65,536 streams');
    this.#streamsOfDay.set(day, number + 1);
    const folder = `utc_day=${day}/instrument=${encodeURIComponent(instrument.name)}`;
    const file = encodeURIComponent(channel).replaceAll(/[!'()*~]/g, '_');
    const path = `${folder}/${kind}-${file}.hfw`;
    // Making one is a sync even when it is there, and a folder takes many streams.
    if (!this.#disk.exists(`${this.#directory}/${folder}`)) {
      this.#disk.makeDirectory(`${this.#directory}/${folder}`);
    }
    const writer = new StreamWriter(this.#disk, `${this.#directory}/${path}`, kind);
    return {
      file: { path, kind, utc_day: day, instrument: instrument.name, channel },
      writer,
    };
  }
}
