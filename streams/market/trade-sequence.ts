/**
 * Follows the contiguous trade numbers of one instrument. The first number seen is the base; the
 * number is kept over lost links, so that trades missed while away show as a gap.
 */
export class TradeSequence {
  #last = -1;

  /** The last number seen; −1 before the first. */
  get last(): number {
    return this.#last;
  }

  /** `gap`: numbers between the last one and this one are missing; this one is taken as new last. */
  next(tradeSeq: number): 'applied' | 'gap' | 'stale' {
    const last = this.#last;
    if (last >= 0 && tradeSeq <= last) return 'stale';
    this.#last = tradeSeq;
    return last < 0 || tradeSeq === last + 1 ? 'applied' : 'gap';
  }
}
