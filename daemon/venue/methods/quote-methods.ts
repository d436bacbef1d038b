/**
 * Quotes of market makers: many orders in one request, one for each side of a product, under a
 * protection group that cancels them when too much of them has traded.
 */
import { z } from 'zod';
import {
  baseQuantity,
  configureMmp,
  edit,
  lotsOfWire,
  type Market,
  type MmpConfig,
  mmpKey,
  type Order,
  orderRow,
  place,
  refusal,
  resetMmp,
  ticksOfWire,
  usableMmp,
  userTradeRow,
  VenueError,
} from '../../../streams/venues/simulated/index.ts';
import { type MethodRow, method, type PrivateCall } from '../call.ts';
import { trading } from './order-methods.ts';
import { amountParam } from './order-terms.ts';

/** Protection groups of one account. */
const groupsMax = 16;
const quotesPerCallMax = 100;
const secondsMax = 3_600;

const sideParams = z.object({
  price: z.number(),
  amount: amountParam,
  post_only: z.boolean().default(false),
  reject_post_only: z.boolean().default(false),
});
const massQuoteParams = {
  quote_id: z.string().max(64),
  mmp_group: z.string().min(1).max(64),
  quotes: z
    .array(
      z.object({
        instrument_name: z.string(),
        quote_set_id: z.string().max(64),
        bid: sideParams.optional(),
        ask: sideParams.optional(),
      }),
    )
    .min(1)
    .max(quotesPerCallMax),
  wait_for_response: z.boolean().default(false),
  detailed: z.boolean().default(false),
  valid_until: z.number().optional(),
};
type MassQuote = z.infer<z.ZodObject<typeof massQuoteParams>>;
type QuoteEntry = MassQuote['quotes'][number];

function massQuote(call: PrivateCall, params: MassQuote): unknown {
  const { engine } = call.venue;
  const { account, massQuotes, credits } = call.customer;
  if (!massQuotes) throw refusal(13902);
  if (call.session?.cancelOnDisconnect !== true) throw refusal(13042);
  if (account.quotesFrozenUntilUs > call.venue.nowUs()) throw refusal(13043);
  const sides = params.quotes.flatMap((entry) =>
    (['bid', 'ask'] as const)
      .filter((side) => entry[side] !== undefined)
      .map((side) => ({ entry, side })),
  );
  if (!credits.take('quotes', call.venue.nowUs(), sides.length)) throw refusal(13903);
  const orders: Order[] = [];
  const errors: unknown[] = [];
  const last = account.trades.at(-1);
  engine.run(call.venue.nowUs(), () => {
    for (const { entry, side } of sides) {
      try {
        orders.push(quoteSide(call, params, entry, side));
      } catch (error) {
        if (!(error instanceof VenueError)) throw error;
        const { code, message } = error;
        errors.push({ instrument_name: entry.instrument_name, side, error: { code, message } });
      }
    }
  });
  const told = params.detailed ? { errors } : { errors_count: errors.length };
  if (!params.wait_for_response) {
    const pending = sides.map(({ entry, side }) => ({
      instrument_name: entry.instrument_name,
      side,
    }));
    const waiting = params.detailed
      ? { pending_requests: pending }
      : { pending_requests_count: pending.length };
    return { orders: [], trades: [], ...told, ...waiting };
  }
  const trades = account.trades.slice(last === undefined ? 0 : account.trades.indexOf(last) + 1);
  return {
    orders: orders.map(orderRow),
    trades: trades.map((trade) => userTradeRow(engine, account, trade)),
    ...told,
  };
}

/** Places one side of a quote, or moves the one that stands. */
function quoteSide(
  call: PrivateCall,
  params: MassQuote,
  entry: QuoteEntry,
  which: 'bid' | 'ask',
): Order {
  const { engine } = call.venue;
  const { account } = call.customer;
  const wanted = entry[which];
  if (wanted === undefined) throw refusal(11029);
  const { bid, ask } = entry;
  if (bid !== undefined && ask !== undefined && bid.price >= ask.price) throw refusal(13910);
  const market = engine.market(entry.instrument_name);
  const lots = lotsOfWire(market, wanted.amount, undefined);
  const priceTicks = ticksOfWire(market, wanted.price);
  const group = params.mmp_group;
  checkSize(call, market, group, lots, priceTicks);
  const side = which === 'bid' ? 'buy' : 'sell';
  const standing = standingQuote(call, market, group, side);
  const flags = { postOnly: wanted.post_only, rejectPostOnly: wanted.reject_post_only };
  if (standing?.quote !== undefined) {
    standing.quote.quoteId = params.quote_id;
    standing.quote.quoteSetId = entry.quote_set_id;
    // The amount of a quote is what it shows from now on, whatever it has traded.
    const total = standing.filledLots + lots;
    return edit(engine, standing, {
      lots: total,
      priceTicks,
      ...flags,
      validUntilMs: params.valid_until,
    });
  }
  return place(engine, account, market, {
    side,
    type: 'limit',
    lots,
    priceTicks,
    ...flags,
    timeInForce: 'good_til_cancelled',
    reduceOnly: false,
    mmp: true,
    label: '',
    sessionId: call.session?.id ?? 0,
    validUntilMs: params.valid_until,
    quote: { group, quoteId: params.quote_id, quoteSetId: entry.quote_set_id },
  });
}

function standingQuote(
  call: PrivateCall,
  market: Market,
  group: string,
  side: Order['side'],
): Order | undefined {
  for (const order of call.customer.account.openOrders.values())
    if (order.market === market && order.side === side && order.quote?.group === group)
      return order;
  return undefined;
}

/** 13040 without the group, 11030 while it is frozen or for a quote above its largest. */
function checkSize(
  call: PrivateCall,
  market: Market,
  group: string,
  lots: number,
  ticks: number,
): void {
  const state = usableMmp(call.venue.engine, call.customer.account, market, group);
  if (baseQuantity(market, lots, ticks) > state.config.maxQuoteQuantity)
    throw refusal(11030, 'max_quote_quantity_exceeded');
}

const limitParam = z.number().positive().optional();
const mmpParams = {
  index_name: z.string(),
  interval: z.number().int().min(0).max(secondsMax),
  frozen_time: z.number().int().min(0).max(secondsMax),
  max_quote_quantity: z.number().positive(),
  quantity_limit: limitParam,
  delta_limit: limitParam,
  vega_limit: limitParam,
  trade_count_limit: limitParam,
  mmp_group: z.string().max(64).default(''),
  block_rfq: z.boolean().default(false),
};

function mmpRow(config: MmpConfig): Record<string, unknown> {
  return {
    index_name: config.indexName,
    interval: config.intervalS,
    frozen_time: config.frozenTimeS,
    max_quote_quantity: config.maxQuoteQuantity,
    quantity_limit: config.quantityLimit,
    delta_limit: config.deltaLimit,
    vega_limit: config.vegaLimit,
    trade_count_limit: config.tradeCountLimit,
    mmp_group: config.group === '' ? undefined : config.group,
    block_rfq: false,
  };
}

function configs(
  call: PrivateCall,
  index: string | undefined,
  group: string | undefined,
): unknown[] {
  return [...call.customer.account.mmp.values()]
    .map(({ config }) => config)
    .filter((config) => index === undefined || config.indexName === index)
    .filter((config) => group === undefined || config.group === group)
    .map(mmpRow);
}

function setConfig(call: PrivateCall, params: z.infer<z.ZodObject<typeof mmpParams>>): unknown {
  const { engine } = call.venue;
  const { account } = call.customer;
  if (params.block_rfq) throw refusal(10033);
  if (!engine.indexes.has(params.index_name)) throw refusal(10020);
  const known = account.mmp.has(mmpKey(params.index_name, params.mmp_group));
  if (!known && account.mmp.size >= groupsMax) throw refusal(11030, 'too_many_mmp_groups');
  engine.run(call.venue.nowUs(), () =>
    configureMmp(engine, account, {
      indexName: params.index_name,
      group: params.mmp_group,
      intervalS: params.interval,
      frozenTimeS: params.frozen_time,
      maxQuoteQuantity: params.max_quote_quantity,
      quantityLimit: params.quantity_limit,
      deltaLimit: params.delta_limit,
      vegaLimit: params.vega_limit,
      tradeCountLimit: params.trade_count_limit,
    }),
  );
  return configs(call, params.index_name, params.mmp_group);
}

export const quoteMethods: Readonly<Record<string, MethodRow>> = {
  'private/mass_quote': method(
    { access: 'trade:read_write', cost: 'free', socketOnly: true, params: massQuoteParams },
    massQuote,
  ),
  'private/set_mmp_config': method({ access: 'trade:read_write', params: mmpParams }, setConfig),
  'private/get_mmp_config': method(
    {
      access: 'trade:read',
      params: { index_name: z.string().optional(), mmp_group: z.string().optional() },
    },
    (call, params) => configs(call, params.index_name, params.mmp_group),
  ),
  'private/reset_mmp': method(
    {
      ...trading,
      cost: 'default',
      params: { index_name: z.string(), mmp_group: z.string().default('') },
    },
    (call, { index_name: indexName, mmp_group: group }) => {
      const { engine } = call.venue;
      engine.run(call.venue.nowUs(), () =>
        resetMmp(engine, call.customer.account, { indexName, group }),
      );
      return 'ok';
    },
  ),
};
