/** Digests and ids as text: lower-case hex of a fixed length, so that equal bytes are equal text. */
import { z } from 'zod';

/** A sha256. */
export const hex64 = z.string().regex(/^[0-9a-f]{64}$/, '64 lower-case hex digits');
/** A trace id. */
export const hex32 = z.string().regex(/^[0-9a-f]{32}$/, '32 lower-case hex digits');
