/**
 * Our own orders and trades as the venue reports them. A row that cannot be decoded exactly throws
 * VENUE_PROTOCOL: an order we cannot read must never be dropped in silence.
 */
import { canonicalDecimal, type Grid, gridCount } from '../../../facts/decimal.ts';
import { HoldfastError } from '../../../facts/errors.ts';
import type { Instrument } from '../../../facts/instrument.ts';
import type { Side } from '../../../facts/market.ts';
import {
  type VenueOrder,
  type VenueOrderState,
  type VenueTrade,
  venueOrderStates,
} from '../../../facts/venue-records.ts';
import { floatOrNull, isObject, type JsonObject, textOf, usOfMs } from './json.ts';

/** Finds an instrument by its venue name. */
export type FindInstrument = (name: string) => Instrument | undefined;

/** One order object. Untriggered stop orders carry a text price; their `priceTicks` is 0. */
export function decodeOrder(raw: unknown, find: FindInstrument): VenueOrder {
  const row = objectOf(raw, 'order');
  const orderId = requiredText(row, 'order_id', 'order');
  const what = `order ${orderId}`;
  const instrument = instrumentOfRow(row, find, what);
  const price = row.price;
  return {
    orderId,
    instrument,
    label: textOf(row.label) ?? '',
    state: orderStateOf(row.order_state, what),
    side: sideOf(row.direction, what),
    priceTicks: typeof price === 'string' ? 0 : countOf(instrument.price, price, 'price', what),
    lots: sizeOf(instrument.amount, row.amount, 'amount', what),
    filledLots: sizeOf(instrument.amount, row.filled_amount ?? 0, 'filled_amount', what),
    reduceOnly: flagOf(row.reduce_only),
    postOnly: flagOf(row.post_only),
    timeInForce: textOf(row.time_in_force) ?? '',
    cancelReason: textOf(row.cancel_reason) ?? null,
    createdUs: timeOf(row.creation_timestamp, what),
    updatedUs: timeOf(row.last_update_timestamp ?? row.creation_timestamp, what),
  };
}

/** One of our trades. `side` is ours. */
export function decodeUserTrade(raw: unknown, find: FindInstrument): VenueTrade {
  const row = objectOf(raw, 'trade');
  const tradeId = requiredText(row, 'trade_id', 'trade');
  const what = `trade ${tradeId}`;
  const instrument = instrumentOfRow(row, find, what);
  const tradeSeq = row.trade_seq;
  const fee = row.fee;
  if (typeof fee !== 'number') throw malformed(what, 'fee');
  const lots = sizeOf(instrument.amount, row.amount, 'amount', what);
  if (lots === 0) throw malformed(what, 'amount');
  return {
    tradeId,
    tradeSeq: typeof tradeSeq === 'number' && Number.isSafeInteger(tradeSeq) ? tradeSeq : 0,
    orderId: requiredText(row, 'order_id', what),
    instrument,
    label: textOf(row.label) ?? '',
    side: sideOf(row.direction, what),
    priceTicks: countOf(instrument.price, row.price, 'price', what),
    lots,
    fee: canonicalDecimal(String(fee)),
    feeCurrency: textOf(row.fee_currency) ?? instrument.row.settlement_currency,
    liquidity: row.liquidity === 'M' ? 'maker' : 'taker',
    tsUs: timeOf(row.timestamp, what),
    markFloat: floatOrNull(row.mark_price),
    indexFloat: floatOrNull(row.index_price),
  };
}

/** A list of orders. Throws VENUE_PROTOCOL when it is not one, or on the first bad row. */
export function decodeOrders(raw: unknown, find: FindInstrument): VenueOrder[] {
  return listOf(raw, 'orders').map((row) => decodeOrder(row, find));
}

/** A list of our trades. Throws VENUE_PROTOCOL when it is not one, or on the first bad row. */
export function decodeUserTrades(raw: unknown, find: FindInstrument): VenueTrade[] {
  return listOf(raw, 'trades').map((row) => decodeUserTrade(row, find));
}

/** An array, or VENUE_PROTOCOL naming what was expected. */
export function listOf(raw: unknown, what: string): readonly unknown[] {
  if (!Array.isArray(raw)) throw malformed(what, 'an array');
  return raw as unknown[];
}

/** An object, or VENUE_PROTOCOL naming what was expected. */
export function objectOf(raw: unknown, what: string): JsonObject {
  if (!isObject(raw)) throw malformed(what, 'an object');
  return raw;
}

export function malformed(what: string, field: string): HoldfastError {
  return new HoldfastError('VENUE_PROTOCOL', `${what} of the venue lacks a valid ${field}`);
}

export function instrumentOfRow(row: JsonObject, find: FindInstrument, what: string): Instrument {
  const name = requiredText(row, 'instrument_name', what);
  const instrument = find(name);
  if (instrument !== undefined) return instrument;
  throw new HoldfastError(
    'VENUE_PROTOCOL',
    `${what} names ${name}, which is not a known instrument: refresh the instrument list`,
    { details: { instrument: name } },
  );
}

function requiredText(row: JsonObject, field: string, what: string): string {
  const value = row[field];
  if (typeof value !== 'string' || value === '') throw malformed(what, field);
  return value;
}

/** A negative size would turn a side around. */
function sizeOf(grid: Grid, value: unknown, field: string, what: string): number {
  const count = countOf(grid, value, field, what);
  if (count < 0) throw malformed(what, field);
  return count;
}

function countOf(grid: Grid, value: unknown, field: string, what: string): number {
  const count = typeof value === 'number' ? gridCount(grid, value) : undefined;
  if (count === undefined) throw malformed(what, `${field} on its grid of ${grid.step}`);
  return count;
}

function timeOf(value: unknown, what: string): number {
  const us = usOfMs(value);
  if (us === undefined) throw malformed(what, 'timestamp');
  return us;
}

function sideOf(value: unknown, what: string): Side {
  if (value === 'buy' || value === 'sell') return value;
  throw malformed(what, 'direction');
}

function orderStateOf(value: unknown, what: string): VenueOrderState {
  const known = venueOrderStates.find((state) => state === value);
  if (known === undefined) throw malformed(what, 'order_state');
  return known;
}

// The schema types these flags as text, recorded frames carry booleans.
function flagOf(value: unknown): boolean {
  return value === true || value === 'true';
}
