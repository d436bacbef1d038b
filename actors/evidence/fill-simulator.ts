/**
 * What a size would have cost on a book as it stood: a deterministic walk, level by level, for
 * shadow rows and replay. The same input gives the same output; a larger size never slips less.
 */
import type { BookView, Side } from '../../streams/facts/market.ts';
import { feeAtRateFloat } from './fees.ts';

const bpsPerUnit = 10_000;

export interface SimulatedFill {
  /** Lots the visible book gave within the limit: what is missing was not filled. */
  readonly filledLots: number;
  /** Average price of the filled lots; null when nothing was filled. */
  readonly averagePriceFloat: number | null;
  /** Against the touch, positive is worse; null when nothing was filled. */
  readonly slippageBpsFloat: number | null;
  /** In the fee currency of the instrument. */
  readonly feeFloat: number;
}

export interface FillQuestion {
  readonly book: BookView;
  readonly side: Side;
  readonly lots: number;
  /** Absent: whatever the book asks for. */
  readonly limitTicks?: number;
  /** Taker rate, a fraction of value; the instrument's own when absent. */
  readonly takerFeeRateFloat?: number;
  /** USD price of the underlying: what options settled in dollars are charged on. */
  readonly indexFloat?: number;
}

function feeOf(question: FillQuestion, lots: number, priceFloat: number): number {
  const { instrument } = question.book;
  const rate = question.takerFeeRateFloat ?? Number(instrument.row.taker_fee_rate);
  const { indexFloat = Number.NaN } = question;
  return feeAtRateFloat({ instrument, lots, priceFloat, indexFloat }, rate);
}

/** Takes from the opposite side, best first, within the limit. */
export function simulateFill(question: FillQuestion): SimulatedFill {
  const { book, side, lots, limitTicks } = question;
  const nothing = { filledLots: 0, averagePriceFloat: null, slippageBpsFloat: null, feeFloat: 0 };
  const opposite = side === 'buy' ? 'asks' : 'bids';
  const depth = book.valid ? book.depth(opposite) : 0;
  let left = lots;
  let ticksLots = 0;
  for (let level = 0; level < depth && left > 0; level += 1) {
    const ticks = book.ticksAt(opposite, level);
    if (limitTicks !== undefined && (side === 'buy' ? ticks > limitTicks : ticks < limitTicks))
      break;
    const taken = Math.min(left, book.lotsAt(opposite, level));
    ticksLots += taken * ticks;
    left -= taken;
  }
  const filledLots = lots - left;
  if (filledLots === 0) return nothing;
  const touchTicks = book.ticksAt(opposite, 0);
  const averageTicks = ticksLots / filledLots;
  const averagePriceFloat = averageTicks / book.instrument.price.perUnit;
  const worse = side === 'buy' ? averageTicks - touchTicks : touchTicks - averageTicks;
  return {
    filledLots,
    averagePriceFloat,
    // A difference that is rounding of the division alone is none.
    slippageBpsFloat: Math.max(0, (worse / touchTicks) * bpsPerUnit),
    feeFloat: feeOf(question, filledLots, averagePriceFloat),
  };
}
