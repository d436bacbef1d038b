/** Payloads of positions that changed without a trade of ours. */
import { z } from 'zod';
import { hex64 } from '../hex.ts';
import { decimalSchema } from '../instrument.ts';
import type { FactSchemaTable } from './schema-table.ts';

export const positionAdoptedPayloadSchema = z.strictObject({
  venue: z.string(),
  account: z.string(),
  instrument: z.string(),
  instrument_revision: hex64,
  /** Signed amount the venue proved; before is what the ledger held. */
  amount: decimalSchema,
  amount_before: decimalSchema,
  average_price_float: z.number(),
  cause: z.string(),
  /** One command of an operator; null: written before adoptions were commands. */
  adoption_id: hex64.nullable(),
  /** Name of the role, never the token. */
  role: z.string().nullable(),
});

export type PositionAdoptedPayload = z.infer<typeof positionAdoptedPayloadSchema>;

export const positionDeliveredPayloadSchema = z.strictObject({
  venue: z.string(),
  account: z.string(),
  /** Product and venue time: the venue gives a delivery no id. */
  delivery_id: z.string(),
  instrument: z.string(),
  instrument_revision: hex64,
  /** Signed: what the venue delivered, and what the ledger held before. */
  amount: decimalSchema,
  amount_before: decimalSchema,
  index_price_float: z.number(),
  mark_price_float: z.number().nullable(),
  settlement_currency: z.string(),
  /** As the venue reports it; of a future that of its last session alone. */
  venue_profit_float: z.number().nullable(),
});
export type PositionDeliveredPayload = z.infer<typeof positionDeliveredPayloadSchema>;

export const positionFacts = {
  'position.adopted': {
    version: 2,
    schema: positionAdoptedPayloadSchema,
    upcasters: [(payload) => ({ ...payload, adoption_id: null, role: null })],
    about: 'An operator took over a position as the venue has it.',
  },
  'position.delivered': {
    version: 1,
    schema: positionDeliveredPayloadSchema,
    about: 'The venue turned an expired position of ours into cash.',
  },
} as const satisfies FactSchemaTable;
