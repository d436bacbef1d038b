/** Book frames as columns: times, ids, level counts, then ticks and lots of all levels in a row. */

import type { Instrument } from '../facts/instrument.ts';
import type { BookEvent, FlatLevels } from '../facts/market.ts';
import type { Block } from './block-file.ts';
import { decodeDoubles, decodeIntegers, type IntegerColumn } from './column.ts';
import { encodeNumbers } from './column-encode.ts';
import { columnAt, type EventColumns, type PendingRow, timesOf } from './event-block.ts';

export function encodeBookRows(rows: readonly PendingRow<BookEvent>[]): Uint8Array[] {
  const ticks: number[] = [];
  const lots: number[] = [];
  for (const { event } of rows) {
    for (const side of [event.bids, event.asks]) {
      for (let i = 0; i < side.length; i += 2) {
        ticks.push(side[i] ?? 0);
        lots.push(side[i + 1] ?? 0);
      }
    }
  }
  return [
    ...timesOf(rows),
    encodeNumbers(rows.map(({ event }) => event.changeId)),
    encodeNumbers(rows.map(({ event }) => event.prevChangeId)),
    encodeNumbers(rows.map(({ event }) => (event.frame === 'snapshot' ? 1 : 0))),
    encodeNumbers(rows.map(({ event }) => event.bids.length / 2)),
    encodeNumbers(rows.map(({ event }) => event.asks.length / 2)),
    encodeNumbers(ticks),
    encodeNumbers(lots),
  ];
}

/** Copies `count` levels; a plain loop over pushes keeps the array packed. */
function levelsAt(
  ticks: IntegerColumn,
  lots: IntegerColumn,
  from: number,
  count: number,
): FlatLevels {
  const flat: number[] = [];
  for (let i = from; i < from + count; i += 1) flat.push(ticks[i] as number, lots[i] as number);
  return flat;
}

export function bookColumns(block: Block, instrument: Instrument, channel: string): EventColumns {
  const tsUs = decodeDoubles(columnAt(block, 0));
  const receivedUs = decodeDoubles(columnAt(block, 2));
  const changeIds = decodeDoubles(columnAt(block, 3));
  const prevChangeIds = decodeDoubles(columnAt(block, 4));
  const snapshots = decodeDoubles(columnAt(block, 5));
  const bidCounts = decodeDoubles(columnAt(block, 6));
  const askCounts = decodeDoubles(columnAt(block, 7));
  const ticks = decodeIntegers(columnAt(block, 8));
  const lots = decodeIntegers(columnAt(block, 9));
  let level = 0;
  return {
    tsUs,
    rows: decodeDoubles(columnAt(block, 1)),
    eventAt(index: number): BookEvent {
      const bidCount = bidCounts[index] as number;
      const askCount = askCounts[index] as number;
      const bids = levelsAt(ticks, lots, level, bidCount);
      const asks = levelsAt(ticks, lots, level + bidCount, askCount);
      level += bidCount + askCount;
      return {
        type: 'book',
        instrument,
        channel,
        sessionEpoch: 0,
        tsUs: tsUs[index] as number,
        receivedUs: receivedUs[index] as number,
        receivedMonotonicUs: 0,
        frame: snapshots[index] === 1 ? 'snapshot' : 'change',
        changeId: changeIds[index] as number,
        prevChangeId: prevChangeIds[index] as number,
        bids,
        asks,
      };
    },
  };
}
