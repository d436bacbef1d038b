/**
 * The merged order of one day: for each event the number of the file (in path order) it stands in next.
 * Computed once when a world is written, so that replay is one array lookup per event, whatever the
 * number of instruments.
 */
import type { Disk } from '../ports/index.ts';
import { type Block, BlockFileReader, BlockFileWriter, type FileKind } from './block-file.ts';
import { decodeDoubles } from './column.ts';
import { encodeNumbers } from './column-encode.ts';
import { columnAt } from './event-block.ts';

/** Entries of one block of an order file. */
const orderBlockRows = 65_536;

export interface OrderedFile {
  readonly path: string;
  readonly kind: FileKind;
}

/** Walks (domain time, source row) of one file. */
class Timeline {
  tsUs = Number.POSITIVE_INFINITY;
  row = Number.POSITIVE_INFINITY;
  readonly fileNumber: number;
  readonly #reader: BlockFileReader;
  #tsUs: Float64Array = new Float64Array(0);
  #rows: Float64Array = new Float64Array(0);
  #index = -1;

  constructor(reader: BlockFileReader, fileNumber: number) {
    this.#reader = reader;
    this.fileNumber = fileNumber;
    this.advance();
  }

  get ended(): boolean {
    return this.row === Number.POSITIVE_INFINITY;
  }

  advance(): void {
    this.#index += 1;
    if (this.#index >= this.#tsUs.length) this.#load();
    this.tsUs = this.#tsUs[this.#index] ?? Number.POSITIVE_INFINITY;
    this.row = this.#rows[this.#index] ?? Number.POSITIVE_INFINITY;
  }

  #load(): void {
    const block: Block | undefined = this.#reader.next();
    this.#tsUs = block === undefined ? new Float64Array(0) : decodeDoubles(columnAt(block, 0));
    this.#rows = block === undefined ? new Float64Array(0) : decodeDoubles(columnAt(block, 1));
    this.#index = 0;
  }
}

function isBefore(a: Timeline, b: Timeline): boolean {
  return a.tsUs < b.tsUs || (a.tsUs === b.tsUs && a.row < b.row);
}

/** Restores the heap below `at` after its entry moved back. */
function siftDown(heap: Timeline[], at: number): void {
  for (let parent = at; ; ) {
    let least = parent;
    for (const child of [2 * parent + 1, 2 * parent + 2]) {
      const candidate = heap[child];
      if (candidate !== undefined && isBefore(candidate, heap[least] as Timeline)) least = child;
    }
    if (least === parent) return;
    [heap[parent], heap[least]] = [heap[least] as Timeline, heap[parent] as Timeline];
    parent = least;
  }
}

/** Yields file numbers in (domain time, source row) order. */
export function* mergedOrder(
  disk: Disk,
  directory: string,
  files: readonly OrderedFile[],
): Generator<number> {
  const heap = files.map(
    (file, number) =>
      new Timeline(new BlockFileReader(disk, `${directory}/${file.path}`, file.kind), number),
  );
  for (let at = Math.floor(heap.length / 2) - 1; at >= 0; at -= 1) siftDown(heap, at);
  for (;;) {
    const first = heap[0];
    if (first === undefined || first.ended) return;
    yield first.fileNumber;
    first.advance();
    siftDown(heap, 0);
  }
}

/** Writes the order file of one day and returns its rows. */
export function writeDayOrder(
  disk: Disk,
  directory: string,
  path: string,
  files: readonly OrderedFile[],
): number {
  const writer = new BlockFileWriter(disk, `${directory}/${path}`, 'order');
  let numbers: number[] = [];
  const flush = (): void => {
    if (numbers.length > 0) writer.append(numbers.length, [encodeNumbers(numbers)]);
    numbers = [];
  };
  for (const number of mergedOrder(disk, directory, files)) {
    numbers.push(number);
    if (numbers.length === orderBlockRows) flush();
  }
  flush();
  writer.sync();
  return writer.rows;
}
