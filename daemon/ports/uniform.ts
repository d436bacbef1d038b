/** Uniform integers from 53-bit draws. */
import { assert } from '../../streams/facts/errors.ts';

const range = 2 ** 53;

/** Uniform in [0, bound), by rejection: no bias towards small numbers. */
export function uniformInteger(bound: number, draw53: () => number): number {
  assert(Number.isSafeInteger(bound) && bound > 0, `bound must be a positive integer: ${bound}`);
  const fair = range - (range % bound);
  let drawn = draw53();
  while (drawn >= fair) drawn = draw53();
  return drawn % bound;
}
