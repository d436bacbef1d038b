/** Randomness of a world: every stream is derived from the seed and the path of its names. */
import { sha256Bytes } from '../../../streams/facts/hash.ts';
import type { Random } from '../../../streams/ports/index.ts';
import { uniformInteger } from '../uniform.ts';

const range = 2 ** 53;

/** sfc32 started from sha256 of `seed`; `fork` depends on the name, not on draws made so far. */
export function seededRandom(seed: string | number): Random {
  const path = String(seed);
  const digest = sha256Bytes(Buffer.from(path));
  const draw32 = sfc32(digest);
  const draw53 = (): number => (draw32() >>> 11) * 2 ** 32 + draw32();
  return {
    next: () => draw53() / range,
    integer: (bound) => uniformInteger(bound, draw53),
    hex(byteCount) {
      const bytes = Buffer.alloc(byteCount);
      for (let at = 0; at < byteCount; at += 1) bytes[at] = draw32() & 0xff;
      return bytes.toString('hex');
    },
    fork: (name) => seededRandom(`${path}/${name}`),
  };
}

function sfc32(state: Buffer): () => number {
  let a = state.readUInt32LE(0);
  let b = state.readUInt32LE(4);
  let c = state.readUInt32LE(8);
  let counter = state.readUInt32LE(12);
  return () => {
    const sum = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum;
    c |= 0;
    return sum >>> 0;
  };
}
