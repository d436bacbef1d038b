/** What is listed and where: combos (none), sizes, index names, expirations, trades of a currency. */
import { z } from 'zod';
import { tradeRow } from '../../../streams/venues/simulated/index.ts';
import { type Call, type MethodRow, openMethod } from '../call.ts';
import { currencyParam, kindParam, marketsOf } from './market-methods.ts';

const tradesMax = 1_000;

const currencyTrades = {
  currency: currencyParam,
  kind: kindParam.optional(),
  start_timestamp: z.number().optional(),
  end_timestamp: z.number().optional(),
  count: z.number().int().min(1).max(tradesMax).default(10),
  sorting: z.enum(['asc', 'desc', 'default']).default('default'),
};

function tradesOfCurrency(
  call: Call,
  params: z.infer<z.ZodObject<typeof currencyTrades>>,
): unknown {
  const { start_timestamp: from = 0, end_timestamp: to = Number.POSITIVE_INFINITY } = params;
  const found = marketsOf(call.venue.engine, params.currency, params.kind)
    .flatMap(({ product, recentTrades }) => recentTrades.map((trade) => ({ product, trade })))
    .filter(({ trade }) => trade.tsUs / 1_000 >= from && trade.tsUs / 1_000 <= to)
    .sort((a, b) => a.trade.tsUs - b.trade.tsUs);
  const forward = params.start_timestamp !== undefined;
  const chosen = forward ? found.slice(0, params.count) : found.slice(-params.count);
  if (params.sorting !== 'asc') chosen.reverse();
  return {
    trades: chosen.map(({ product, trade }) => tradeRow(product, trade)),
    has_more: found.length > params.count,
  };
}

/** Expiry names by kind, `PERPETUAL` among them, for the products of a currency. */
function expirations(call: Call, currency: string, kind: string | undefined): unknown {
  const names: Record<string, string[]> = {};
  for (const { product, state } of marketsOf(call.venue.engine, currency, kind)) {
    const code = product.name.split('-')[1];
    if (state === 'closed' || code === undefined) continue;
    const list = names[product.kind] ?? [];
    names[product.kind] = list.includes(code) ? list : [...list, code];
  }
  return names;
}

export const referenceMethods: Readonly<Record<string, MethodRow>> = {
  'public/get_last_trades_by_currency': openMethod({ params: currencyTrades }, tradesOfCurrency),
  'public/get_last_trades_by_currency_and_time': openMethod(
    { params: currencyTrades },
    tradesOfCurrency,
  ),
  'public/get_contract_size': openMethod(
    { params: { instrument_name: z.string() } },
    (call, params) => ({
      contract_size: call.venue.engine.market(params.instrument_name).product.contractSizeFloat,
    }),
  ),
  'public/get_supported_index_names': openMethod({}, (call) => [
    ...call.venue.engine.indexes.keys(),
  ]),
  'public/get_expirations': openMethod(
    { params: { currency: currencyParam, kind: kindParam.optional() } },
    (call, params) => expirations(call, params.currency, params.kind),
  ),
  'public/get_combos': openMethod({ params: { currency: currencyParam } }, () => []),
  'public/get_combo_ids': openMethod(
    { params: { currency: currencyParam, state: z.string().optional() } },
    () => [],
  ),
};
