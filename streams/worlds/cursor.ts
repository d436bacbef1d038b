/**
 * Reads a sealed world event by event in (domain time, source row) order. Holds one decoded block per
 * partition of the current day and nothing else. Damage met on the way throws WORLD_DAMAGED.
 */
import { HoldfastError } from '../facts/errors.ts';
import type { Instrument } from '../facts/instrument.ts';
import type { MarketEvent } from '../facts/market.ts';
import type { Disk } from '../ports/index.ts';
import { type Block, BlockFileReader, type FileKind } from './block-file.ts';
import { bookColumns } from './book-block.ts';
import { decodeDoubles } from './column.ts';
import { columnAt, type EventColumns } from './event-block.ts';
import type { WorldFile } from './manifest.ts';
import { tickerColumns } from './ticker-block.ts';
import { tradeColumns } from './trade-block.ts';

export interface WorldCursor {
  /** Domain time of the next event, epoch µs; Infinity at the end. */
  peekTsUs(): number;
  /** The next event, or undefined at the end. Every event is a new object. */
  next(): MarketEvent | undefined;
}

function decodeBlock(
  kind: FileKind,
  block: Block,
  instrument: Instrument,
  channel: string,
): EventColumns {
  if (kind === 'book') return bookColumns(block, instrument, channel);
  return kind === 'trade'
    ? tradeColumns(block, instrument, channel)
    : tickerColumns(block, instrument, channel);
}

/** One partition. Blocks are loaded ahead: `columns` is undefined only at the end. */
class PartitionReader {
  readonly #file: WorldFile;
  readonly #instrument: Instrument;
  readonly #blocks: BlockFileReader;
  #columns: EventColumns | undefined;
  #index = 0;
  #rows = 0;

  constructor(disk: Disk, directory: string, file: WorldFile, instrument: Instrument) {
    this.#file = file;
    this.#instrument = instrument;
    this.#blocks = new BlockFileReader(disk, `${directory}/${file.path}`, file.kind);
    this.#load();
  }

  peekTsUs(): number {
    return this.#columns?.tsUs[this.#index] ?? Number.POSITIVE_INFINITY;
  }

  next(): MarketEvent {
    const columns = this.#columns;
    if (columns === undefined) {
      const message = `${this.#file.path} has fewer rows than its day's order: the world is damaged`;
      throw new HoldfastError('WORLD_DAMAGED', message, { details: { file: this.#file.path } });
    }
    const event = columns.eventAt(this.#index);
    this.#index += 1;
    if (this.#index === this.#rows) this.#load();
    return event;
  }

  #load(): void {
    const block = this.#blocks.next();
    const { kind, channel } = this.#file;
    this.#columns =
      block === undefined ? undefined : decodeBlock(kind, block, this.#instrument, channel ?? '');
    this.#rows = block?.rows ?? 0;
    this.#index = 0;
  }
}

interface DayReader {
  readonly partitions: readonly PartitionReader[];
  readonly order: BlockFileReader;
}

function openDay(
  disk: Disk,
  directory: string,
  files: readonly WorldFile[],
  instruments: ReadonlyMap<string, Instrument>,
): DayReader | undefined {
  const order = files.find((file) => file.kind === 'order');
  if (order === undefined) return undefined;
  const partitions = files
    .filter((file) => file.kind !== 'order')
    .map((file) => {
      const instrument = instruments.get(file.instrument ?? '');
      if (instrument !== undefined) return new PartitionReader(disk, directory, file, instrument);
      const message = `${file.path} belongs to an instrument the manifest does not list`;
      throw new HoldfastError('WORLD_DAMAGED', message, { details: { file: file.path } });
    });
  return { partitions, order: new BlockFileReader(disk, `${directory}/${order.path}`, 'order') };
}

/** Opens a cursor at the first event. `files` are those of the manifest, in its order. */
export function openCursor(
  disk: Disk,
  directory: string,
  files: readonly WorldFile[],
  instruments: ReadonlyMap<string, Instrument>,
): WorldCursor {
  const days = [...new Set(files.map((file) => file.utc_day))].sort();
  let dayNumber = -1;
  let day: DayReader | undefined;
  let order: Float64Array = new Float64Array(0);
  let at = 0;

  /** Moves to the next block of order numbers, over day boundaries. */
  const load = (): void => {
    at = 0;
    order = new Float64Array(0);
    for (;;) {
      const block = day?.order.next();
      if (block !== undefined) {
        order = decodeDoubles(columnAt(block, 0));
        return;
      }
      dayNumber += 1;
      const name = days[dayNumber];
      if (name === undefined) return;
      day = openDay(
        disk,
        directory,
        files.filter((file) => file.utc_day === name),
        instruments,
      );
    }
  };
  load();

  const partition = (): PartitionReader | undefined => day?.partitions[order[at] ?? -1];
  return {
    peekTsUs: () =>
      at < order.length
        ? (partition()?.peekTsUs() ?? Number.POSITIVE_INFINITY)
        : Number.POSITIVE_INFINITY,
    next: () => {
      if (at >= order.length) return undefined;
      const event = partition()?.next();
      at += 1;
      if (at === order.length) load();
      return event;
    },
  };
}
