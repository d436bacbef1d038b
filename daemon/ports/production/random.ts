/** Randomness from the operating system. Streams need no names here: none is predictable. */
import { randomBytes } from 'node:crypto';
import type { Random } from '../../../streams/ports/index.ts';
import { uniformInteger } from '../uniform.ts';

/** One system call serves this many bytes of draws. */
const poolBytes = 4_096;
const drawBytes = 8;
const range = 2 ** 53;

/** Cryptographically strong; `fork` returns an equally independent stream. */
export function productionRandom(): Random {
  let pool = Buffer.alloc(0);
  let used = 0;
  const draw53 = (): number => {
    if (used + drawBytes > pool.length) {
      pool = randomBytes(poolBytes);
      used = 0;
    }
    const high = pool.readUInt32LE(used) >>> 11;
    const low = pool.readUInt32LE(used + 4);
    used += drawBytes;
    return high * 2 ** 32 + low;
  };
  const random: Random = {
    next: () => draw53() / range,
    integer: (bound) => uniformInteger(bound, draw53),
    hex: (byteCount) => randomBytes(byteCount).toString('hex'),
    fork: () => random,
  };
  return random;
}
