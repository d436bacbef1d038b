/** The parameters of a new order, and the terms the engine is given for them. */
import { z } from 'zod';
import { gridCount } from '../../../streams/facts/decimal.ts';
import {
  type Advanced,
  advancedTicks,
  checkAdvanced,
  invalidParam,
  type LinkedGroup,
  lotsOfWire,
  type Market,
  type OrderEntry,
  type OrderTerms,
  refusal,
  type Trigger,
  ticksOfWire,
} from '../../../streams/venues/simulated/index.ts';
import type { PrivateCall } from '../call.ts';

const labelLengthMax = 64;
export const amountParam = z.number().positive();

export const advancedParam = z.enum(['usd', 'implv']);

const entryParams = {
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
  trigger_offset: z.number().positive().optional(),
  advanced: advancedParam.optional(),
  display_amount: amountParam.optional(),
};
const linkParams = {
  linked_order_type: z
    .enum(['one_triggers_other', 'one_cancels_other', 'one_triggers_one_cancels_other'])
    .optional(),
  trigger_fill_condition: z
    .enum(['first_hit', 'complete_fill', 'incremental'])
    .default('first_hit'),
  otoco_config: z
    .array(z.object({ ...entryParams, direction: z.enum(['buy', 'sell']) }))
    .max(2)
    .optional(),
};
/** Parameters of `private/buy` and `private/sell`. */
export const termsParams = { instrument_name: z.string(), ...entryParams, ...linkParams };
export type TermsParams = z.infer<z.ZodObject<typeof termsParams>>;
type EntryParams = z.infer<z.ZodObject<typeof entryParams>>;

/** The kind of order that stands behind a type; triggers are told apart by `triggerOf`. */
const plainTypes = {
  limit: 'limit',
  market: 'market',
  market_limit: 'market_limit',
  stop_limit: 'limit',
  take_limit: 'limit',
  stop_market: 'market',
  take_market: 'market',
  trailing_stop: 'market',
} as const;

/** Icebergs: shown at least this many minimum amounts, hidden less than this many shown ones. */
const icebergFactor = 100;

/** What is asked for: the order, what it waits for, and what hangs on it. */
export interface Asked extends OrderEntry {
  readonly group: LinkedGroup | undefined;
}

/** Reads the parameters of an order; throws the refusal of what is wrong with them. */
export function askedOf(
  call: PrivateCall,
  market: Market,
  side: 'buy' | 'sell',
  params: TermsParams,
): Asked {
  const { linked_order_type: kind, otoco_config: config, trigger_fill_condition } = params;
  if (kind === undefined && config !== undefined)
    throw invalidParam('linked_order_type', 'value required');
  const secondaries = (config ?? []).map((each) => entryOf(call, market, each.direction, each));
  return {
    ...entryOf(call, market, side, params),
    group:
      kind === undefined ? undefined : { kind, condition: trigger_fill_condition, secondaries },
  };
}

function entryOf(
  call: PrivateCall,
  market: Market,
  side: 'buy' | 'sell',
  params: EntryParams,
): OrderEntry {
  return { terms: termsOf(call, market, side, params), trigger: triggerOf(market, params) };
}

/** What the order waits for; undefined for one that does not wait. */
function triggerOf(market: Market, params: EntryParams): Trigger | undefined {
  const [kind] = params.type.split('_');
  if (kind !== 'stop' && kind !== 'take' && kind !== 'trailing') return undefined;
  const by = params.trigger;
  if (by === undefined) throw invalidParam('trigger', 'value required');
  if (kind !== 'trailing')
    return { kind, by, price: triggerPriceOf(market, params.trigger_price, 'trigger_price') };
  const offset = triggerPriceOf(market, params.trigger_offset, 'trigger_offset');
  return { kind, by, offset, price: 0 };
}

/** The price or distance, which must be on the grid: 10044. */
export function triggerPriceOf(market: Market, price: number | undefined, param: string): number {
  if (price === undefined) throw invalidParam(param, 'value required');
  if (gridCount(market.product.instrument.price, price) === undefined) throw refusal(10044);
  return price;
}

/** Lots an iceberg shows: 10036, or 11048 for an option, when that is too few or off the grid. */
export function displayLotsOf(market: Market, amount: number, lots: number): number {
  const { instrument, kind } = market.product;
  const shown = gridCount(instrument.amount, amount);
  const fits =
    shown !== undefined &&
    shown % instrument.minLots === 0 &&
    shown >= icebergFactor * instrument.minLots &&
    shown <= lots &&
    lots - shown < icebergFactor * shown;
  if (!fits) throw refusal(kind === 'option' ? 11048 : 10036);
  return shown;
}

/** Price in ticks of an order in USD or volatility. */
export function advancedPrice(
  call: PrivateCall,
  market: Market,
  side: 'buy' | 'sell',
  unit: Advanced['unit'],
  value: number,
  postOnly: boolean,
): { readonly advanced: Advanced; readonly priceTicks: number } {
  const advanced = { unit, value, moved: false };
  const nowUs = call.venue.nowUs();
  checkAdvanced(market, advanced, postOnly, nowUs);
  return { advanced, priceTicks: advancedTicks(market, side, advanced, nowUs) };
}

/** The terms as the engine takes them; throws what is wrong with them. */
export function termsOf(
  call: PrivateCall,
  market: Market,
  side: 'buy' | 'sell',
  params: EntryParams,
): OrderTerms {
  const type = plainTypes[params.type];
  const limited = type === 'limit';
  const { price, advanced: unit, display_amount: display } = params;
  if (limited && price === undefined) throw invalidParam('price', 'value required');
  // A hidden part, another unit or market maker protection need a limit that stands in the book.
  const special = unit !== undefined || display !== undefined || params.mmp;
  if (special && params.type !== 'limit') throw refusal(11047);
  const lots = lotsOfWire(market, params.amount, params.contracts);
  const priced =
    unit === undefined || price === undefined
      ? { priceTicks: limited ? ticksOfWire(market, price ?? 0) : 0 }
      : advancedPrice(call, market, side, unit, price, params.post_only);
  return {
    side,
    type,
    lots,
    ...priced,
    timeInForce: params.time_in_force,
    postOnly: params.post_only,
    rejectPostOnly: params.reject_post_only,
    reduceOnly: params.reduce_only,
    mmp: params.mmp,
    label: params.label,
    sessionId: call.session?.id ?? 0,
    validUntilMs: params.valid_until,
    displayLots: display === undefined ? undefined : displayLotsOf(market, display, lots),
  };
}
