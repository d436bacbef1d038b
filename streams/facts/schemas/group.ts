/** Payloads about atomic groups of orders: their life, and the incident when one filled in part. */
import { z } from 'zod';
import type { FactSchemaTable } from './schema-table.ts';

const hex64 = z.string().regex(/^[0-9a-f]{64}$/);
const float = z.number().nullable();

export const groupTransitionPayloadSchema = z.strictObject({
  group_id: hex64,
  strategy_id: z.string(),
  decision_id: z.string(),
  from: z.string(),
  to: z.string(),
  event: z.string(),
  /** Counts transitions of this group from 1. */
  sequence: z.int().positive(),
  /** Legs of the plan. */
  legs: z.int().positive(),
  rescue_attempts: z.int().nonnegative(),
  close_attempts: z.int().nonnegative(),
  /** The first failure. */
  cause: z.string().nullable(),
});
export type GroupTransitionPayload = z.infer<typeof groupTransitionPayloadSchema>;

export const groupNakedPayloadSchema = z.strictObject({
  group_id: hex64,
  strategy_id: z.string(),
  decision_id: z.string(),
  /** The first failure. */
  cause: z.string(),
  /** How containment ended: flattened, hedged, balanced, naked. */
  outcome: z.string(),
  /** |delta| of the group, USD; null when it could not be valued. */
  exposure_before_usd_float: float,
  exposure_after_usd_float: float,
  /** Venue-independent: when the first leg failed, local epoch µs. */
  failed_us: z.int(),
  /** Null: exposure is left. */
  ms_to_neutral: z.int().nonnegative().nullable(),
  rescue_attempts: z.int().nonnegative(),
  close_attempts: z.int().nonnegative(),
  hedge_used: z.boolean(),
  mode: z.string(),
  evidence: z.string(),
});
export type GroupNakedPayload = z.infer<typeof groupNakedPayloadSchema>;

export const groupFacts = {
  'group.transition': {
    version: 1,
    schema: groupTransitionPayloadSchema,
    about: 'An atomic group of legs changed its state.',
  },
  'group.naked': {
    version: 1,
    schema: groupNakedPayloadSchema,
    about: 'A group filled in part: what was exposed, for how long, and how it was contained.',
  },
} as const satisfies FactSchemaTable;
