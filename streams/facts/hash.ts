/** Content hashes over canonical bytes (RFC 8785). */
import { createHash, hash } from 'node:crypto';
import canonicalize from 'canonicalize';
import { HoldfastError } from './errors.ts';

/** RFC 8785 text. Refuses what JSON cannot carry (undefined at the top, NaN, Infinity, BigInt). */
export function canonicalJson(value: unknown): string {
  let text: string | undefined;
  try {
    text = canonicalize(value);
  } catch (cause) {
    throw new HoldfastError('INTERNAL', 'value has no canonical JSON form', { cause });
  }
  if (text === undefined) throw new HoldfastError('INTERNAL', 'value has no canonical JSON form');
  return text;
}

// `crypto.hash` (one shot) is 1.7× `createHash`; it exists from Node 20.12.
/** sha256 as 64 lower-case hex digits. */
export function sha256Hex(bytes: string | Uint8Array): string {
  return hash('sha256', bytes, 'hex');
}

/** sha256 of the canonical JSON of `value`. */
export function canonicalHash(value: unknown): string {
  return sha256Hex(canonicalJson(value));
}

/** sha256 over several byte runs in order, as raw bytes. */
export function sha256Bytes(...parts: readonly Uint8Array[]): Buffer {
  const digest = createHash('sha256');
  for (const part of parts) digest.update(part);
  return digest.digest();
}
