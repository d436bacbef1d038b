/**
 * One partition being written: the events of one day, instrument, kind and channel.
 * Keeps domain order by a bounded reorder window; book frames are never reordered, because a change
 * only means something after the frame it chains to. Refuses (IMPORT_INVALID) what the window cannot
 * mend.
 */
import { HoldfastError } from '../facts/errors.ts';
import type { BookEvent, MarketEvent, TickerEvent, TradeEvent } from '../facts/market.ts';
import { isoFromUs } from '../facts/time.ts';
import type { Disk } from '../ports/index.ts';
import { BlockFileWriter } from './block-file.ts';
import { encodeBookRows } from './book-block.ts';
import type { PendingRow } from './event-block.ts';
import { encodeTickerRows } from './ticker-block.ts';
import { encodeTradeRows } from './trade-block.ts';

/** Rows of one block: what a reader holds decoded per partition. */
const blockRows = 4_096;
/** Book levels of one block: bounds a block of large snapshots. */
const blockLevels = 131_072;
/** Rows that may still be overtaken by an older one; venues deliver late by milliseconds, not thousands. */
const reorderWindowRows = 1_024;

function encodeRows(rows: readonly PendingRow[]): Uint8Array[] {
  switch (rows[0]?.event.type) {
    case 'book':
      return encodeBookRows(rows as readonly PendingRow<BookEvent>[]);
    case 'trade':
      return encodeTradeRows(rows as readonly PendingRow<TradeEvent>[]);
    default:
      return encodeTickerRows(rows as readonly PendingRow<TickerEvent>[]);
  }
}

/** Domain time runs backwards further than anything here may mend. */
export function lateEvent(event: MarketEvent, behindUs: number): HoldfastError {
  return new HoldfastError(
    'IMPORT_INVALID',
    `a ${event.type} event of ${event.instrument.name} at ${isoFromUs(event.tsUs)} comes after one of ` +
      `${isoFromUs(behindUs)}: domain time runs backwards on ${event.channel}`,
  );
}

export class StreamWriter {
  readonly file: BlockFileWriter;
  readonly kind: MarketEvent['type'];
  /** In domain order; the oldest is settled when the window overflows. */
  readonly #window: PendingRow[] = [];
  #settled: PendingRow[] = [];
  #settledLevels = 0;
  #lastSettledUs = Number.NEGATIVE_INFINITY;

  constructor(disk: Disk, path: string, kind: MarketEvent['type']) {
    this.file = new BlockFileWriter(disk, path, kind);
    this.kind = kind;
  }

  append(pending: PendingRow): void {
    const { event } = pending;
    if (event.type === 'book') {
      // The caller holds the chain in order, over day boundaries too.
      this.#settle(pending);
      return;
    }
    if (event.tsUs < this.#lastSettledUs) throw lateEvent(event, this.#lastSettledUs);
    let at = this.#window.length;
    while (at > 0 && (this.#window[at - 1]?.event.tsUs ?? 0) > event.tsUs) at -= 1;
    if (at === this.#window.length) this.#window.push(pending);
    else this.#window.splice(at, 0, pending);
    if (this.#window.length > reorderWindowRows * 2) this.#drain(reorderWindowRows);
  }

  /** Writes what is pending and makes the file durable. */
  finish(): void {
    this.#drain(0);
    this.#flush();
    this.file.sync();
  }

  #drain(keepRows: number): void {
    for (const pending of this.#window.splice(0, this.#window.length - keepRows))
      this.#settle(pending);
  }

  #settle(pending: PendingRow): void {
    const { event } = pending;
    this.#settled.push(pending);
    this.#lastSettledUs = event.tsUs;
    if (event.type === 'book') this.#settledLevels += (event.bids.length + event.asks.length) / 2;
    if (this.#settled.length >= blockRows || this.#settledLevels >= blockLevels) this.#flush();
  }

  #flush(): void {
    if (this.#settled.length === 0) return;
    this.file.append(this.#settled.length, encodeRows(this.#settled));
    this.#settled = [];
    this.#settledLevels = 0;
  }
}
