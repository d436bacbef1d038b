/** Deribit subscription frames as market events. Nothing depends on the order of keys. */
import { type Instrument, type InstrumentState, instrumentStates } from '../../facts/instrument.ts';
import type { BookEvent, FlatLevels, Greeks, TickerEvent, TradeEvent } from '../../facts/market.ts';
import {
  arrayAt,
  invalid,
  isObject,
  type JsonObject,
  millisecondsAt,
  numberAt,
  numberOrNullAt,
  objectAt,
  sequenceAt,
  stepsOfNumber,
  textAt,
} from './json-fields.ts';

export type FeedKind = 'book' | 'ticker' | 'trades';

export interface Feed {
  readonly kind: FeedKind;
  readonly channel: string;
  readonly data: unknown;
}

/** `book.X.none.20.100ms` is a grouped top of book, not a chain of changes. */
const groupedBookForm = /^book\.[^.]+\.[^.]+\.\d+\.[^.]+$/;

/** The feed of a message; undefined for replies, heartbeats and channels that carry no event of ours. */
export function feedOf(message: JsonObject): Feed | undefined {
  if (message.method !== 'subscription') return undefined;
  const params = objectAt(message, 'params');
  const channel = textAt(params, 'channel');
  if (groupedBookForm.test(channel)) return undefined;
  const kind = channel.slice(0, channel.indexOf('.'));
  if (kind !== 'book' && kind !== 'ticker' && kind !== 'trades') return undefined;
  return { kind, channel, data: params.data };
}

/** The objects of a frame: one, or several in a trades frame. */
export function feedDataOf(feed: Feed): readonly JsonObject[] {
  const list = Array.isArray(feed.data) ? feed.data : [feed.data];
  if (!list.every(isObject)) throw invalid(`${feed.channel}: data is not an object`);
  return list;
}

/** `[action, price, amount]` rows of one side. */
export function bookRowsOf(
  data: JsonObject,
  side: 'bids' | 'asks',
): readonly (readonly unknown[])[] {
  return arrayAt(data, side).map((row) => {
    if (!Array.isArray(row) || row.length !== 3)
      throw invalid('a level is not [action, price, amount]');
    return row as readonly unknown[];
  });
}

function levelsOf(instrument: Instrument, data: JsonObject, side: 'bids' | 'asks'): FlatLevels {
  const flat: number[] = [];
  for (const [action, price, amount] of bookRowsOf(data, side)) {
    const ticks = stepsOfNumber(instrument.price, price, 'price');
    const lots = stepsOfNumber(instrument.amount, amount, 'amount');
    if (action !== 'new' && action !== 'change' && action !== 'delete') {
      throw invalid(`a level action this importer does not know: ${String(action)}`);
    }
    flat.push(ticks, action === 'delete' ? 0 : lots);
  }
  return flat;
}

export interface FrameContext {
  readonly instrument: Instrument;
  readonly channel: string;
  readonly receivedUs: number;
}

function baseOf(context: FrameContext, data: JsonObject) {
  const times = { tsUs: millisecondsAt(data, 'timestamp'), receivedMonotonicUs: 0 };
  return { ...context, sessionEpoch: 0, ...times };
}

export function bookEventOf(context: FrameContext, data: JsonObject): BookEvent {
  // Frames of 2019–2020 have no `type`: a snapshot is the one without a predecessor.
  const { type, prev_change_id: previous } = data;
  const isSnapshot =
    type === undefined ? previous === undefined || previous === null : type === 'snapshot';
  if (!isSnapshot && type !== undefined && type !== 'change')
    throw invalid(`frame type ${JSON.stringify(type)}`);
  return {
    type: 'book',
    ...baseOf(context, data),
    frame: isSnapshot ? 'snapshot' : 'change',
    changeId: sequenceAt(data, 'change_id'),
    prevChangeId: isSnapshot ? -1 : sequenceAt(data, 'prev_change_id'),
    bids: levelsOf(context.instrument, data, 'bids'),
    asks: levelsOf(context.instrument, data, 'asks'),
  };
}

export function tradeEventOf(context: FrameContext, data: JsonObject): TradeEvent {
  const { direction } = data;
  if (direction !== 'buy' && direction !== 'sell') throw invalid(`direction ${String(direction)}`);
  return {
    type: 'trade',
    ...baseOf(context, data),
    tradeId: textAt(data, 'trade_id'),
    tradeSeq: sequenceAt(data, 'trade_seq'),
    priceTicks: stepsOfNumber(context.instrument.price, data.price, 'price'),
    lots: stepsOfNumber(context.instrument.amount, data.amount, 'amount'),
    side: direction,
    markFloat: numberOrNullAt(data, 'mark_price'),
    indexFloat: numberOrNullAt(data, 'index_price'),
  };
}

/** States of an instrument that is over, as the venue has spelled them. */
const overStates = ['delivered', 'archivized', 'closed'];

function stateAt(data: JsonObject): InstrumentState {
  const state = textAt(data, 'state');
  if (overStates.includes(state)) return 'closed';
  const known = instrumentStates.find((candidate) => candidate === state);
  if (known === undefined) throw invalid(`instrument state ${state}`);
  return known;
}

function greeksAt(data: JsonObject): Greeks | null {
  if (!isObject(data.greeks)) return null;
  const greeks = data.greeks;
  return {
    deltaFloat: numberAt(greeks, 'delta'),
    gammaFloat: numberAt(greeks, 'gamma'),
    vegaFloat: numberAt(greeks, 'vega'),
    thetaFloat: numberAt(greeks, 'theta'),
  };
}

/**
 * Best prices of a ticker are not taken: the book has them, and an empty side is spelled 0.0 here.
 * `estimated_delivery_price` may be a text and is not taken either.
 */
export function tickerEventOf(context: FrameContext, data: JsonObject): TickerEvent {
  return {
    type: 'ticker',
    ...baseOf(context, data),
    state: stateAt(data),
    markFloat: numberAt(data, 'mark_price'),
    indexFloat: numberAt(data, 'index_price'),
    lastFloat: numberOrNullAt(data, 'last_price'),
    openInterestFloat: numberOrNullAt(data, 'open_interest'),
    funding8hFloat: numberOrNullAt(data, 'funding_8h'),
    underlyingFloat: numberOrNullAt(data, 'underlying_price'),
    markIvFloat: numberOrNullAt(data, 'mark_iv'),
    greeks: greeksAt(data),
  };
}
