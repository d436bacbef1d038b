/** Payloads of guard and reconciliation facts: modes, latches, policy, proofs, sweeps. */
import { z } from 'zod';
import {
  latchReasons,
  modeReasons,
  ownerCodes,
  riskStates,
  tradingModes,
} from '../reason-codes/index.ts';
import type { FactSchemaTable } from './schema-table.ts';

const hex64 = z.string().regex(/^[0-9a-f]{64}$/, '64 lower-case hex digits');
const mode = z.enum(tradingModes);
const reason = z.enum(modeReasons);
const latchReason = z.enum(latchReasons);
const sequence = z.int().nonnegative();

export const modeChangedPayloadSchema = z.strictObject({
  /** Counts guard facts of this run from 1. */
  sequence,
  old_mode: mode,
  new_mode: mode,
  /** All standing reasons of the winning tier, in manifest order. */
  mode_reasons: z.array(reason),
  old_mode_reasons: z.array(reason),
  /** What survives a restart until an operator restores it. */
  kill_floor: z.boolean(),
  reduce_only_floor: z.boolean(),
  /** Reasons that raised each floor, for the operator who restores it. */
  floor_reasons: z.array(reason),
  risk_state: z.enum(riskStates),
  risk_causes: z.array(z.enum(ownerCodes)),
  cause: z.string(),
});

export const latchChangedPayloadSchema = z.strictObject({
  sequence,
  blocked: z.boolean(),
  reasons: z.array(latchReason),
  /** Set on a block. */
  added: latchReason.nullable(),
  /** Set when a proof opened it. */
  proof_id: hex64.nullable(),
});

export const emergencyChangedPayloadSchema = z.strictObject({
  sequence,
  active: z.boolean(),
  cause: z.string(),
  /** The flag holds at least until then, epoch µs. */
  until_us: z.int().nullable(),
  /** Calls after the first, which extended it. */
  extensions: z.int().nonnegative(),
});

export const policyChangedPayloadSchema = z.strictObject({
  sequence,
  old_policy_rev: hex64.nullable(),
  new_policy_rev: hex64,
  computed_at_us: z.int(),
  /** Top-level sections that differ. */
  changed: z.array(z.string()),
});

const difference = z.strictObject({
  kind: z.string(),
  subject: z.string(),
  venue: z.string().nullable(),
  ledger: z.string().nullable(),
});

export const reconcilePayloadSchema = z.strictObject({
  sequence,
  outcome: z.enum(['proven', 'differences', 'failed']),
  cause: z.string(),
  ticket: sequence,
  proof_id: hex64.nullable(),
  lookback_from_us: z.int(),
  venue_orders: sequence,
  venue_positions: sequence,
  venue_trades: sequence,
  /** Whole collections thrown away because state moved while it was read. */
  retries: sequence,
  missed_fills: sequence,
  actions: z.array(z.string()),
  differences: z.array(difference),
  duration_us: sequence,
});

export const ghostOrderPayloadSchema = z.strictObject({
  sequence,
  instrument: z.string(),
  venue_order_id: z.string(),
  label: z.string(),
  remaining_lots: z.int().nonnegative(),
  canceled: z.boolean(),
});

export const venueAnnouncementPayloadSchema = z.strictObject({
  sequence,
  venue: z.string(),
  /** The venue's id: a later one with this id corrects or withdraws it. */
  announcement_id: z.string(),
  action: z.enum(['new', 'modify', 'delete']),
  title: z.string(),
  body: z.string(),
  important: z.boolean(),
  published_us: z.int().nullable(),
  /** Null: it is about something else. A null time was not told in a form that is certain. */
  maintenance: z
    .strictObject({ from_us: z.int().nullable(), until_us: z.int().nullable() })
    .nullable(),
});

export const ordersClearedPayloadSchema = z.strictObject({
  sequence,
  scope: z.enum(['not_reduce_only', 'all']),
  cause: z.string(),
  /** `confirmed`: the venue itself shows none in scope; `forbidden`: nothing may leave in this mode. */
  outcome: z.enum(['confirmed', 'forbidden', 'unconfirmed']),
  cancels: z.int().nonnegative(),
  /** Readings of the venue's open orders. */
  readings: z.int().nonnegative(),
  /** Open at the venue in scope at the last reading; null: it could not be read. */
  venue_open: z.int().nonnegative().nullable(),
  duration_us: z.int().nonnegative(),
});

export const flattenOwedPayloadSchema = z.strictObject({
  sequence,
  cause: z.string(),
});

export const accountFlattenedPayloadSchema = z.strictObject({
  sequence,
  scope: z.enum(['all', 'over_limit']),
  cause: z.string(),
  outcome: z.enum(['flat', 'hedged', 'exhausted']),
  closes: z.int().nonnegative(),
  hedges: z.int().nonnegative(),
  duration_us: z.int().nonnegative(),
});

export const guardFacts = {
  'mode.changed': {
    version: 1,
    schema: modeChangedPayloadSchema,
    about: 'The trading mode, its floor or its reasons changed.',
  },
  'latch.changed': {
    version: 1,
    schema: latchChangedPayloadSchema,
    about: 'The open-permission latch was set or opened.',
  },
  'emergency.changed': {
    version: 1,
    schema: emergencyChangedPayloadSchema,
    about: 'Emergency reduce-only was set, extended or released.',
  },
  'policy.changed': {
    version: 1,
    schema: policyChangedPayloadSchema,
    about: 'Another effective policy is in force.',
  },
  'orders.cleared': {
    version: 1,
    schema: ordersClearedPayloadSchema,
    about:
      'Open orders were cancelled by a restriction, and the venue was asked whether any is left.',
  },
  'account.flatten_owed': {
    version: 1,
    schema: flattenOwedPayloadSchema,
    about: 'A Kill demands that the account is closed: owed until it is flattened or restored.',
  },
  'account.flattened': {
    version: 1,
    schema: accountFlattenedPayloadSchema,
    about: 'What the account held was closed, hedged, or could not be.',
  },
  'reconcile.finished': {
    version: 1,
    schema: reconcilePayloadSchema,
    about: 'A reconciliation ended, with its proof or its differences.',
  },
  'order.ghost_canceled': {
    version: 1,
    schema: ghostOrderPayloadSchema,
    about: 'An order with our label and no ledger intent was cancelled (GhostOrderCanceled).',
  },
  'venue.announcement': {
    version: 1,
    schema: venueAnnouncementPayloadSchema,
    about: 'The venue announced something, changed it or took it back.',
  },
} as const satisfies FactSchemaTable;
