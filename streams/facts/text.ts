/**
 * Text from outside, made fit for facts: half of a character pair has no UTF-8 form, so no hash and
 * no journal would take it. It becomes U+FFFD where the text comes in, never where it is recorded.
 */
const halves = /[\ud800-\udfff]/gu;

/** The text with U+FFFD in place of every half of a character pair. */
export function wellFormed(text: string): string {
  return text.replace(halves, '\ufffd');
}

/** At most `maxChars` of the text, well-formed even where the cut went through a character. */
export function cutText(text: string, maxChars: number): string {
  return wellFormed(text.length > maxChars ? text.slice(0, maxChars) : text);
}

/** `JSON.parse` whose texts are well-formed. Only escapes can spell a half; they are rare. */
export function parseJson(text: string): unknown {
  if (!text.includes('\\u')) return JSON.parse(text);
  return JSON.parse(text, (_, value: unknown) =>
    typeof value === 'string' ? wellFormed(value) : value,
  );
}
