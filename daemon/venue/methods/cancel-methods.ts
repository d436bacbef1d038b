/** Cancelling: one order, many by what they have in common, quotes. */
import { z } from 'zod';
import {
  cancel,
  cancelWhere,
  invalidParam,
  type Order,
  orderRow,
  ownOrder,
} from '../../../streams/venues/simulated/index.ts';
import { type MethodRow, method, type PrivateCall } from '../call.ts';
import { currencyParam, kindParam } from './market-methods.ts';
import { trading } from './order-methods.ts';

/** How long quotes are refused after a cancel that asks for it. */
const quoteFreezeUs = 1_000_000;

const typeParam = z
  .enum(['all', 'limit', 'trigger_all', 'stop', 'take', 'trailing_stop'])
  .default('all');
const how = { detailed: z.boolean().default(false), freeze_quotes: z.boolean().default(false) };
type How = z.infer<z.ZodObject<typeof how>>;

function cancelMany(
  call: PrivateCall,
  matches: (order: Order) => boolean,
  { detailed, freeze_quotes: freeze }: How,
): unknown {
  const { engine } = call.venue;
  const { account } = call.customer;
  return engine.run(call.venue.nowUs(), () => {
    if (freeze) account.quotesFrozenUntilUs = engine.nowUs + quoteFreezeUs;
    if (!detailed) return cancelWhere(engine, account, matches);
    const orders = [...account.openOrders.values()].filter(matches);
    cancelWhere(engine, account, matches);
    return reportOf(orders);
  });
}

/** One report for each product and kind of order. */
function reportOf(orders: readonly Order[]): unknown[] {
  const reports = new Map<string, { type: string; instrument_name: string; result: unknown[] }>();
  for (const order of orders) {
    const type = order.trigger === undefined ? 'limit' : 'trigger';
    const { name } = order.market.product;
    const report = reports.get(`${name}/${type}`) ?? { type, instrument_name: name, result: [] };
    report.result.push(orderRow(order));
    reports.set(`${name}/${type}`, report);
  }
  return [...reports.values()];
}

function isOfType({ state, trigger }: Order, type: z.infer<typeof typeParam>): boolean {
  if (type === 'all') return true;
  if (type === 'limit') return state === 'open';
  if (type === 'trigger_all') return state === 'untriggered';
  return (
    state === 'untriggered' && trigger?.kind === (type === 'trailing_stop' ? 'trailing' : type)
  );
}

/** True for orders of a currency (`any` is all of them) and kind. */
export function inScope(currency: string, kind: string | undefined): (order: Order) => boolean {
  const wanted = currency.toUpperCase();
  return ({ market: { product } }) => {
    const rightKind = kind === undefined || kind === 'any' || product.kind === kind;
    return rightKind && (wanted === 'ANY' || product.currency === wanted);
  };
}

const quoteParams = {
  cancel_type: z.enum([
    'delta',
    'quote_set_id',
    'instrument',
    'instrument_kind',
    'currency',
    'currency_pair',
    'all',
  ]),
  min_delta: z.number().optional(),
  max_delta: z.number().optional(),
  quote_set_id: z.string().optional(),
  instrument_name: z.string().optional(),
  kind: kindParam.optional(),
  currency: currencyParam.optional(),
  currency_pair: z.string().optional(),
  ...how,
};
type QuoteParams = z.infer<z.ZodObject<typeof quoteParams>>;

const quoteNeeds: Readonly<Record<QuoteParams['cancel_type'], readonly (keyof QuoteParams)[]>> = {
  delta: ['min_delta', 'max_delta'],
  quote_set_id: ['quote_set_id'],
  instrument: ['instrument_name'],
  instrument_kind: ['kind'],
  currency: ['currency'],
  currency_pair: ['currency_pair'],
  all: [],
};

/** Quotes that a cancel means. Refuses with -32602 when what its type needs is missing. */
function quoteFilter(params: QuoteParams): (order: Order) => boolean {
  for (const name of quoteNeeds[params.cancel_type])
    if (params[name] === undefined) throw invalidParam(name, 'value required');
  const { cancel_type: type, min_delta: min = 0, max_delta: max = 0 } = params;
  const scope = inScope(params.currency ?? 'any', params.kind);
  return (order) => {
    const { product, mark } = order.market;
    if (order.quote === undefined || !scope(order)) return false;
    if (type === 'delta') {
      const delta = product.kind === 'option' ? (mark.greeks?.deltaFloat ?? 0) : 1;
      return delta >= min && delta <= max;
    }
    if (type === 'quote_set_id') return order.quote.quoteSetId === params.quote_set_id;
    if (type === 'instrument') return product.name === params.instrument_name;
    return type !== 'currency_pair' || product.indexName === params.currency_pair;
  };
}

const scoped = { kind: kindParam.optional(), type: typeParam, ...how };

export const cancelMethods: Readonly<Record<string, MethodRow>> = {
  'private/cancel': method({ ...trading, params: { order_id: z.string() } }, (call, params) => {
    const { engine } = call.venue;
    return engine.run(call.venue.nowUs(), () =>
      orderRow(cancel(engine, ownOrder(engine, call.customer.account, params.order_id))),
    );
  }),
  'private/cancel_all': method({ ...trading, params: how }, (call, params) =>
    cancelMany(call, () => true, params),
  ),
  'private/cancel_all_by_currency': method(
    { ...trading, params: { currency: currencyParam, ...scoped } },
    (call, params) => {
      const scope = inScope(params.currency, params.kind);
      return cancelMany(call, (order) => scope(order) && isOfType(order, params.type), params);
    },
  ),
  'private/cancel_all_by_currency_pair': method(
    { ...trading, params: { currency_pair: z.string(), ...scoped } },
    (call, params) => {
      const scope = inScope('any', params.kind);
      const pair = params.currency_pair.toLowerCase();
      const isOfPair = ({ market }: Order): boolean => market.product.indexName === pair;
      return cancelMany(
        call,
        (order) => isOfPair(order) && scope(order) && isOfType(order, params.type),
        params,
      );
    },
  ),
  'private/cancel_all_by_kind_or_type': method(
    {
      ...trading,
      params: { currency: z.union([currencyParam, z.array(currencyParam)]), ...scoped },
    },
    (call, params) => {
      const scopes = [params.currency].flat().map((currency) => inScope(currency, params.kind));
      return cancelMany(
        call,
        (order) => scopes.some((scope) => scope(order)) && isOfType(order, params.type),
        params,
      );
    },
  ),
  'private/cancel_all_by_instrument': method(
    { ...trading, params: { instrument_name: z.string(), type: typeParam, ...how } },
    (call, params) => {
      const market = call.venue.engine.market(params.instrument_name);
      return cancelMany(
        call,
        (order) => order.market === market && isOfType(order, params.type),
        params,
      );
    },
  ),
  'private/cancel_by_label': method(
    { ...trading, params: { label: z.string(), currency: currencyParam.optional(), ...how } },
    (call, params) => {
      const scope = inScope(params.currency ?? 'any', undefined);
      return cancelMany(call, (order) => order.label === params.label && scope(order), params);
    },
  ),
  'private/cancel_quotes': method({ ...trading, params: quoteParams }, (call, params) =>
    cancelMany(call, quoteFilter(params), params),
  ),
};
