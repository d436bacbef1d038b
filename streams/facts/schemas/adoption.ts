/** Payloads of what an operator took over from the venue: never attributed to an intent. */
import { z } from 'zod';
import { hex64 } from '../hex.ts';
import { decimalSchema } from '../instrument.ts';
import type { FactSchemaTable } from './schema-table.ts';
import { tradeTerms } from './trade-terms.ts';

const side = z.enum(['buy', 'sell']);

/** Whose account, and by whose word. */
const adopted = {
  venue: z.string(),
  account: z.string(),
  /** One command of an operator; its facts stand in one block. */
  adoption_id: hex64,
  origin: z.literal('operator'),
  /** Name of the role, never the token. */
  role: z.string(),
  reason: z.string(),
} as const;

export const tradeAdoptedPayloadSchema = z.strictObject({
  ...adopted,
  trade_id: z.string(),
  trade_seq: z.int(),
  order_id: z.string(),
  /** As the venue has it; not one of ours, or of an intent this ledger does not have. */
  label: z.string(),
  ...tradeTerms,
});
export type TradeAdoptedPayload = z.infer<typeof tradeAdoptedPayloadSchema>;

export const orderAdoptedPayloadSchema = z.strictObject({
  ...adopted,
  order_id: z.string(),
  label: z.string(),
  instrument: z.string(),
  instrument_revision: hex64,
  side,
  price: decimalSchema,
  amount: decimalSchema,
  /** Filled when it was taken over: in the ledger already, or from before it began. */
  filled_amount: decimalSchema,
  reduce_only: z.boolean(),
});
export type OrderAdoptedPayload = z.infer<typeof orderAdoptedPayloadSchema>;

export const orderAdoptedEndedPayloadSchema = z.strictObject({
  venue: z.string(),
  account: z.string(),
  adoption_id: hex64,
  order_id: z.string(),
  instrument: z.string(),
  /** As the venue said it ended; `gone`: a proof found it no longer open. */
  outcome: z.enum(['filled', 'cancelled', 'rejected', 'gone']),
});
export type OrderAdoptedEndedPayload = z.infer<typeof orderAdoptedEndedPayloadSchema>;

export const adoptionFacts = {
  'trade.adopted': {
    version: 1,
    schema: tradeAdoptedPayloadSchema,
    about: 'An operator took over a trade of the venue that no intent of ours stands behind.',
  },
  'order.adopted': {
    version: 1,
    schema: orderAdoptedPayloadSchema,
    about: 'An operator took over an open order that is not ours: it counts as exposure.',
  },
  'order.adopted_ended': {
    version: 1,
    schema: orderAdoptedEndedPayloadSchema,
    about: 'An order that an operator had taken over is over.',
  },
} as const satisfies FactSchemaTable;
