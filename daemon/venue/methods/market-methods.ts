/** Public market data by request. */
import { z } from 'zod';
import {
  instrumentWire,
  invalidParam,
  levelPairs,
  type Market,
  refusal,
  summaryOfMarket,
  tickerRow,
  tradeRow,
  type VenueEngine,
} from '../../../streams/venues/simulated/index.ts';
import { type Call, type MethodRow, openMethod } from '../call.ts';
import { productKinds } from '../channel-name.ts';

export const currencyParam = z.string().max(8);
export const kindParam = z.enum(productKinds);
const currencies = ['BTC', 'ETH', 'USDC', 'USDT', 'EURR', 'any'];
const defaultDepth = 20;
const depthMax = 10_000;
const tradesMax = 1_000;

/** Markets of a currency and kind; an unknown currency is -32602. */
export function marketsOf(
  engine: VenueEngine,
  currency: string | undefined,
  kind: string | undefined,
): Market[] {
  const wanted = currency?.toUpperCase();
  const known = wanted === undefined || wanted === 'ANY' || currencies.includes(wanted);
  if (!known) throw invalidParam('currency', 'invalid value');
  return engine.markets.filter(({ product }) => {
    const rightCurrency = wanted === undefined || wanted === 'ANY' || product.currency === wanted;
    return rightCurrency && (kind === undefined || kind === 'any' || product.kind === kind);
  });
}

function orderBook(call: Call, name: string, depth: number): unknown {
  const market = call.venue.engine.market(name);
  const nowUs = call.venue.nowUs();
  return {
    ...tickerRow(market, nowUs),
    timestamp: Math.floor((market.bookTsUs === 0 ? nowUs : market.bookTsUs) / 1_000),
    change_id: market.changeId,
    bids: levelPairs(market.product, market.displayed('buy'), depth),
    asks: levelPairs(market.product, market.displayed('sell'), depth),
  };
}

const tradeWindow = {
  instrument_name: z.string(),
  start_seq: z.number().optional(),
  end_seq: z.number().optional(),
  start_timestamp: z.number().optional(),
  end_timestamp: z.number().optional(),
  count: z.number().int().min(1).max(tradesMax).default(10),
  sorting: z.enum(['asc', 'desc', 'default']).default('default'),
};

function lastTrades(call: Call, window: z.infer<z.ZodObject<typeof tradeWindow>>): unknown {
  const market = call.venue.engine.market(window.instrument_name);
  const matching = market.recentTrades.filter((trade) => {
    const ms = trade.tsUs / 1_000;
    if (window.start_seq !== undefined && trade.seq < window.start_seq) return false;
    if (window.end_seq !== undefined && trade.seq > window.end_seq) return false;
    if (window.start_timestamp !== undefined && ms < window.start_timestamp) return false;
    return window.end_timestamp === undefined || ms <= window.end_timestamp;
  });
  const forward = window.start_seq !== undefined || window.start_timestamp !== undefined;
  const chosen = forward ? matching.slice(0, window.count) : matching.slice(-window.count);
  if (window.sorting !== 'asc') chosen.reverse();
  return {
    trades: chosen.map((trade) => tradeRow(market.product, trade)),
    has_more: matching.length > window.count,
  };
}

function instruments(
  call: Call,
  currency: string | undefined,
  kind: string | undefined,
  expired: boolean,
): unknown {
  const found = marketsOf(call.venue.engine, currency, kind);
  return found
    .filter((market) => (market.state === 'closed') === expired)
    .map((market) => instrumentWire(market.product, market.state));
}

function currencyRow(currency: string): Record<string, unknown> {
  return {
    currency,
    currency_long: currency === 'BTC' ? 'Bitcoin' : currency === 'ETH' ? 'Ethereum' : currency,
    coin_type: currency,
    fee_precision: 4,
    withdrawal_fee: 0.0001,
    min_withdrawal_fee: 0.0001,
    min_confirmations: 1,
    in_cross_collateral_pool: true,
  };
}

export const marketMethods: Readonly<Record<string, MethodRow>> = {
  'public/get_instruments': openMethod(
    {
      cost: 'instruments',
      params: {
        currency: currencyParam.optional(),
        kind: kindParam.optional(),
        expired: z.boolean().default(false),
      },
    },
    (call, params) => instruments(call, params.currency, params.kind, params.expired),
  ),
  'public/get_instrument': openMethod(
    { params: { instrument_name: z.string() } },
    (call, params) => {
      const market = call.venue.engine.market(params.instrument_name);
      return instrumentWire(market.product, market.state);
    },
  ),
  'public/get_currencies': openMethod({}, (call) => {
    const used = new Set(call.venue.engine.markets.map((market) => market.product.currency));
    return [...used.add('USDC')].map(currencyRow);
  }),
  'public/ticker': openMethod({ params: { instrument_name: z.string() } }, (call, params) =>
    tickerRow(call.venue.engine.market(params.instrument_name), call.venue.nowUs()),
  ),
  'public/get_order_book': openMethod(
    {
      params: {
        instrument_name: z.string(),
        depth: z.number().int().min(1).max(depthMax).default(defaultDepth),
      },
    },
    (call, params) => orderBook(call, params.instrument_name, params.depth),
  ),
  'public/get_last_trades_by_instrument': openMethod({ params: tradeWindow }, lastTrades),
  'public/get_last_trades_by_instrument_and_time': openMethod({ params: tradeWindow }, lastTrades),
  'public/get_book_summary_by_currency': openMethod(
    { params: { currency: currencyParam, kind: kindParam.optional() } },
    (call, params) =>
      marketsOf(call.venue.engine, params.currency, params.kind).map((market) =>
        summaryOfMarket(market, call.venue.nowUs()),
      ),
  ),
  'public/get_book_summary_by_instrument': openMethod(
    { params: { instrument_name: z.string() } },
    (call, params) => [
      summaryOfMarket(call.venue.engine.market(params.instrument_name), call.venue.nowUs()),
    ],
  ),
  'public/get_index_price': openMethod({ params: { index_name: z.string() } }, (call, params) => {
    const price = call.venue.engine.indexes.get(params.index_name);
    if (price === undefined) throw invalidParam('index_name', 'invalid value');
    return { index_price: price, estimated_delivery_price: price };
  }),
  'public/get_index_price_names': openMethod({}, (call) => [...call.venue.engine.indexes.keys()]),
  'public/get_announcements': openMethod(
    {
      params: {
        start_timestamp: z.number().int().optional(),
        count: z.number().int().min(1).max(50).default(5),
      },
    },
    (call, { start_timestamp, count }) =>
      call.venue.announcements.before(start_timestamp ?? Number.POSITIVE_INFINITY, count),
  ),
  'public/get_funding_rate_value': openMethod(
    { params: { instrument_name: z.string() } },
    (call, params) => {
      const market = call.venue.engine.market(params.instrument_name);
      if (market.product.settlementPeriod !== 'perpetual') throw refusal(10020);
      return market.mark.funding8h;
    },
  ),
};
