/**
 * The venue's queries, decoded. The same functions work over the session and over HTTP: only the
 * call differs. Any row that cannot be decoded exactly throws; a list is whole or an error.
 */
import type { Instrument, InstrumentState } from '../../facts/instrument.ts';
import type { VenueAnnouncement } from '../../facts/venue-announcement.ts';
import type {
  VenueAccount,
  VenueOrder,
  VenuePosition,
  VenueTrade,
} from '../../facts/venue-records.ts';
import {
  decodeAccount,
  decodePosition,
  decodeTradingLimits,
  type TradingLimits,
} from './codec/accounts.ts';
import { decodeAnnouncements } from './codec/announcements.ts';
import { decodePairs } from './codec/book.ts';
import { type InstrumentListing, instrumentListingOf } from './codec/instruments.ts';
import { floatOrNull, textOf, usOfMs } from './codec/json.ts';
import {
  decodeOrder,
  decodeOrders,
  decodeUserTrades,
  listOf,
  malformed,
  objectOf,
} from './codec/orders.ts';
import { type DeliveryPage, decodeDeliveryPage } from './codec/settlements.ts';
import { stateOf } from './codec/ticker.ts';
import { decodeTrade } from './codec/trades.ts';
import type { InstrumentIndex } from './instrument-index.ts';
import type { Params, QueryMethod } from './methods.ts';

/** Sends one query and answers its undecoded result. Throws VENUE_* or NETWORK_*. */
export type QueryCall = (
  method: QueryMethod,
  params: Params,
  timeoutMs: number,
) => Promise<unknown>;

/** Queries answer within this or are of no use to a decision. */
const defaultTimeoutMs = 5_000;
/** `get_instruments` carries megabytes. */
const instrumentsTimeoutMs = 15_000;
/** Rows per page: the venue's maximum. */
export const maxRowsPerPage = 1_000;

/** Announcements of one answer: the venue's maximum. */
const announcementsPerPage = 50;

export interface PlatformStatus {
  readonly locked: 'true' | 'partial' | 'false';
  readonly lockedIndices: readonly string[];
}

export interface BookSnapshot {
  readonly instrument: Instrument;
  readonly changeId: number;
  readonly tsUs: number;
  readonly state: InstrumentState;
  /** Flat ticks and lots, best first. */
  readonly bids: readonly number[];
  readonly asks: readonly number[];
  readonly markFloat: number | null;
  readonly indexFloat: number | null;
}

export interface PublicTrade {
  readonly tradeId: string;
  readonly tradeSeq: number;
  readonly tsUs: number;
  readonly priceTicks: number;
  readonly lots: number;
  readonly side: 'buy' | 'sell';
}

/**
 * All instruments of a currency (`BTC`, `ETH`, `USDC`, …), or one. A row of an instrument that is
 * not known any more ends the read: ask for one where only one matters.
 */
export type HistoryScope = { readonly currency: string } | { readonly instrumentName: string };

function scopeOf(scope: HistoryScope) {
  return 'currency' in scope
    ? { suffix: 'currency' as const, params: { currency: scope.currency } }
    : { suffix: 'instrument' as const, params: { instrument_name: scope.instrumentName } };
}

export type HistoryRequest = HistoryScope & {
  /** False: the last 30 minutes. True: everything older, after the venue's indexing delay. */
  readonly historical: boolean;
  readonly offset?: number;
  readonly count?: number;
};

export type TradesRequest = HistoryScope & {
  /** Epoch µs, inclusive; sent as whole milliseconds, rounded down. */
  readonly startUs: number;
  readonly endUs: number;
  /** False: the last 24 hours. True: everything older. */
  readonly historical: boolean;
  readonly count?: number;
};

export class DeribitQueries {
  readonly #call: QueryCall;
  readonly #instruments: InstrumentIndex;

  constructor(call: QueryCall, instruments: InstrumentIndex) {
    this.#call = call;
    this.#instruments = instruments;
  }

  /** All tradable instruments of a currency, put into the index. Spot and combos are left out. */
  async instruments(currency = 'any', kind?: 'future' | 'option'): Promise<InstrumentListing[]> {
    const params = { currency, expired: false, ...(kind === undefined ? {} : { kind }) };
    const rows = await this.#call('public/get_instruments', params, instrumentsTimeoutMs);
    const listings = listOf(rows, 'instruments')
      .map(instrumentListingOf)
      .filter((listing) => listing !== undefined);
    this.#instruments.put(listings);
    return listings;
  }

  async openOrders(): Promise<VenueOrder[]> {
    return decodeOrders(await this.#ask('private/get_open_orders', {}), this.#instruments.find);
  }

  /** Every order with this label that the venue still remembers, in any state. */
  async ordersByLabel(currency: string, label: string): Promise<VenueOrder[]> {
    const rows = await this.#ask('private/get_order_state_by_label', { currency, label });
    return decodeOrders(rows, this.#instruments.find);
  }

  async openOrdersByLabel(currency: string, label: string): Promise<VenueOrder[]> {
    const rows = await this.#ask('private/get_open_orders_by_label', { currency, label });
    return decodeOrders(rows, this.#instruments.find);
  }

  /** Undefined never: an order the venue forgot is VENUE_REFUSED with `details.venueCode` 10004. */
  async order(orderId: string): Promise<VenueOrder> {
    const row = await this.#ask('private/get_order_state', { order_id: orderId });
    return decodeOrder(row, this.#instruments.find);
  }

  /** Closed orders, newest first, those that never filled included. */
  async orderHistory(request: HistoryRequest): Promise<VenueOrder[]> {
    const { suffix, params } = scopeOf(request);
    const rows = await this.#ask(`private/get_order_history_by_${suffix}`, {
      ...params,
      count: request.count ?? maxRowsPerPage,
      offset: request.offset ?? 0,
      include_old: true,
      include_unfilled: true,
      historical: request.historical,
    });
    return decodeOrders(rows, this.#instruments.find);
  }

  /** Our trades in a span of time, oldest first. `hasMore`: ask again from the last one's time. */
  async tradesSince(request: TradesRequest): Promise<{ trades: VenueTrade[]; hasMore: boolean }> {
    const { suffix, params } = scopeOf(request);
    const result = objectOf(
      await this.#ask(`private/get_user_trades_by_${suffix}_and_time`, {
        ...params,
        start_timestamp: Math.floor(request.startUs / 1_000),
        end_timestamp: Math.ceil(request.endUs / 1_000),
        count: request.count ?? maxRowsPerPage,
        sorting: 'asc',
        historical: request.historical,
      }),
      'trades',
    );
    const trades = decodeUserTrades(result.trades, this.#instruments.find);
    return { trades, hasMore: result.has_more === true };
  }

  async tradesOfOrder(orderId: string): Promise<VenueTrade[]> {
    const rows = await this.#ask('private/get_user_trades_by_order', { order_id: orderId });
    return decodeUserTrades(rows, this.#instruments.find);
  }

  /** Deliveries of a currency at expiry, newest first, one page of them. */
  async deliveries(currency: string, continuation?: string): Promise<DeliveryPage> {
    const params = { currency, type: 'delivery', count: maxRowsPerPage };
    const rows = await this.#ask('private/get_settlement_history_by_currency', {
      ...params,
      ...(continuation === undefined ? {} : { continuation }),
    });
    return decodeDeliveryPage(rows, this.#instruments.find);
  }

  /** Positions; flat ones may be among them. */
  async positions(currency = 'any'): Promise<VenuePosition[]> {
    const rows = await this.#ask('private/get_positions', { currency });
    return listOf(rows, 'positions').map((row) => decodePosition(row, this.#instruments.find));
  }

  async accounts(): Promise<VenueAccount[]> {
    const result = objectOf(
      await this.#ask('private/get_account_summaries', {}),
      'account summaries',
    );
    return listOf(result.summaries, 'summaries').map(decodeAccount);
  }

  /** The rate the venue lets us trade at; undefined when it does not say. */
  async tradingLimits(currency: string): Promise<TradingLimits | undefined> {
    const params = { currency, extended: true };
    return decodeTradingLimits(await this.#ask('private/get_account_summary', params));
  }

  async bookSnapshot(instrument: Instrument, depth: number): Promise<BookSnapshot> {
    const params = { instrument_name: instrument.name, depth };
    const row = objectOf(await this.#ask('public/get_order_book', params), 'order book');
    const bids = decodePairs(row.bids, instrument.price, instrument.amount);
    const asks = decodePairs(row.asks, instrument.price, instrument.amount);
    const tsUs = usOfMs(row.timestamp);
    const changeId = row.change_id;
    if (typeof bids === 'string' || typeof asks === 'string') throw malformed('order book', 'side');
    if (tsUs === undefined || typeof changeId !== 'number')
      throw malformed('order book', 'change_id');
    return {
      instrument,
      changeId,
      tsUs,
      state: stateOf(row.state),
      bids,
      asks,
      markFloat: floatOrNull(row.mark_price),
      indexFloat: floatOrNull(row.index_price),
    };
  }

  /** Recent public trades, oldest first: what fills a hole in the trade stream. */
  async lastTrades(
    instrument: Instrument,
    range: { readonly startSeq?: number; readonly count: number },
  ): Promise<PublicTrade[]> {
    const params = {
      instrument_name: instrument.name,
      count: Math.min(range.count, maxRowsPerPage),
      sorting: 'asc',
      ...(range.startSeq === undefined ? {} : { start_seq: range.startSeq }),
    };
    const result = objectOf(
      await this.#ask('public/get_last_trades_by_instrument', params),
      'trades',
    );
    const stamp = { channel: '', sessionEpoch: 0, receivedUs: 0, receivedMonotonicUs: 0 };
    const trades = listOf(result.trades, 'trades').map((row): PublicTrade => {
      const event = decodeTrade(objectOf(row, 'trade'), instrument, stamp);
      if (typeof event === 'string') throw malformed('trade', event);
      const { tradeId, tradeSeq, tsUs, priceTicks, lots, side } = event;
      return { tradeId, tradeSeq, tsUs, priceTicks, lots, side };
    });
    return trades.sort((a, b) => a.tradeSeq - b.tradeSeq);
  }

  /** Whether the platform is locked, wholly or for some indices. Anything unclear is locked. */
  async status(): Promise<PlatformStatus> {
    const row = objectOf(await this.#ask('public/status', {}), 'status');
    const said = String(row.locked);
    const locked = said === 'false' || said === 'partial' ? said : 'true';
    const indices = Array.isArray(row.locked_indices) ? (row.locked_indices as unknown[]) : [];
    return {
      locked,
      lockedIndices: indices.filter((name) => textOf(name) !== undefined).map(String),
    };
  }

  /** The newest announcements, newest first; `isWhole`: there are no older ones. */
  async announcements(): Promise<{ listed: VenueAnnouncement[]; isWhole: boolean }> {
    const params = { count: announcementsPerPage };
    const listed = decodeAnnouncements(await this.#ask('public/get_announcements', params));
    return { listed, isWhole: listed.length < announcementsPerPage };
  }

  /** Venue time, epoch µs (the venue counts milliseconds). */
  async time(): Promise<number> {
    const us = usOfMs(await this.#ask('public/get_time', {}));
    if (us === undefined) throw malformed('time', 'millisecond count');
    return us;
  }

  #ask(method: QueryMethod, params: Params): Promise<unknown> {
    return this.#call(method, params, defaultTimeoutMs);
  }
}
