/** Payloads of everything execution writes: intents, transitions, fills, and their evidence. */
import { z } from 'zod';
import { decimalSchema, instrumentSchema } from '../instrument.ts';
import { adoptionFacts } from './adoption.ts';
import { edgeSchema, evidenceFacts } from './evidence.ts';
import { groupFacts } from './group.ts';
import { positionFacts } from './position.ts';
import type { FactSchemaTable } from './schema-table.ts';
import { tradeTerms } from './trade-terms.ts';

const hex64 = z.string().regex(/^[0-9a-f]{64}$/);
const hex32 = z.string().regex(/^[0-9a-f]{32}$/);
const side = z.enum(['buy', 'sell']);

export const instrumentRecordedPayloadSchema = z.strictObject({
  revision: hex64,
  instrument: instrumentSchema,
});

export const orderIntentPayloadSchema = z.strictObject({
  intent_id: hex64,
  group_id: hex64,
  group_style: z.enum(['atomic', 'independent']),
  group_legs: z.int().positive(),
  leg_idx: z.int().nonnegative(),
  attempt: z.int().nonnegative(),
  strategy_id: z.string(),
  decision_id: z.string(),
  class: z.enum(['OPEN', 'CLOSE', 'HEDGE']),
  instrument: z.string(),
  instrument_revision: hex64,
  side,
  /** Exactly one of the two is canonical; the other is null. */
  qty_coin: decimalSchema.nullable(),
  qty_usd: decimalSchema.nullable(),
  limit_price: decimalSchema,
  time_in_force: z.enum(['immediate_or_cancel', 'good_til_cancelled']),
  post_only: z.boolean(),
  reduce_only: z.boolean(),
  valid_until_us: z.int(),
  label: z.string().max(64),
  edge: edgeSchema.nullable(),
  reason_codes: z.array(z.string()),
  /** Null: a reduction that went on without its capsule, flagged. */
  capsule_id: hex64.nullable(),
});
export type OrderIntentPayload = z.infer<typeof orderIntentPayloadSchema>;

export const orderTransitionPayloadSchema = z.strictObject({
  intent_id: hex64,
  from: z.string(),
  to: z.string(),
  /** The lifecycle event that caused it. */
  event: z.string(),
  /** Counts transitions of this intent from 1, what was told again included. */
  sequence: z.int().positive(),
  venue_order_id: z.string().nullable(),
  /** What the venue said: order id + update time, trade id; null for our own events. */
  evidence_id: z.string().nullable(),
  /** Lots the venue reported filled so far. */
  reported_lots: z.int().nonnegative(),
  cause: z.string().nullable(),
  anomaly: z.string().nullable(),
});
export type OrderTransitionPayload = z.infer<typeof orderTransitionPayloadSchema>;

export const orderCancelPayloadSchema = z.strictObject({
  intent_id: hex64,
  strategy_id: z.string(),
  target_order_id: z.string(),
  target_intent_id: hex64.nullable(),
  sequence: z.int().positive(),
});

export type OrderCancelPayload = z.infer<typeof orderCancelPayloadSchema>;

export const fillRecordedPayloadSchema = z.strictObject({
  venue: z.string(),
  account: z.string(),
  trade_id: z.string(),
  trade_seq: z.int(),
  order_id: z.string(),
  /** Null: a trade that carries no intent of this ledger. */
  intent_id: hex64.nullable(),
  ...tradeTerms,
});
export type FillRecordedPayload = z.infer<typeof fillRecordedPayloadSchema>;

export const decisionSuppressedPayloadSchema = z.strictObject({
  code: z.string(),
  suppression_type: z.string(),
  gate: z.string(),
  intent_id: hex64.nullable(),
  group_id: hex64,
  leg_idx: z.int().nonnegative(),
  strategy_id: z.string(),
  decision_id: z.string(),
  input_event_id: z.string(),
  instrument: z.string().nullable(),
  class: z.string(),
  mode: z.string(),
  mode_reasons: z.array(z.string()),
  trace_id: hex32,
  facts: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
});
export type DecisionSuppressedPayload = z.infer<typeof decisionSuppressedPayloadSchema>;

export const executionFacts = {
  ...groupFacts,
  ...positionFacts,
  ...adoptionFacts,
  ...evidenceFacts,
  'instrument.recorded': {
    version: 1,
    schema: instrumentRecordedPayloadSchema,
    about: 'The revision of an instrument that later ledger records refer to.',
  },
  'order.intent': {
    version: 1,
    schema: orderIntentPayloadSchema,
    about: 'An order the house will send once: durable before dispatch.',
  },
  'order.transition': {
    version: 1,
    schema: orderTransitionPayloadSchema,
    about: 'An order changed its lifecycle state.',
  },
  'order.cancel_requested': {
    version: 1,
    schema: orderCancelPayloadSchema,
    about: 'A cancel was handed to the venue.',
  },
  'fill.recorded': {
    version: 1,
    schema: fillRecordedPayloadSchema,
    about: 'A trade of ours, recorded before it was applied.',
  },
  'decision.suppressed': {
    version: 1,
    schema: decisionSuppressedPayloadSchema,
    about: 'An intent that was refused before dispatch, and why.',
  },
} as const satisfies FactSchemaTable;
