/** Placing orders, closing positions. */
import { z } from 'zod';
import {
  amountFloat,
  closingTerms,
  type Order,
  orderRow,
  place,
  placeLinked,
  placeTrigger,
  userTradeRow,
} from '../../../streams/venues/simulated/index.ts';
import { type MethodRow, method, type PrivateCall } from '../call.ts';
import { askedOf, type TermsParams, termsOf, termsParams } from './order-terms.ts';

function placeOrder(call: PrivateCall, side: 'buy' | 'sell', params: TermsParams): unknown {
  const { engine } = call.venue;
  return engine.run(call.venue.nowUs(), () => {
    const market = engine.market(params.instrument_name);
    const { account } = call.customer;
    const { terms, trigger, group } = askedOf(call, market, side, params);
    if (group !== undefined)
      return resultOf(call, placeLinked(engine, account, market, { terms, trigger }, group), 0);
    const order =
      trigger === undefined
        ? place(engine, account, market, terms)
        : placeTrigger(engine, account, market, terms, trigger);
    return resultOf(call, order, 0);
  });
}

/** The order and the trades it made since `tradesBefore` entries of the account's history. */
export function resultOf(call: PrivateCall, order: Order, filledBefore: number): unknown {
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

export const trading = { access: 'trade:read_write', cost: 'matching' } as const;

export const orderMethods: Readonly<Record<string, MethodRow>> = {
  'private/buy': method({ ...trading, params: termsParams }, (call, params) =>
    placeOrder(call, 'buy', params),
  ),
  'private/sell': method({ ...trading, params: termsParams }, (call, params) =>
    placeOrder(call, 'sell', params),
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
