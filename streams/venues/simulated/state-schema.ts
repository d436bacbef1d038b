/** The shape of what survives a restart of the venue: every field as it is written. */
import { z } from 'zod';

const walletSchema = z.object({
  currency: z.string(),
  cash: z.number(),
  deposit: z.number(),
  feesPaid: z.number(),
  realised: z.number(),
});
const linksSchema = z.object({
  condition: z.enum(['first_hit', 'complete_fill', 'incremental']),
  ocoRef: z.string().optional(),
  secondaryIds: z.array(z.string()).readonly().optional(),
  primaryId: z.string().optional(),
  wholeLots: z.number(),
  placedLots: z.number(),
});
const orderSchema = z.object({
  id: z.string(),
  product: z.string(),
  side: z.enum(['buy', 'sell']),
  type: z.enum(['limit', 'market']),
  originalType: z.literal('market_limit').optional(),
  timeInForce: z.enum([
    'good_til_cancelled',
    'good_til_day',
    'immediate_or_cancel',
    'fill_or_kill',
  ]),
  label: z.string(),
  createdUs: z.number(),
  updatedUs: z.number(),
  mmp: z.boolean(),
  lots: z.number(),
  priceTicks: z.number(),
  postOnly: z.boolean(),
  rejectPostOnly: z.boolean(),
  reduceOnly: z.boolean(),
  filledLots: z.number(),
  filledWorth: z.number(),
  state: z.enum(['open', 'filled', 'cancelled', 'rejected', 'untriggered', 'triggered']),
  triggerOrderId: z.string().optional(),
  trigger: z
    .object({
      kind: z.enum(['stop', 'take', 'trailing']),
      by: z.enum(['index_price', 'mark_price', 'last_price']),
      price: z.number(),
      offset: z.number().optional(),
      reference: z.number().optional(),
    })
    .optional(),
  iceberg: z.object({ displayLots: z.number(), shownLots: z.number() }).optional(),
  advanced: z
    .object({ unit: z.enum(['usd', 'implv']), value: z.number(), moved: z.boolean() })
    .optional(),
  links: linksSchema.optional(),
  quote: z.object({ group: z.string(), quoteId: z.string(), quoteSetId: z.string() }).optional(),
  cancelReason: z.string().optional(),
  replaced: z.boolean(),
  liquidation: z.boolean().default(false),
});
const publicTradeSchema = z.object({
  id: z.string(),
  seq: z.number(),
  tsUs: z.number(),
  priceTicks: z.number(),
  lots: z.number(),
  side: z.enum(['buy', 'sell']),
  tickDirection: z.number(),
  mark: z.number().nullable(),
  index: z.number().nullable(),
  iv: z.number().optional(),
});
const userTradeSchema = z.object({
  product: z.string(),
  trade: publicTradeSchema,
  orderId: z.string(),
  orderType: z.enum(['limit', 'market']),
  side: z.enum(['buy', 'sell']),
  liquidity: z.enum(['maker', 'taker']),
  fee: z.number(),
  label: z.string(),
  orderState: z.string(),
  profit: z.number(),
  postOnly: z.boolean(),
  reduceOnly: z.boolean(),
});
const ledgerSchema = z.object({
  seq: z.number(),
  tsUs: z.number(),
  kind: z.enum(['trade', 'settlement', 'delivery', 'deposit', 'transfer', 'correction']),
  currency: z.string(),
  change: z.number(),
  balance: z.number(),
  details: z.record(z.string(), z.unknown()),
});
const mmpSchema = z.object({
  config: z.object({
    indexName: z.string(),
    group: z.string(),
    intervalS: z.number(),
    frozenTimeS: z.number(),
    maxQuoteQuantity: z.number(),
    quantityLimit: z.number().optional(),
    deltaLimit: z.number().optional(),
    vegaLimit: z.number().optional(),
    tradeCountLimit: z.number().optional(),
  }),
  fills: z.array(
    z.object({ us: z.number(), quantity: z.number(), delta: z.number(), vega: z.number() }),
  ),
  frozenUntilUs: z.number(),
});
export const accountSchema = z.object({
  name: z.string(),
  wallets: z.array(walletSchema),
  positions: z.array(
    z.object({
      product: z.string(),
      lots: z.number(),
      basis: z.number(),
      entryWorth: z.number(),
      realised: z.number(),
      funding: z.number().default(0),
    }),
  ),
  selfTrading: z.enum(['cancel_maker', 'reject_taker']).default('cancel_maker'),
  orders: z.array(orderSchema),
  ledger: z.array(ledgerSchema).default([]),
  trades: z.array(userTradeSchema),
  mmp: z.array(mmpSchema).default([]),
});
const settlementSchema = z.object({
  kind: z.enum(['settlement', 'delivery']),
  tsUs: z.number(),
  product: z.string(),
  account: z.string(),
  position: z.number(),
  indexPrice: z.number(),
  markPrice: z.number(),
  profit: z.number(),
});
export const engineSchema = z.object({
  version: z.literal(1),
  savedUs: z.number(),
  settledUs: z.number().default(0),
  sequences: z.object({ changeId: z.number(), order: z.number(), trade: z.number() }),
  collectedFees: z.array(z.tuple([z.string(), z.number()])),
  markets: z.array(
    z.object({
      product: z.string(),
      tradeSeq: z.number(),
      /** Price it was delivered at; absent while it trades. */
      delivery: z.number().optional(),
    }),
  ),
  accounts: z.array(accountSchema),
  settlements: z.array(settlementSchema).default([]),
});
export type EngineState = z.infer<typeof engineSchema>;
