/** The parameters of a new order, and the terms the engine is given for them. */
import { z } from 'zod';
import { gridCount } from '../../../streams/facts/decimal.ts';
import {
  invalidParam,
  lotsOfWire,
  type Market,
  type OrderTerms,
  refusal,
  type Trigger,
  ticksOfWire,
} from '../../../streams/venues/simulated/index.ts';
import type { PrivateCall } from '../call.ts';

const labelLengthMax = 64;
export const amountParam = z.number().positive();

export const termsParams = {
  instrument_name: z.string(),
  amount: amountParam.optional(),
  contracts: amountParam.optional(),
  type: z
    .enum([
      'limit',
      'market',
      'market_limit',
      'stop_limit',
      'stop_market',
      'take_limit',
      'take_market',
      'trailing_stop',
    ])
    .default('limit'),
  price: z.number().optional(),
  label: z.string().max(labelLengthMax).default(''),
  time_in_force: z
    .enum(['good_til_cancelled', 'good_til_day', 'fill_or_kill', 'immediate_or_cancel'])
    .default('good_til_cancelled'),
  post_only: z.boolean().default(false),
  reject_post_only: z.boolean().default(false),
  reduce_only: z.boolean().default(false),
  mmp: z.boolean().default(false),
  valid_until: z.number().optional(),
  trigger: z.enum(['index_price', 'mark_price', 'last_price']).optional(),
  trigger_price: z.number().positive().optional(),
  advanced: z.string().optional(),
  display_amount: z.number().optional(),
  linked_order_type: z.string().optional(),
};
export type TermsParams = z.infer<z.ZodObject<typeof termsParams>>;

/** The kind of order that stands behind a type; triggers are told apart by `triggerOf`. */
const plainTypes = {
  limit: 'limit',
  market: 'market',
  market_limit: 'market_limit',
  stop_limit: 'limit',
  take_limit: 'limit',
  stop_market: 'market',
  take_market: 'market',
} as const;

/** What the order waits for; undefined for one that does not wait. */
export function triggerOf(market: Market, params: TermsParams): Trigger | undefined {
  const [kind] = params.type.split('_');
  if (kind !== 'stop' && kind !== 'take') return undefined;
  if (params.trigger === undefined) throw invalidParam('trigger', 'value required');
  return { kind, by: params.trigger, price: triggerPriceOf(market, params.trigger_price) };
}

/** The price, which must be on the grid: 10044. */
export function triggerPriceOf(market: Market, price: number | undefined): number {
  if (price === undefined) throw invalidParam('trigger_price', 'value required');
  if (gridCount(market.product.instrument.price, price) === undefined) throw refusal(10044);
  return price;
}

/** The terms as the engine takes them; throws what is wrong with them. */
export function termsOf(
  call: PrivateCall,
  market: Market,
  side: 'buy' | 'sell',
  params: TermsParams,
): OrderTerms {
  const unbuilt = params.advanced ?? params.display_amount ?? params.linked_order_type;
  if (unbuilt !== undefined || params.type === 'trailing_stop') throw refusal(10033);
  const type = plainTypes[params.type];
  if (type === 'limit' && params.price === undefined) throw invalidParam('price', 'value required');
  return {
    side,
    type,
    lots: lotsOfWire(market, params.amount, params.contracts),
    priceTicks: type === 'limit' ? ticksOfWire(market, params.price ?? 0) : 0,
    timeInForce: params.time_in_force,
    postOnly: params.post_only,
    rejectPostOnly: params.reject_post_only,
    reduceOnly: params.reduce_only,
    mmp: params.mmp,
    label: params.label,
    sessionId: call.session?.id ?? 0,
    validUntilMs: params.valid_until,
  };
}
