/**
 * What of the journal should be in the store: every durable fact by its place, read from the platters,
 * and how far each stream is said to have arrived.
 */
import { storeTables, tablesOfType } from '../../../actors/evidence/store/index.ts';
import type { VirtualDisk } from '../../../daemon/ports/virtual/index.ts';
import type { Fact } from '../../../streams/facts/envelope.ts';
import { streamNames } from '../../../streams/journal/index.ts';
import { DurableBlocks, recordsIn } from '../world/durable-facts.ts';
import type { DurableWatch } from './durable-watch.ts';

/** What became durable this long ago should have arrived: a batch waits a second for company. */
const lagUs = 5_000_000;

export interface Kept {
  /** Undefined once it is confirmed: whoever asks again reads it again. */
  bytes: Buffer | undefined;
  /** Read when it is first met. */
  eventId?: string;
  /** That take it. */
  tables?: readonly string[];
}

export interface Stream {
  readonly name: string;
  readonly kept: Map<number, Kept>;
  /** After the last durable fact. */
  end: number;
  /** Below it everything is said to be in the store. */
  confirmed: number;
  generation: number;
}

export interface End {
  readonly stream: Stream;
  readonly end: number;
}

export function behind(ends: readonly End[]): string[] {
  return ends
    .filter(({ stream, end }) => stream.confirmed < end)
    .map(({ stream, end }) => `${stream.confirmed} of ${end} facts of ${stream.name} in the store`);
}

export class ShippedStreams {
  readonly streams: ReadonlyMap<string, Stream>;
  readonly #durable: DurableWatch;
  readonly #disk: VirtualDisk;
  readonly #directory: string;
  /** How far each stream was, oldest first: the first is old enough. */
  readonly #marks: { readonly atUs: number; readonly ends: readonly End[] }[] = [];

  constructor(durable: DurableWatch, disk: VirtualDisk, directory: string) {
    this.#durable = durable;
    this.#disk = disk;
    this.#directory = directory;
    this.streams = new Map(streamNames.map((name) => [name, emptyStream(name)]));
    durable.onBlock((name, block) => this.#took(name, block));
  }

  /** Takes in what became durable since. */
  take(): void {
    this.#durable.take();
  }

  /** How far each stream is durable now. */
  ends(): End[] {
    this.take();
    return [...this.streams.values()].map((stream) => ({ stream, end: stream.end }));
  }

  /** What was durable a while ago and is not in the store yet: asked again and again, it tells a store that is stuck. */
  missing(nowUs: number): string[] {
    this.#marks.push({ atUs: nowUs, ends: this.ends() });
    while ((this.#marks[1]?.atUs ?? Number.POSITIVE_INFINITY) <= nowUs - lagUs) this.#marks.shift();
    const [mark] = this.#marks;
    if (mark === undefined || mark.atUs > nowUs - lagUs) return ['the store was not looked at'];
    return behind(mark.ends);
  }

  /** The fact from there, `stream:offset`. */
  keptAt(place: string): Kept | undefined {
    const [name = '', offset] = place.split(':');
    const stream = this.streams.get(name);
    const known = stream?.kept.get(Number(offset));
    if (known !== undefined) return known;
    this.take();
    return stream?.kept.get(Number(offset));
  }

  /** What it says. */
  read(place: string, kept: Kept): Fact {
    const bytes = kept.bytes ?? this.#readAgain(place);
    const fact = JSON.parse(bytes.toString('utf8')) as Fact;
    kept.eventId = fact.event_id;
    kept.tables = tablesOfType(fact.event_type).filter(
      (name) => storeTables.find((table) => table.name === name)?.only?.(fact) ?? true,
    );
    return fact;
  }

  #readAgain(place: string): Buffer {
    const [name, offset] = place.split(':');
    const blocks = new DurableBlocks(this.#disk, `${this.#directory}/journal/${name}`);
    const records = blocks.take().flatMap(recordsIn);
    const record = records.find((each) => each.offset === Number(offset));
    if (record === undefined) throw new Error(`${place} was durable and is not any more`);
    return record.bytes;
  }

  #took(name: string, block: Buffer): void {
    const stream = this.streams.get(name) as Stream;
    for (const { offset, bytes } of recordsIn(block)) {
      stream.kept.set(offset, { bytes });
      stream.end = offset + 1;
    }
  }
}

function emptyStream(name: string): Stream {
  return { name, kept: new Map(), end: 0, confirmed: 0, generation: 0 };
}
