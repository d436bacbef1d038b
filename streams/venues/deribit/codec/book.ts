/**
 * Book frames. Takes triples `[action, price, amount]`; refuses levels off the instrument's grid.
 * The `type` field may be absent (frames of 2019–2020): then the frame without `prev_change_id` is
 * the snapshot. Zero is a legal change id, so nothing here tests ids for truthiness.
 */
import { type Grid, gridCount } from '../../../facts/decimal.ts';
import type { Instrument } from '../../../facts/instrument.ts';
import type { BookEvent } from '../../../facts/market.ts';
import { type JsonObject, usOfMs } from './json.ts';
import type { QuarantineReason } from './quarantine.ts';
import type { Stamp } from './stamp.ts';

/** The event, or why there is none. */
export function decodeBook(
  data: JsonObject,
  instrument: Instrument,
  stamp: Stamp,
): BookEvent | QuarantineReason {
  const tsUs = usOfMs(data.timestamp);
  const changeId = data.change_id;
  const previous = data.prev_change_id;
  if (tsUs === undefined || !isId(changeId)) return 'field_malformed';
  const isSnapshot = data.type === undefined ? !isId(previous) : data.type === 'snapshot';
  if (!isSnapshot && (!isId(previous) || (data.type ?? 'change') !== 'change')) {
    return 'field_malformed';
  }
  const bids = decodeLevels(data.bids, instrument.price, instrument.amount);
  if (typeof bids === 'string') return bids;
  const asks = decodeLevels(data.asks, instrument.price, instrument.amount);
  if (typeof asks === 'string') return asks;
  return {
    type: 'book',
    instrument,
    channel: stamp.channel,
    sessionEpoch: stamp.sessionEpoch,
    tsUs,
    receivedUs: stamp.receivedUs,
    receivedMonotonicUs: stamp.receivedMonotonicUs,
    frame: isSnapshot ? 'snapshot' : 'change',
    changeId,
    prevChangeId: isSnapshot ? -1 : (previous as number),
    bids,
    asks,
  };
}

function isId(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

/** One side as flat ticks and lots. Absolute amounts; `delete` is zero lots. */
export function decodeLevels(
  side: unknown,
  price: Grid,
  amount: Grid,
): number[] | QuarantineReason {
  if (!Array.isArray(side)) return 'level_malformed';
  const flat: number[] = [];
  for (const level of side as unknown[]) {
    if (!Array.isArray(level) || level.length !== 3) return 'level_malformed';
    const [action, levelPrice, levelAmount] = level as unknown[];
    if (typeof levelPrice !== 'number' || typeof levelAmount !== 'number') return 'level_malformed';
    const ticks = gridCount(price, levelPrice);
    if (ticks === undefined) return 'price_off_grid';
    if (action === 'delete') {
      flat.push(ticks, 0);
      continue;
    }
    if (action !== 'new' && action !== 'change') return 'level_malformed';
    const lots = gridCount(amount, levelAmount);
    if (lots === undefined) return 'amount_off_grid';
    if (lots <= 0) return 'level_malformed';
    flat.push(ticks, lots);
  }
  return flat;
}

/** Pairs `[price, amount]` of a REST book, as flat ticks and lots. */
export function decodePairs(side: unknown, price: Grid, amount: Grid): number[] | QuarantineReason {
  if (!Array.isArray(side)) return 'level_malformed';
  const flat: number[] = [];
  for (const level of side as unknown[]) {
    if (!Array.isArray(level) || level.length !== 2) return 'level_malformed';
    const [levelPrice, levelAmount] = level as unknown[];
    if (typeof levelPrice !== 'number' || typeof levelAmount !== 'number') return 'level_malformed';
    const ticks = gridCount(price, levelPrice);
    if (ticks === undefined) return 'price_off_grid';
    const lots = gridCount(amount, levelAmount);
    if (lots === undefined || lots <= 0) return 'amount_off_grid';
    flat.push(ticks, lots);
  }
  return flat;
}
