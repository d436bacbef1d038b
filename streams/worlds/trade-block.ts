/** Trades as columns. Ids that are plain numbers cost a number, others a text; an absent float is NaN. */
import type { Instrument } from '../facts/instrument.ts';
import type { TradeEvent } from '../facts/market.ts';
import type { Block } from './block-file.ts';
import { decodeDoubles, decodeTexts, type EncodedColumn, isTextColumn } from './column.ts';
import { encodeNumbers, encodeTexts } from './column-encode.ts';
import {
  columnAt,
  type EventColumns,
  floatOrNull,
  type PendingRow,
  timesOf,
} from './event-block.ts';

function encodeIds(ids: readonly string[]): Uint8Array {
  const numbers = ids.map(Number);
  const plain = numbers.every((id, i) => Number.isSafeInteger(id) && String(id) === ids[i]);
  return plain ? encodeNumbers(numbers) : encodeTexts(ids);
}

function decodeIds(column: EncodedColumn): (index: number) => string {
  if (isTextColumn(column)) {
    const texts = decodeTexts(column);
    return (index) => texts[index] as string;
  }
  const numbers = decodeDoubles(column);
  return (index) => String(numbers[index]);
}

export function encodeTradeRows(rows: readonly PendingRow<TradeEvent>[]): Uint8Array[] {
  return [
    ...timesOf(rows),
    encodeIds(rows.map(({ event }) => event.tradeId)),
    encodeNumbers(rows.map(({ event }) => event.tradeSeq)),
    encodeNumbers(rows.map(({ event }) => event.priceTicks)),
    encodeNumbers(rows.map(({ event }) => event.lots)),
    encodeNumbers(rows.map(({ event }) => (event.side === 'buy' ? 1 : 0))),
    encodeNumbers(rows.map(({ event }) => event.markFloat ?? Number.NaN)),
    encodeNumbers(rows.map(({ event }) => event.indexFloat ?? Number.NaN)),
  ];
}

export function tradeColumns(block: Block, instrument: Instrument, channel: string): EventColumns {
  const tsUs = decodeDoubles(columnAt(block, 0));
  const receivedUs = decodeDoubles(columnAt(block, 2));
  const tradeIdAt = decodeIds(columnAt(block, 3));
  const tradeSeqs = decodeDoubles(columnAt(block, 4));
  const priceTicks = decodeDoubles(columnAt(block, 5));
  const lots = decodeDoubles(columnAt(block, 6));
  const buys = decodeDoubles(columnAt(block, 7));
  const marks = decodeDoubles(columnAt(block, 8));
  const indexes = decodeDoubles(columnAt(block, 9));
  return {
    tsUs,
    rows: decodeDoubles(columnAt(block, 1)),
    eventAt: (index: number): TradeEvent => ({
      type: 'trade',
      instrument,
      channel,
      sessionEpoch: 0,
      tsUs: tsUs[index] as number,
      receivedUs: receivedUs[index] as number,
      receivedMonotonicUs: 0,
      tradeId: tradeIdAt(index),
      tradeSeq: tradeSeqs[index] as number,
      priceTicks: priceTicks[index] as number,
      lots: lots[index] as number,
      side: buys[index] === 1 ? 'buy' : 'sell',
      markFloat: floatOrNull(marks[index] as number),
      indexFloat: floatOrNull(indexes[index] as number),
    }),
  };
}
