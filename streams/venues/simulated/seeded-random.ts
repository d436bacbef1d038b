/**
 * Randomness from a seed, for markets that must come out the same every time: sfc32, seeded through
 * sha256 so that near seeds do not give near streams. Not for secrets.
 */
import { sha256Hex } from '../../facts/hash.ts';
import type { Random } from '../../ports/random.ts';

const twoTo32 = 4_294_967_296;

class SeededRandom implements Random {
  readonly #seed: string;
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  constructor(seed: string) {
    this.#seed = seed;
    const digest = sha256Hex(seed);
    const word = (at: number): number => Number.parseInt(digest.slice(at * 8, at * 8 + 8), 16) | 0;
    this.#a = word(0);
    this.#b = word(1);
    this.#c = word(2);
  }

  #word(): number {
    const sum = (((this.#a + this.#b) | 0) + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (this.#c << 21) | (this.#c >>> 11) | 0;
    this.#c = (this.#c + sum) | 0;
    return sum >>> 0;
  }

  next(): number {
    return this.#word() / twoTo32;
  }

  integer(bound: number): number {
    if (bound <= twoTo32) return Math.floor(this.next() * bound);
    return Math.floor((this.#word() * 2_097_152 + (this.#word() >>> 11)) % bound);
  }

  hex(byteCount: number): string {
    let text = '';
    while (text.length < byteCount * 2) text += this.#word().toString(16).padStart(8, '0');
    return text.slice(0, byteCount * 2);
  }

  fork(name: string): Random {
    return new SeededRandom(`${this.#seed}/${name}`);
  }
}

/** A stream of randomness that is the same for the same seed. */
export function seededRandom(seed: string): Random {
  return new SeededRandom(seed);
}

/** Standard normal draw (Box–Muller; one value per call so that forks stay aligned). */
export function normal(random: Random): number {
  const radius = Math.sqrt(-2 * Math.log(1 - random.next()));
  return radius * Math.cos(2 * Math.PI * random.next());
}

/** Exponential waiting time, µs, of events that come `perSecond` times a second on average. */
export function waitUs(random: Random, perSecond: number): number {
  return Math.max(1, Math.round((-Math.log(1 - random.next()) / perSecond) * 1_000_000));
}
