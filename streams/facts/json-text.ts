/**
 * Members of hand-written canonical JSON: what `JSON.stringify` gives for one text or number, for
 * records that are written as text on the way to the venue, without an object in between.
 */

/** Text that stands in JSON as it is; nearly everything we write ourselves is. */
export const plainText = /^[\x20\x21\x23-\x5b\x5d-\x7e]*$/;

/** The text in quotes, escaped where it must be. */
export function jsonText(text: string): string {
  return plainText.test(text) ? `"${text}"` : JSON.stringify(text);
}

/** `jsonText`, or null. */
export function jsonTextOrNull(text: string | null): string {
  return text === null ? 'null' : jsonText(text);
}

/** The number; null for null and for what JSON has no number for (NaN, Infinity). */
export function jsonNumber(value: number | null | undefined): string {
  return typeof value === 'number' && Number.isFinite(value) ? String(value) : 'null';
}
