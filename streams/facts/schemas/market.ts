/** Payloads of market facts and of what the ingestion gate writes about them. */
import { z } from 'zod';
import { hex64 } from '../hex.ts';
import { decimalSchema, instrumentStates } from '../instrument.ts';
import type { FactSchemaTable } from './schema-table.ts';

/** [price, amount] as canonical decimal text; amount `0` deletes the level. */
const levels = z.array(z.tuple([decimalSchema, decimalSchema]));
const float = z.number().nullable();

const source = {
  venue: z.string(),
  channel: z.string(),
  session_epoch: z.int().nonnegative(),
  instrument: z.string(),
  instrument_revision: hex64,
};

export const bookPayloadSchema = z.strictObject({
  ...source,
  frame: z.enum(['snapshot', 'change']),
  change_id: z.int(),
  prev_change_id: z.int().nullable(),
  bids: levels,
  asks: levels,
});

export const tradePayloadSchema = z.strictObject({
  ...source,
  trade_id: z.string(),
  trade_seq: z.int(),
  price: decimalSchema,
  amount: decimalSchema,
  taker_side: z.enum(['buy', 'sell']),
  mark_price_float: float,
  index_price_float: float,
});

export const tickerPayloadSchema = z.strictObject({
  ...source,
  state: z.enum(instrumentStates),
  mark_price_float: float,
  index_price_float: float,
  last_price_float: float,
  open_interest_float: float,
  funding_8h_float: float,
  underlying_price_float: float,
  mark_iv_percent_float: float,
  greeks: z
    .strictObject({
      delta_float: z.number(),
      gamma_float: z.number(),
      vega_float: z.number(),
      theta_float: z.number(),
    })
    .nullable(),
});

const range = z.strictObject({
  /** Exclusive-next, as all offsets. */
  first_offset: z.int().nonnegative(),
  next_offset: z.int().nonnegative(),
});

export const gateReceiptsPayloadSchema = z.strictObject({
  /** Counts receipt batches of this run from 0. */
  batch: z.int().nonnegative(),
  admitted: z.int().nonnegative(),
  duplicates: z.int().nonnegative(),
  quarantined: z.int().nonnegative(),
  /** Quarantine reason → count. */
  reasons: z.record(z.string(), z.int().positive()),
  /** Where the admitted facts stand: in `traffic`, or in a sealed world by reference. */
  traffic: range.nullable(),
  world: z
    .strictObject({
      manifest_fingerprint: hex64,
      first_row: z.int().nonnegative(),
      next_row: z.int().nonnegative(),
    })
    .nullable(),
  first_ts_us: z.int().nullable(),
  last_ts_us: z.int().nullable(),
  ingested_us: z.int(),
});

export const quarantinePayloadSchema = z.strictObject({
  reason: z.string(),
  channel: z.string(),
  instrument: z.string().nullable(),
  identity: z.string(),
  payload_hash: hex64,
  /** The refused content, cut to a bound; never a secret (public market data only). */
  excerpt: z.string().max(2_000),
});

export const linkPayloadSchema = z.strictObject({
  venue: z.string(),
  state: z.enum(['up', 'down']),
  session_epoch: z.int().nonnegative(),
  cause: z.string().nullable(),
});

export const marketFacts = {
  'market.book': { version: 1, schema: bookPayloadSchema, about: 'A book snapshot or change.' },
  'market.trade': { version: 1, schema: tradePayloadSchema, about: 'A public trade.' },
  'market.ticker': {
    version: 1,
    schema: tickerPayloadSchema,
    about: 'Mark, index, state, greeks of an instrument.',
  },
  'market.link': {
    version: 1,
    schema: linkPayloadSchema,
    about: 'The link to a venue came up or went down.',
  },
  'gate.receipts': {
    version: 1,
    schema: gateReceiptsPayloadSchema,
    about: 'What the ingestion gate decided on a batch.',
  },
  'gate.quarantined': {
    version: 1,
    schema: quarantinePayloadSchema,
    about: 'Something the gate refused, and why.',
  },
} as const satisfies FactSchemaTable;
