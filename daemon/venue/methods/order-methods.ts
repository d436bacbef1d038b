/** Orders: placing, changing, cancelling. */
import { z } from 'zod';
import {
  amountFloat,
  cancel,
  cancelWhere,
  closingTerms,
  edit,
  editTrigger,
  lotsOfWire,
  type Order,
  orderRow,
  ownOrder,
  place,
  placeTrigger,
  refusal,
  ticksOfWire,
  userTradeRow,
} from '../../../streams/venues/simulated/index.ts';
import { type MethodRow, method, type PrivateCall } from '../call.ts';
import { currencyParam, kindParam } from './market-methods.ts';
import {
  amountParam,
  type TermsParams,
  termsOf,
  termsParams,
  triggerOf,
  triggerPriceOf,
} from './order-terms.ts';

function placeOrder(call: PrivateCall, side: 'buy' | 'sell', params: TermsParams): unknown {
  const { engine } = call.venue;
  return engine.run(call.venue.nowUs(), () => {
    const market = engine.market(params.instrument_name);
    const { account } = call.customer;
    const terms = termsOf(call, market, side, params);
    const trigger = triggerOf(market, params);
    const order =
      trigger === undefined
        ? place(engine, account, market, terms)
        : placeTrigger(engine, account, market, terms, trigger);
    return resultOf(call, order, 0);
  });
}

/** The order and the trades it made since `tradesBefore` entries of the account's history. */
function resultOf(call: PrivateCall, order: Order, filledBefore: number): unknown {
  const { account } = call.customer;
  const made: unknown[] = [];
  let lots = order.filledLots - filledBefore;
  for (let at = account.trades.length - 1; at >= 0 && lots > 0; at -= 1) {
    const trade = account.trades[at];
    if (trade === undefined) break;
    if (trade.orderId !== order.id) continue;
    lots -= trade.trade.lots;
    made.push(userTradeRow(call.venue.engine, account, trade));
  }
  return { order: orderRow(order), trades: made.reverse() };
}

const editParams = {
  amount: amountParam.optional(),
  contracts: amountParam.optional(),
  price: z.number().optional(),
  post_only: z.boolean().optional(),
  reject_post_only: z.boolean().optional(),
  reduce_only: z.boolean().optional(),
  trigger_price: z.number().positive().optional(),
  valid_until: z.number().optional(),
};

function editOrder(
  call: PrivateCall,
  order: Order,
  params: z.infer<z.ZodObject<typeof editParams>>,
): unknown {
  const filledBefore = order.filledLots;
  const sized = params.amount !== undefined || params.contracts !== undefined;
  const lots = sized ? lotsOfWire(order.market, params.amount, params.contracts) : undefined;
  const priceTicks =
    params.price === undefined ? undefined : ticksOfWire(order.market, params.price);
  if (order.state === 'untriggered') {
    const triggerPrice =
      params.trigger_price === undefined
        ? undefined
        : triggerPriceOf(order.market, params.trigger_price);
    editTrigger(call.venue.engine, order, { lots, priceTicks, triggerPrice });
    return resultOf(call, order, filledBefore);
  }
  edit(call.venue.engine, order, {
    lots,
    priceTicks,
    postOnly: params.post_only,
    rejectPostOnly: params.reject_post_only,
    reduceOnly: params.reduce_only,
    validUntilMs: params.valid_until,
  });
  return resultOf(call, order, filledBefore);
}

function onlyByLabel(call: PrivateCall, label: string, instrument: string): Order {
  const found = [...call.customer.account.openOrders.values()].filter(
    (order) => order.label === label && order.market.product.name === instrument,
  );
  const [order] = found;
  if (order === undefined) throw refusal(10004);
  if (found.length > 1) throw refusal(13032);
  return order;
}

function cancelMany(
  call: PrivateCall,
  matches: (order: Order) => boolean,
  detailed: boolean,
): unknown {
  const { engine } = call.venue;
  const { account } = call.customer;
  return engine.run(call.venue.nowUs(), () => {
    if (!detailed) return cancelWhere(engine, account, matches);
    const orders = [...account.openOrders.values()].filter(matches);
    cancelWhere(engine, account, matches);
    const names = new Set(orders.map((order) => order.market.product.name));
    return [...names].map((name) => ({
      instrument_name: name,
      type: 'limit',
      result: orders.filter((order) => order.market.product.name === name).map(orderRow),
    }));
  });
}

const detailed = { detailed: z.boolean().default(false) };

function closePosition(
  call: PrivateCall,
  params: { instrument_name: string; type: 'limit' | 'market'; price?: number | undefined },
): unknown {
  const { engine } = call.venue;
  return engine.run(call.venue.nowUs(), () => {
    const market = engine.market(params.instrument_name);
    const { side, lots } = closingTerms(call.customer.account, market);
    const amount = amountFloat(market.product, lots);
    const wire = termsParams;
    const parsed = z.object(wire).parse({ ...params, amount, reduce_only: true });
    return resultOf(
      call,
      place(engine, call.customer.account, market, {
        ...termsOf(call, market, side, parsed),
        lots,
      }),
      0,
    );
  });
}

const trading = { access: 'trade:read_write', cost: 'matching' } as const;

export const orderMethods: Readonly<Record<string, MethodRow>> = {
  'private/buy': method({ ...trading, params: termsParams }, (call, params) =>
    placeOrder(call, 'buy', params),
  ),
  'private/sell': method({ ...trading, params: termsParams }, (call, params) =>
    placeOrder(call, 'sell', params),
  ),
  'private/edit': method(
    { ...trading, params: { order_id: z.string(), ...editParams } },
    (call, params) => {
      const { engine } = call.venue;
      return engine.run(call.venue.nowUs(), () =>
        editOrder(call, ownOrder(engine, call.customer.account, params.order_id), params),
      );
    },
  ),
  'private/edit_by_label': method(
    { ...trading, params: { label: z.string(), instrument_name: z.string(), ...editParams } },
    (call, params) =>
      call.venue.engine.run(call.venue.nowUs(), () =>
        editOrder(call, onlyByLabel(call, params.label, params.instrument_name), params),
      ),
  ),
  'private/cancel': method({ ...trading, params: { order_id: z.string() } }, (call, params) => {
    const { engine } = call.venue;
    return engine.run(call.venue.nowUs(), () =>
      orderRow(cancel(engine, ownOrder(engine, call.customer.account, params.order_id))),
    );
  }),
  'private/cancel_all': method({ ...trading, params: detailed }, (call, params) =>
    cancelMany(call, () => true, params.detailed),
  ),
  'private/cancel_all_by_currency': method(
    { ...trading, params: { currency: currencyParam, kind: kindParam.optional(), ...detailed } },
    (call, params) => cancelMany(call, inScope(params.currency, params.kind), params.detailed),
  ),
  'private/cancel_all_by_kind_or_type': method(
    {
      ...trading,
      params: {
        currency: z.union([currencyParam, z.array(currencyParam)]),
        kind: kindParam.optional(),
        ...detailed,
      },
    },
    (call, params) => {
      const scopes = [params.currency].flat().map((currency) => inScope(currency, params.kind));
      return cancelMany(call, (order) => scopes.some((scope) => scope(order)), params.detailed);
    },
  ),
  'private/cancel_all_by_instrument': method(
    { ...trading, params: { instrument_name: z.string(), ...detailed } },
    (call, params) => {
      const market = call.venue.engine.market(params.instrument_name);
      return cancelMany(call, (order) => order.market === market, params.detailed);
    },
  ),
  'private/cancel_by_label': method(
    { ...trading, params: { label: z.string(), currency: currencyParam.optional() } },
    (call, params) => {
      const scope = inScope(params.currency ?? 'any', undefined);
      return cancelMany(call, (order) => order.label === params.label && scope(order), false);
    },
  ),
  'private/close_position': method(
    {
      ...trading,
      params: {
        instrument_name: z.string(),
        type: z.enum(['limit', 'market']),
        price: z.number().optional(),
      },
    },
    closePosition,
  ),
};

/** True for orders of a currency (`any` is all of them) and kind. */
export function inScope(currency: string, kind: string | undefined): (order: Order) => boolean {
  const wanted = currency.toUpperCase();
  return ({ market: { product } }) => {
    const rightKind = kind === undefined || kind === 'any' || product.kind === kind;
    return rightKind && (wanted === 'ANY' || product.currency === wanted);
  };
}
