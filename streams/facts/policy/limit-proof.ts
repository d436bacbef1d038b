/** What the trip tests of the start share: the shape of their answer, and observations beyond any real one. */
import { usPerDay } from '../time.ts';

/** One limit, and whether the worst observation trips it. */
export interface LimitProof {
  readonly limit: string;
  readonly trips: boolean;
}

/** Longer than any window or age: 400 days. */
export const longUs = 400 * usPerDay;
/** A sum nobody has, and nobody loses. */
export const beyondMoney = 1e15;
