/**
 * How much worse fills are than predicted, learned from the last of them: the realism penalty that the
 * slippage of simulated fills is multiplied with. The median of realised over predicted, by strategy,
 * kind of instrument and how deep the book was predicted to be for the size.
 */
import { HoldfastError } from '../../streams/facts/errors.ts';
import type { InstrumentKind } from '../../streams/facts/instrument.ts';

/** Fills of one kind looked back on, count. */
export const calibrationFillsMax = 200;
const penaltyMin = 1;
const penaltyMax = 2.5;
/** Fewer fills than this are an anecdote. */
const fillsMin = 10;
/** Kinds of trade remembered, count; what comes later is not learned from. */
const tradesMax = 1_000;
/** Upper bounds of the buckets of liquidity, predicted bps: at the touch, deep, usual; beyond: thin. */
const bucketsBps = [0, 2, 10];

export interface TradeKind {
  readonly strategyId: string;
  readonly kind: InstrumentKind;
  /** Against the touch, bps; what the book promised for the size. */
  readonly predictedBpsFloat: number;
}

function keyOf({ strategyId, kind, predictedBpsFloat }: TradeKind): string {
  const bucket = bucketsBps.findIndex((bound) => predictedBpsFloat <= bound);
  return `${strategyId} ${kind} ${bucket}`;
}

/** A fill that was promised no slippage is as promised, or as bad as it gets. */
function ratioOf(predicted: number, realised: number): number {
  if (predicted > 0) return realised / predicted;
  return realised > 0 ? penaltyMax : penaltyMin;
}

export class SlippageCalibration {
  readonly #ratios = new Map<string, number[]>();
  readonly #withoutEvidence: () => number;

  /** `withoutEvidence`: how much too kind predictions are taken to be until fills have taught, factor. */
  constructor(withoutEvidence: () => number) {
    this.#withoutEvidence = withoutEvidence;
  }

  /** Realised against the same reference, bps, positive is worse. Throws INTERNAL for non-numbers. */
  add(trade: TradeKind, realisedBpsFloat: number): void {
    if (!Number.isFinite(trade.predictedBpsFloat) || !Number.isFinite(realisedBpsFloat)) {
      throw new HoldfastError('INTERNAL', 'a calibration fill is not a number');
    }
    const key = keyOf(trade);
    const known = this.#ratios.get(key);
    if (known === undefined && this.#ratios.size >= tradesMax) return;
    const ratios = known ?? [];
    this.#ratios.set(key, ratios);
    ratios.push(ratioOf(trade.predictedBpsFloat, realisedBpsFloat));
    if (ratios.length > calibrationFillsMax) ratios.shift();
  }

  /** 1.0 … 2.5; the default until there is evidence. */
  penaltyFloat(trade: TradeKind): number {
    const ratios = this.#ratios.get(keyOf(trade)) ?? [];
    if (ratios.length < fillsMin) return this.#withoutEvidence();
    const sorted = ratios.toSorted((one, other) => one - other);
    const middle = sorted.length >> 1;
    const upper = sorted[middle] as number;
    const median = sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] as number)) / 2;
    return Math.min(penaltyMax, Math.max(penaltyMin, median));
  }
}
