/** What has been: candles, settlements, deliveries, funding. */
import { z } from 'zod';
import {
  invalidParam,
  refusal,
  type Settlement,
  settlementRow,
} from '../../../streams/venues/simulated/index.ts';
import { type Call, type MethodRow, method, openMethod, type PrivateCall } from '../call.ts';
import { chartMinutes } from '../channel-name.ts';
import { currencyParam, marketsOf } from './market-methods.ts';

const candlesMax = 5_000;
const settlementsMax = 1_000;
const timestampParam = z.number().int();

function candles(
  call: Call,
  params: {
    instrument_name: string;
    start_timestamp: number;
    end_timestamp: number;
    resolution: string;
  },
): unknown {
  const minutes = chartMinutes[params.resolution];
  if (minutes === undefined) throw invalidParam('resolution', 'invalid value');
  const market = call.venue.engine.market(params.instrument_name);
  const bars = market.day
    .candles(minutes, params.start_timestamp, params.end_timestamp)
    .slice(-candlesMax);
  return {
    ticks: bars.map((bar) => bar.tickMs),
    open: bars.map((bar) => bar.open),
    high: bars.map((bar) => bar.high),
    low: bars.map((bar) => bar.low),
    close: bars.map((bar) => bar.close),
    volume: bars.map((bar) => bar.volume),
    cost: bars.map((bar) => bar.cost),
    status: bars.length === 0 ? 'no_data' : 'ok',
  };
}

const settlementParams = {
  type: z.enum(['settlement', 'delivery', 'bankruptcy']).optional(),
  count: z.number().int().min(1).max(settlementsMax).default(20),
  /** Epoch ms: nothing younger. */
  search_start_timestamp: timestampParam.optional(),
  /** Where the page before ended. */
  continuation: z.string().optional(),
};

function ownSettlements(
  call: PrivateCall,
  matches: (item: Settlement) => boolean,
  params: z.infer<z.ZodObject<typeof settlementParams>>,
): unknown {
  const { engine } = call.venue;
  const found = engine.settlements.filter((item) => {
    const mine = item.account === call.customer.account;
    const wanted = params.type === undefined || item.kind === params.type;
    const young = item.tsUs / 1_000 > (params.search_start_timestamp ?? Number.POSITIVE_INFINITY);
    return mine && wanted && !young && matches(item);
  });
  // Counted from the oldest, so that what is added meanwhile moves no page.
  const end = params.continuation === undefined ? found.length : Number(params.continuation);
  if (!Number.isInteger(end) || end < 0) throw invalidParam('continuation', 'invalid value');
  const start = Math.max(0, end - params.count);
  const rows = found.slice(start, end).reverse();
  return {
    settlements: rows.map((item) => settlementRow(engine, item)),
    continuation: start === 0 ? 'none' : String(start),
  };
}

function deliveryPrices(call: Call, indexName: string, count: number): unknown {
  const byDay = new Map<string, number>();
  for (const market of call.venue.engine.markets) {
    const { product } = market;
    // A recording may close a product without saying at what price: 0.
    if (product.indexName !== indexName || market.settlementPrice <= 0) continue;
    if (market.state !== 'closed') continue;
    byDay.set(new Date(product.expiryMs).toISOString().slice(0, 10), market.settlementPrice);
  }
  const rows = [...byDay].map(([date, price]) => ({ date, delivery_price: price }));
  return { data: rows.reverse().slice(0, count), records_total: rows.length };
}

export const historyMethods: Readonly<Record<string, MethodRow>> = {
  'public/get_tradingview_chart_data': openMethod(
    {
      params: {
        instrument_name: z.string(),
        start_timestamp: timestampParam,
        end_timestamp: timestampParam,
        resolution: z.string(),
      },
    },
    candles,
  ),
  'public/get_delivery_prices': openMethod(
    { params: { index_name: z.string(), count: z.number().int().min(1).default(10) } },
    (call, params) => deliveryPrices(call, params.index_name, params.count),
  ),
  'private/get_settlement_history_by_instrument': method(
    { access: 'trade:read', params: { instrument_name: z.string(), ...settlementParams } },
    (call, params) => {
      const { index } = call.venue.engine.market(params.instrument_name).product;
      return ownSettlements(call, (item) => item.productIndex === index, params);
    },
  ),
  'private/get_settlement_history_by_currency': method(
    { access: 'trade:read', params: { currency: currencyParam, ...settlementParams } },
    (call, params) => {
      const markets = marketsOf(call.venue.engine, params.currency, undefined);
      const indexes = new Set(markets.map((market) => market.product.index));
      return ownSettlements(call, (item) => indexes.has(item.productIndex), params);
    },
  ),
  'private/set_self_trading_config': method(
    {
      access: 'account:read_write',
      params: {
        mode: z.enum(['cancel_maker', 'reject_taker']),
        extended_to_subaccounts: z.boolean().default(false),
      },
    },
    (call, params) => {
      if (params.extended_to_subaccounts) throw refusal(10033);
      const { engine } = call.venue;
      const { account } = call.customer;
      return engine.run(call.venue.nowUs(), () => {
        account.selfTrading = params.mode;
        engine.touchedBooks.account(account);
        return 'ok';
      });
    },
  ),
};
