/**
 * JSON in the venue's own spelling. Floats are written the way its runtime writes them: shortest
 * form, always with a fraction, scientific where that is shorter (2.0e3, 85217.5, 6.563e-5).
 * Counters, times and ids stay integers. Readers must compare numbers, never their text.
 */

/** Fields whose numbers are integers on the wire; every other number is a float. */
const integerKeys: ReadonlySet<string> = new Set([
  'id',
  'code',
  'usIn',
  'usOut',
  'usDiff',
  'timestamp',
  'change_id',
  'prev_change_id',
  'trade_seq',
  'instrument_id',
  'user_id',
  'tick_direction',
  'expires_in',
  'leverage',
  'max_leverage',
  'result',
  'burst',
  'rate',
  'coin_precision',
  'min_confirmations',
  'count',
  'wait',
]);

/** Prices and amounts repeat; finding the shortest digits of a double is the dear part. */
const spelled = new Map<number, string>();
/** About 1 MB; forgotten as a whole when full, which happens once in many thousand new prices. */
const spelledMax = 16_384;

/** A float as the venue spells it. NaN and infinities have no spelling and become null. */
export function spellFloat(value: number): string {
  const known = spelled.get(value);
  if (known !== undefined) return known;
  const text = spell(value);
  if (spelled.size >= spelledMax) spelled.clear();
  spelled.set(value, text);
  return text;
}

function spell(value: number): string {
  if (!Number.isFinite(value)) return 'null';
  if (value === 0) return '0.0';
  const text = String(value);
  if (text.includes('e')) return spellScientific(value);
  if (text.includes('.')) {
    // With a fraction an exponent can only be shorter behind three zeros.
    if (value >= exponentBelow || value <= -exponentBelow) return text;
    const scientific = spellScientific(value);
    return scientific.length < text.length ? scientific : text;
  }
  return text.endsWith('00') ? spellRound(text) : `${text}.0`;
}

const exponentBelow = 1e-3;
const digitZero = 48;

/** A whole number that ends in at least two zeros; with an exponent where that is shorter. */
function spellRound(text: string): string {
  const plain = `${text}.0`;
  let end = text.length;
  while (text.charCodeAt(end - 1) === digitZero) end -= 1;
  const first = text.startsWith('-') ? 2 : 1;
  const fraction = end > first ? text.slice(first, end) : '0';
  const scientific = `${text.slice(0, first)}.${fraction}e${text.length - first}`;
  return scientific.length < plain.length ? scientific : plain;
}

function spellScientific(value: number): string {
  const [digits = '0', exponent = '0'] = value.toExponential().split('e');
  const mantissa = digits.includes('.') ? digits : `${digits}.0`;
  return `${mantissa}e${exponent.startsWith('+') ? exponent.slice(1) : exponent}`;
}

/** The JSON text of a wire value. Undefined fields are left out. */
export function encodeWire(value: unknown): string {
  return encode('', value);
}

function encode(key: string, value: unknown): string {
  switch (typeof value) {
    case 'string':
      return JSON.stringify(value);
    case 'number':
      return isIntegerKey(key) && Number.isInteger(value) ? String(value) : spellFloat(value);
    case 'boolean':
      return value ? 'true' : 'false';
    case 'object':
      if (value === null) return 'null';
      return Array.isArray(value) ? encodeArray(key, value) : encodeObject(value);
    default:
      return 'null';
  }
}

/** Field names of the protocol, a few hundred: asked once each. */
const askedKeys = new Map<string, boolean>();
const askedKeysMax = 1_000;

function isIntegerKey(key: string): boolean {
  const known = askedKeys.get(key);
  if (known !== undefined) return known;
  const isInteger = integerKeys.has(key) || key.endsWith('_timestamp');
  if (askedKeys.size < askedKeysMax) askedKeys.set(key, isInteger);
  return isInteger;
}

function encodeArray(key: string, items: readonly unknown[]): string {
  let text = '[';
  for (let at = 0; at < items.length; at += 1) {
    if (at > 0) text += ',';
    text += encode(key, items[at]);
  }
  return `${text}]`;
}

function encodeObject(object: object): string {
  let text = '{';
  const fields = object as Readonly<Record<string, unknown>>;
  for (const key of Object.keys(fields)) {
    const value = fields[key];
    if (value === undefined) continue;
    if (text.length > 1) text += ',';
    text += `"${key}":${encode(key, value)}`;
  }
  return `${text}}`;
}
