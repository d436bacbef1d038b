/** The body of an adoption: everything is named, nothing is "all". */
import { z } from 'zod';
import { decimalSchema } from '../../streams/facts/instrument.ts';

/** Names of one kind in one command: it is one durable block, and one person has to have read it. */
export const adoptedNamesMax = 100;

const instrument = z.string().min(1).max(64);
const id = z.string().min(1).max(64);

export const adoptBody = z
  .strictObject({
    /** The account at the venue, as the status names it. */
    account: z.string().min(1).max(64),
    reason: z.string().min(1).max(500),
    trades: z
      .array(z.strictObject({ instrument, trade_id: id }))
      .max(adoptedNamesMax)
      .default([]),
    orders: z
      .array(z.strictObject({ instrument, order_id: id }))
      .max(adoptedNamesMax)
      .default([]),
    /** `amount`: signed, what the venue holds. */
    positions: z
      .array(z.strictObject({ instrument, amount: decimalSchema }))
      .max(adoptedNamesMax)
      .default([]),
  })
  .refine(({ trades, orders, positions }) => trades.length + orders.length + positions.length > 0, {
    message: 'name at least one trade, order or position',
  });
export type AdoptBody = z.infer<typeof adoptBody>;
