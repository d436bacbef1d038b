/**
 * How much worse fills are than predicted, learned from the last of them: the realism penalty that
 * predictions are multiplied with. Total realised over total predicted, so that one tiny fill with
 * a tiny prediction cannot run away with it.
 */
import { HoldfastError } from '../../streams/facts/errors.ts';

/** Fills looked back on, count. */
export const calibrationFillsMax = 200;
const penaltyMin = 1;
const penaltyMax = 2.5;
/** Fewer fills than this are an anecdote. */
const fillsMin = 10;

export class SlippageCalibration {
  readonly #predicted: number[] = [];
  readonly #realised: number[] = [];
  readonly #withoutEvidence: () => number;

  /** `withoutEvidence`: how much too kind predictions are taken to be until fills have taught, factor. */
  constructor(withoutEvidence: () => number) {
    this.#withoutEvidence = withoutEvidence;
  }

  /** Both in bps against the same reference, positive is worse. Throws INTERNAL for non-numbers. */
  add(predictedBpsFloat: number, realisedBpsFloat: number): void {
    if (!Number.isFinite(predictedBpsFloat) || !Number.isFinite(realisedBpsFloat)) {
      throw new HoldfastError('INTERNAL', 'a calibration fill is not a number');
    }
    this.#predicted.push(Math.max(0, predictedBpsFloat));
    this.#realised.push(realisedBpsFloat);
    if (this.#predicted.length <= calibrationFillsMax) return;
    this.#predicted.shift();
    this.#realised.shift();
  }

  get fills(): number {
    return this.#predicted.length;
  }

  /** 1.0 … 2.5; the default until there is evidence. */
  get penaltyFloat(): number {
    const predicted = this.#predicted.reduce((sum, bps) => sum + bps, 0);
    if (this.fills < fillsMin || predicted === 0) return this.#withoutEvidence();
    const realised = this.#realised.reduce((sum, bps) => sum + bps, 0);
    return Math.min(penaltyMax, Math.max(penaltyMin, realised / predicted));
  }
}
