/** Queries about our own orders, trades, positions and money. Result shapes differ by method. */
import { z } from 'zod';
import {
  invalidParam,
  type Market,
  marginOf,
  type Order,
  orderRow,
  ownOrder,
  positionRow,
  refusal,
  type UserTrade,
  userTradeRow,
} from '../../../streams/venues/simulated/index.ts';
import { type MethodRow, method, type PrivateCall } from '../call.ts';
import { inScope } from './cancel-methods.ts';
import { currencyParam, kindParam, marketsOf } from './market-methods.ts';

/** Unfilled cancelled orders are forgotten by `get_order_state` and the recent history after this. */
const unfilledMemoryUs = 30 * 60 * 1_000_000;
const recentTradesUs = 24 * 3_600 * 1_000_000;
const historyMax = 1_000;

const trade = { access: 'trade:read' } as const;
const typeParam = z.string().optional();

function openOrders(
  call: PrivateCall,
  matches: (order: Order) => boolean,
  type = 'all',
): unknown[] {
  const rows = [...call.customer.account.openOrders.values()].filter(matches).map(orderRow);
  if (type === 'all') return rows;
  if (type === 'trigger_all') return rows.filter((row) => row.order_state === 'untriggered');
  const family = /^(stop|take|trailing)_all$/.exec(type)?.[1];
  return rows.filter(({ order_type }) =>
    family === undefined ? order_type === type : String(order_type).startsWith(`${family}_`),
  );
}

const historyParams = {
  count: z.number().int().min(1).max(historyMax).default(20),
  offset: z.number().int().min(0).default(0),
  include_old: z.boolean().default(false),
  include_unfilled: z.boolean().default(false),
  with_continuation: z.boolean().default(false),
  historical: z.boolean().default(false),
};

function orderHistory(
  call: PrivateCall,
  matches: (order: Order) => boolean,
  params: z.infer<z.ZodObject<typeof historyParams>>,
): unknown {
  const finished = [...call.customer.account.finishedOrders.values()].reverse();
  const nowUs = call.venue.nowUs();
  const found = finished.filter((order) => {
    if (!matches(order) || (order.filledLots === 0 && !params.include_unfilled)) return false;
    const recent = nowUs - order.updatedUs <= unfilledMemoryUs;
    return params.include_old || recent !== params.historical;
  });
  const page = found.slice(params.offset, params.offset + params.count).map(orderRow);
  if (!params.with_continuation) return page;
  const end = params.offset + params.count;
  return { orders: page, continuation: end < found.length ? String(end) : null };
}

const tradeParams = {
  count: z.number().int().min(1).max(historyMax).default(10),
  start_seq: z.number().optional(),
  end_seq: z.number().optional(),
  start_id: z.string().optional(),
  end_id: z.string().optional(),
  start_timestamp: z.number().optional(),
  end_timestamp: z.number().optional(),
  sorting: z.enum(['asc', 'desc', 'default']).default('default'),
  historical: z.boolean().default(false),
  include_old: z.boolean().default(false),
};
type TradeParams = z.infer<z.ZodObject<typeof tradeParams>>;

function userTrades(
  call: PrivateCall,
  matches: (trade: UserTrade) => boolean,
  params: TradeParams,
): unknown {
  const { account } = call.customer;
  const nowUs = call.venue.nowUs();
  const found = account.trades.filter(({ trade: item, ...rest }) => {
    const recent = nowUs - item.tsUs <= recentTradesUs;
    if (!params.include_old && recent === params.historical) return false;
    return matches({ trade: item, ...rest }) && inWindow(item, params);
  });
  const forward =
    params.start_timestamp !== undefined ||
    params.start_seq !== undefined ||
    params.start_id !== undefined;
  const chosen = forward ? found.slice(0, params.count) : found.slice(-params.count);
  if (params.sorting === 'desc' || (params.sorting === 'default' && !forward)) chosen.reverse();
  const rows = chosen.map((item) => userTradeRow(call.venue.engine, account, item));
  return { trades: rows, has_more: found.length > params.count };
}

function inWindow(item: UserTrade['trade'], params: TradeParams): boolean {
  const ms = Math.floor(item.tsUs / 1_000);
  if (params.start_seq !== undefined && item.seq < params.start_seq) return false;
  if (params.end_seq !== undefined && item.seq > params.end_seq) return false;
  if (params.start_id !== undefined && idNumber(item.id) < idNumber(params.start_id)) return false;
  if (params.end_id !== undefined && idNumber(item.id) > idNumber(params.end_id)) return false;
  if (params.start_timestamp !== undefined && ms < params.start_timestamp) return false;
  return params.end_timestamp === undefined || ms <= params.end_timestamp;
}

/** Ids grow with time behind their currency prefix. */
function idNumber(id: string): number {
  return Number(id.slice(id.lastIndexOf('-') + 1));
}

function tradesOfCurrency(
  call: PrivateCall,
  params: TradeParams & { currency: string; kind?: string | undefined },
): unknown {
  const indexes = new Set(
    marketsOf(call.venue.engine, params.currency, params.kind).map(
      (market) => market.product.index,
    ),
  );
  return userTrades(call, (item) => indexes.has(item.productIndex), params);
}

function tradesOfInstrument(
  call: PrivateCall,
  params: TradeParams & { instrument_name: string },
): unknown {
  const { index } = call.venue.engine.market(params.instrument_name).product;
  return userTrades(call, (item) => item.productIndex === index, params);
}

function tradesOfOrder(call: PrivateCall, orderId: string, sorting: string): unknown[] {
  const { account } = call.customer;
  const found = account.trades.filter((item) => item.orderId === orderId);
  const rows = found.map((item) => userTradeRow(call.venue.engine, account, item));
  return sorting === 'desc' ? rows.reverse() : rows;
}

function orderState(call: PrivateCall, orderId: string): unknown {
  const order = ownOrder(call.venue.engine, call.customer.account, orderId);
  const forgotten =
    order.state === 'cancelled' &&
    order.filledLots === 0 &&
    call.venue.nowUs() - order.updatedUs > unfilledMemoryUs;
  if (forgotten) throw refusal(10004);
  return orderRow(order);
}

function byLabel(call: PrivateCall, currency: string, label: string): unknown[] {
  const scope = inScope(currency, undefined);
  const { openOrders: open, finishedOrders: finished } = call.customer.account;
  const all = [...open.values(), ...finished.values()];
  return all.filter((order) => order.label === label && scope(order)).map(orderRow);
}

function ownPosition(call: PrivateCall, market: Market): Record<string, unknown> {
  const { account } = call.customer;
  const { product } = market;
  const figures = marginOf(account, product.currency, (at) => call.venue.engine.marketAt(at));
  return positionRow(market, account.positions.get(product.index), figures);
}

function positions(
  call: PrivateCall,
  currency: string | undefined,
  kind: string | undefined,
): unknown[] {
  const { account } = call.customer;
  const rows: unknown[] = [];
  for (const market of marketsOf(call.venue.engine, currency, kind)) {
    const position = account.positions.get(market.product.index);
    if (position !== undefined) rows.push(ownPosition(call, market));
  }
  return rows;
}

export const queryMethods: Readonly<Record<string, MethodRow>> = {
  'private/get_open_orders': method(
    { ...trade, params: { kind: kindParam.optional(), type: typeParam } },
    (call, params) => openOrders(call, inScope('any', params.kind), params.type),
  ),
  'private/get_open_orders_by_currency': method(
    { ...trade, params: { currency: currencyParam, kind: kindParam.optional(), type: typeParam } },
    (call, params) => openOrders(call, inScope(params.currency, params.kind), params.type),
  ),
  'private/get_open_orders_by_instrument': method(
    { ...trade, params: { instrument_name: z.string(), type: typeParam } },
    (call, params) => {
      const market = call.venue.engine.market(params.instrument_name);
      return openOrders(call, (order) => order.market === market, params.type);
    },
  ),
  'private/get_open_orders_by_label': method(
    { ...trade, params: { currency: currencyParam, label: z.string() } },
    (call, params) => {
      if (params.currency.toUpperCase() === 'ANY') throw invalidParam('currency', 'invalid value');
      const scope = inScope(params.currency, undefined);
      return openOrders(call, (order) => order.label === params.label && scope(order));
    },
  ),
  'private/get_order_state': method(
    { ...trade, params: { order_id: z.string() } },
    (call, params) => orderState(call, params.order_id),
  ),
  'private/get_order_state_by_label': method(
    { ...trade, params: { currency: currencyParam, label: z.string() } },
    (call, params) => byLabel(call, params.currency, params.label),
  ),
  'private/get_order_history_by_currency': method(
    { ...trade, params: { currency: currencyParam, kind: kindParam.optional(), ...historyParams } },
    (call, params) => orderHistory(call, inScope(params.currency, params.kind), params),
  ),
  'private/get_order_history_by_instrument': method(
    { ...trade, params: { instrument_name: z.string(), ...historyParams } },
    (call, params) => {
      const market = call.venue.engine.market(params.instrument_name);
      return orderHistory(call, (order) => order.market === market, params);
    },
  ),
  'private/get_user_trades_by_currency': method(
    { ...trade, params: { currency: currencyParam, kind: kindParam.optional(), ...tradeParams } },
    tradesOfCurrency,
  ),
  'private/get_user_trades_by_currency_and_time': method(
    { ...trade, params: { currency: currencyParam, kind: kindParam.optional(), ...tradeParams } },
    tradesOfCurrency,
  ),
  'private/get_user_trades_by_instrument': method(
    { ...trade, params: { instrument_name: z.string(), ...tradeParams } },
    tradesOfInstrument,
  ),
  'private/get_user_trades_by_instrument_and_time': method(
    { ...trade, params: { instrument_name: z.string(), ...tradeParams } },
    tradesOfInstrument,
  ),
  'private/get_user_trades_by_order': method(
    {
      ...trade,
      params: {
        order_id: z.string(),
        sorting: tradeParams.sorting,
        historical: z.boolean().default(false),
      },
    },
    (call, params) => tradesOfOrder(call, params.order_id, params.sorting),
  ),
  'private/get_position': method(
    { ...trade, params: { instrument_name: z.string() } },
    (call, params) => {
      const market = call.venue.engine.market(params.instrument_name);
      return ownPosition(call, market);
    },
  ),
  'private/get_positions': method(
    { ...trade, params: { currency: currencyParam.optional(), kind: kindParam.optional() } },
    (call, params) => positions(call, params.currency, params.kind),
  ),
};
