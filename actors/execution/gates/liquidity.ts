/**
 * Walks the book for the whole quantity and compares the average price with the touch. No valid,
 * fresh book refuses OPEN and reduction alike (a cancel needs none, an emergency close is exempt).
 * An order that rests does not take liquidity: only the book's freshness is asked of it.
 */
import { stepTicksAt } from '../../../streams/facts/instrument.ts';
import type { OrderIntent } from '../../../streams/facts/intent.ts';
import type { BookView, Side } from '../../../streams/facts/market.ts';
import { usPerMs } from '../../../streams/facts/time.ts';
import { crosses, type GateResult, type GateView, reject } from './gate.ts';

const bpsPerUnit = 10_000;

export interface BookWalk {
  readonly touchTicks: number;
  /** Lots the visible book could give. */
  readonly lots: number;
  /** Σ ticks × lots, exact while below 2^53. */
  readonly ticksLots: number;
}

/** Takes `lots` from the opposite side, best level first. Undefined: that side is empty. */
export function walkBook(book: BookView, side: Side, lots: number): BookWalk | undefined {
  const opposite = side === 'buy' ? 'asks' : 'bids';
  const depth = book.depth(opposite);
  if (depth === 0) return undefined;
  let left = lots;
  let ticksLots = 0;
  for (let level = 0; level < depth && left > 0; level += 1) {
    const taken = Math.min(left, book.lotsAt(opposite, level));
    ticksLots += taken * book.ticksAt(opposite, level);
    left -= taken;
  }
  return { touchTicks: book.ticksAt(opposite, 0), lots: lots - left, ticksLots };
}

/** Share of the size that the visible book offers within the limit, 0…1; null for an order that rests. */
export function visibleShare(book: BookView, intent: OrderIntent): number | null {
  const { side, limitTicks, qtyLots } = intent;
  const immediate = intent.timeInForce === 'immediate_or_cancel';
  if (!crosses(book, side, limitTicks)) return immediate ? 0 : null;
  const opposite = side === 'buy' ? 'asks' : 'bids';
  let lots = 0;
  for (let level = 0; level < book.depth(opposite) && lots < qtyLots; level += 1) {
    const ticks = book.ticksAt(opposite, level);
    if (side === 'buy' ? ticks > limitTicks : ticks < limitTicks) break;
    lots += book.lotsAt(opposite, level);
  }
  return Math.min(1, lots / qtyLots);
}

/** Expected slippage against the touch, bps; 0 for an order that would rest. */
export function predictedSlippageBpsFloat(book: BookView, intent: OrderIntent): number {
  if (!crosses(book, intent.side, intent.limitTicks)) return 0;
  const walk = walkBook(book, intent.side, intent.qtyLots);
  if (walk === undefined || walk.lots === 0) return 0;
  const atTouch = walk.touchTicks * walk.lots;
  return (Math.abs(walk.ticksLots - atTouch) / atTouch) * bpsPerUnit;
}

export function liquidityGate(intent: OrderIntent, view: GateView): GateResult {
  if (view.route === 'emergency') return undefined;
  const book = view.seen?.book;
  if (book === undefined || !book.valid) return reject('LiquidityGateNoL2', { book: false });
  const ageUs = view.nowMonotonicUs - book.receivedMonotonicUs;
  if (ageUs > view.policy.l2_book_snapshot_max_age_ms * usPerMs) {
    return reject('LiquidityGateNoL2', { age_ms: ageUs / usPerMs });
  }
  const rests = intent.timeInForce === 'good_til_cancelled';
  if (rests && !crosses(book, intent.side, intent.limitTicks)) return undefined;
  const walk = walkBook(book, intent.side, intent.qtyLots);
  if (walk === undefined) return reject('LiquidityGateNoL2', { opposite_side: 'empty' });
  if (walk.lots < intent.qtyLots) {
    return reject('ExpectedSlippageTooHigh', { visible_lots: walk.lots, lots: intent.qtyLots });
  }
  const worse = Math.abs(walk.ticksLots - walk.touchTicks * walk.lots);
  if (intent.instrument.kind === 'option') {
    const step = stepTicksAt(intent.instrument, walk.touchTicks);
    const max = view.policy.max_slippage_ticks_options;
    if (worse <= max * step * walk.lots) return undefined;
    return reject('ExpectedSlippageTooHigh', { ticks: worse / (step * walk.lots), max });
  }
  const max = view.policy.max_slippage_bps;
  if (worse * bpsPerUnit <= max * walk.touchTicks * walk.lots) return undefined;
  const bps = (worse * bpsPerUnit) / (walk.touchTicks * walk.lots);
  return reject('ExpectedSlippageTooHigh', { bps, max });
}
