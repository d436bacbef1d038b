/**
 * The identities one channel has shown last, as integers. A number above all of them is new
 * without looking; among them it is known or late; below them nothing can be said any more.
 */

/** Enough for a burst of repeats; a repeat from further back is refused, not guessed. */
const windowSize = 32;

export type IdentityJudgement = 'new' | 'same' | 'conflict' | 'too_old';

export class IdentityWindow {
  readonly #ids = new Float64Array(windowSize);
  readonly #digests = new Int32Array(windowSize);
  /** Several payloads may share one id (venue times of tickers): then the digest is part of it. */
  readonly #digestIsIdentity: boolean;
  #next = 0;
  #highest = -1;
  #forgottenUpTo = -1;

  constructor(options: { readonly digestIsIdentity: boolean }) {
    this.#digestIsIdentity = options.digestIsIdentity;
  }

  /** Judges an identity and, when it is new, remembers it. */
  judge(id: number, digest: number): IdentityJudgement {
    if (id <= this.#highest) {
      const known = this.#lookBack(id, digest);
      if (known !== 'new') return known;
    } else {
      this.#highest = id;
    }
    const slot = this.#next % windowSize;
    if (this.#next >= windowSize) {
      const forgotten = this.#ids[slot] as number;
      if (forgotten > this.#forgottenUpTo) this.#forgottenUpTo = forgotten;
    }
    this.#ids[slot] = id;
    this.#digests[slot] = digest;
    this.#next += 1;
    return 'new';
  }

  /** A new chain begins (session, snapshot with a lower id): earlier identities do not bind it. */
  reset(): void {
    this.#next = 0;
    this.#highest = -1;
    this.#forgottenUpTo = -1;
  }

  get highest(): number {
    return this.#highest;
  }

  #lookBack(id: number, digest: number): IdentityJudgement {
    const filled = Math.min(this.#next, windowSize);
    for (let back = 1; back <= filled; back += 1) {
      const slot = (this.#next - back) % windowSize;
      if (this.#ids[slot] !== id) continue;
      if (this.#digests[slot] === digest) return 'same';
      if (!this.#digestIsIdentity) return 'conflict';
    }
    const isForgotten = this.#digestIsIdentity
      ? id < this.#forgottenUpTo
      : id <= this.#forgottenUpTo;
    return isForgotten ? 'too_old' : 'new';
  }
}
