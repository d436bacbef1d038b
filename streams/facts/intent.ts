/** Intents: what a strategy wishes (loose), and what the house may send (exact). */
import { z } from 'zod';
import type { Instrument } from './instrument.ts';

export const intentClasses = ['OPEN', 'CLOSE', 'HEDGE', 'CANCEL'] as const;
export type IntentClass = (typeof intentClasses)[number];

/**
 * A strategy's wish. Every field may be missing or wrong: classification and preflight turn it into
 * an `OrderIntent` or one reject code. Prices and quantities are decimal text or numbers.
 */
export const proposedIntentSchema = z.looseObject({
  class: z.unknown().optional(),
  instrument: z.unknown().optional(),
  side: z.unknown().optional(),
  /** Amount in the instrument's unit (USD for inverse futures and perpetuals, coin otherwise). */
  quantity: z.unknown().optional(),
  /** Number of contracts; when given beside `quantity` both must agree. */
  contracts: z.unknown().optional(),
  limit_price: z.unknown().optional(),
  order_type: z.unknown().optional(),
  time_in_force: z.unknown().optional(),
  post_only: z.unknown().optional(),
  reduce_only: z.unknown().optional(),
  leg_idx: z.unknown().optional(),
  attempt: z.unknown().optional(),
  target_order_id: z.unknown().optional(),
  edge: z.unknown().optional(),
  reason_codes: z.unknown().optional(),
});
export type ProposedIntent = z.infer<typeof proposedIntentSchema>;

/** Expected edge of the order, USD, as the strategy states it. Analytics: gates compare, never size with it. */
export interface EdgeEstimate {
  readonly grossUsdFloat: number;
  readonly feeUsdFloat: number;
  readonly slippageUsdFloat: number;
}

export const timesInForce = ['immediate_or_cancel', 'good_til_cancelled'] as const;
export type TimeInForce = (typeof timesInForce)[number];

/** A quantised, hashed, fully specified order. Immutable. `limit` is the only order type there is. */
export interface OrderIntent {
  /** The intent hash, 64 hex. */
  readonly intentId: string;
  /** 64 hex, derived from pins without run id, strategy and decision. */
  readonly groupId: string;
  readonly legIdx: number;
  /** 0 first, then 1, 2, … for rescues, closes and hedges of the same leg. */
  readonly attempt: number;
  readonly strategyId: string;
  readonly decisionId: string;
  readonly class: Exclude<IntentClass, 'CANCEL'>;
  readonly instrument: Instrument;
  readonly side: 'buy' | 'sell';
  readonly qtyLots: number;
  readonly limitTicks: number;
  readonly timeInForce: TimeInForce;
  readonly postOnly: boolean;
  readonly reduceOnly: boolean;
  /** Venue time after which the venue must refuse the order, epoch µs. */
  readonly validUntilUs: number;
  readonly label: string;
  readonly edge: EdgeEstimate | null;
  readonly reasonCodes: readonly string[];
  readonly traceId: string;
}

/** The wish to cancel one order of ours. */
export interface CancelIntent {
  readonly class: 'CANCEL';
  readonly intentId: string;
  readonly strategyId: string;
  readonly instrument: Instrument;
  readonly targetOrderId: string;
  readonly traceId: string;
}
