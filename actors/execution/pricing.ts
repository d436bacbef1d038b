/**
 * The limit an OPEN goes out with: never more aggressive than the strategy asked, and less where
 * inventory or edge ask for it. It is part of forming the intent, so the hash is that of the price that
 * is sent. Pure. Legs of a group keep their price: a leg that stays behind would break the group, so
 * there the gates refuse instead.
 */
import { gridFloat } from '../../streams/facts/decimal.ts';
import { type Instrument, isPricedInCoin, stepTicksAt } from '../../streams/facts/instrument.ts';
import type { EdgeEstimate } from '../../streams/facts/intent.ts';
import type { InstrumentView, Side } from '../../streams/facts/market.ts';
import { referenceUsdFloat, touchTicks } from './gates/gate.ts';

export interface PriceQuestion {
  readonly seen: InstrumentView;
  readonly side: Side;
  readonly lots: number;
  /** Quantised price the strategy asked for. */
  readonly limitTicks: number;
  /** Takes what it can at once: only such a limit is paid for in edge. */
  readonly immediate: boolean;
  /** As stated, fees as the house knows them; null: not stated, for the net edge to refuse. */
  readonly edge: EdgeEstimate | null;
  readonly minEdgeUsd: number;
  /** 0…1: how full the side of the inventory is that this trade adds to. */
  readonly fullnessFloat: number;
  readonly tickPenaltyMax: number;
}

/** USD value of a price difference over a size. NaN when the underlying has no price. */
export function priceDifferenceUsdFloat(seen: InstrumentView, lots: number, ticks: number): number {
  const { instrument } = seen;
  const amount = gridFloat(instrument.amount, lots);
  const difference = gridFloat(instrument.price, ticks);
  if (instrument.amountUnit === 'usd') return (amount * difference) / referenceUsdFloat(seen);
  return amount * difference * (isPricedInCoin(instrument) ? referenceUsdFloat(seen) : 1);
}

/** On the grid of its band, away from the market. */
function onGrid(instrument: Instrument, side: Side, ticks: number): number {
  const step = stepTicksAt(instrument, Math.max(1, ticks));
  const steps = ticks / step;
  return Math.max(step, (side === 'buy' ? Math.floor(steps) : Math.ceil(steps)) * step);
}

/**
 * Furthest limit past the touch at which the minimum edge survives a fill at the limit:
 * gross − fees − (limit − touch) ≥ minimum. The stated gross edge is that of a fill at the touch.
 */
function edgeLimitTicks(question: PriceQuestion, touch: number): number {
  const { seen, lots, edge, minEdgeUsd, side } = question;
  if (edge === null) return question.limitTicks;
  const tickUsd = priceDifferenceUsdFloat(seen, lots, 1);
  const spareTicks = Math.floor((edge.grossUsdFloat - edge.feeUsdFloat - minEdgeUsd) / tickUsd);
  // What cannot be computed, or would not even take the touch, is the net edge gate's to refuse.
  if (!Number.isSafeInteger(spareTicks) || spareTicks < 0) return question.limitTicks;
  return side === 'buy' ? touch + spareTicks : touch - spareTicks;
}

/** The stricter of two limits of one side. */
function stricter(side: Side, one: number, other: number): number {
  return side === 'buy' ? Math.min(one, other) : Math.max(one, other);
}

/** Limit in ticks, on the grid. Without an opposite side there is nothing to move away from. */
export function limitOfOpen(question: PriceQuestion): number {
  const { seen, side, limitTicks, tickPenaltyMax } = question;
  const touch = touchTicks(seen.book, side);
  if (touch === undefined) return limitTicks;
  let limit = limitTicks;
  if (question.immediate) limit = stricter(side, limit, edgeLimitTicks(question, touch));
  const penalty = Math.floor(tickPenaltyMax * question.fullnessFloat);
  if (penalty > 0) {
    const away = penalty * stepTicksAt(seen.instrument, touch);
    limit = stricter(side, limit, side === 'buy' ? touch - away : touch + away);
  }
  return limit === limitTicks ? limit : onGrid(seen.instrument, side, limit);
}
