/**
 * Holds a condition-released reason until it has stayed clear for the stable period, so that a
 * flapping input cannot flap the mode. Reasons of other releases pass through unchanged.
 */
import { modeReasonRow, reduceOnlyReasons } from '../../streams/facts/reason-codes/index.ts';
import { reasonBit } from './reason-masks.ts';

/** Bits of ReduceOnly reasons that their condition releases. */
const conditionMask = reduceOnlyReasons
  .filter((reason) => modeReasonRow(reason).release === 'condition')
  .reduce((mask, reason) => mask | reasonBit[reason], 0);

export class HeldReasons {
  #held = 0;
  readonly #clearSinceUs = new Float64Array(32);
  #clearing = 0;

  /** What stands, given what stands by inputs alone. `holding` false: nothing is held back. */
  apply(standing: number, nowUs: number, stableUs: number, holding: boolean): number {
    if (!holding) {
      this.#held = standing & conditionMask;
      this.#clearing = 0;
      return standing;
    }
    this.#held |= standing & conditionMask;
    this.#clearing &= ~standing;
    let left = this.#held & ~standing;
    while (left !== 0) {
      const index = 31 - Math.clz32(left);
      const bit = 1 << index;
      left &= ~bit;
      this.#release(index, bit, nowUs, stableUs);
    }
    return standing | this.#held;
  }

  #release(index: number, bit: number, nowUs: number, stableUs: number): void {
    if ((this.#clearing & bit) === 0) {
      this.#clearing |= bit;
      this.#clearSinceUs[index] = nowUs;
    }
    if (nowUs - (this.#clearSinceUs[index] as number) < stableUs) return;
    this.#held &= ~bit;
    this.#clearing &= ~bit;
  }
}
