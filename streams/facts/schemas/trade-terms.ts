/** What the venue tells of a trade, whoever it is booked for. */
import { z } from 'zod';
import { hex64 } from '../hex.ts';
import { decimalSchema } from '../instrument.ts';

export const tradeTerms = {
  instrument: z.string(),
  instrument_revision: hex64,
  side: z.enum(['buy', 'sell']),
  price: decimalSchema,
  amount: decimalSchema,
  fee: decimalSchema,
  fee_currency: z.string(),
  liquidity: z.enum(['maker', 'taker']),
  mark_price_float: z.number().nullable(),
  index_price_float: z.number().nullable(),
} as const;
