/**
 * Keeps secrets out of logs, three ways at once: by the name of a field at any depth, by the shape
 * of a text (bearer tokens, keys, signed headers, credentials in addresses), and by exact value for
 * every secret this process was ever handed. The copy it makes is bounded in depth and size, holds
 * plain JSON only, and making it never throws.
 */
const hidden = '***';
/** Bounds of one log line: what lies beyond is cut and said to be cut. */
const maxDepth = 8;
const maxNodes = 1_000;
const maxItems = 100;
const maxTextLength = 8_192;
/** What is searched of a longer text; its last part is thrown away, it may end inside a secret. */
const maxSearchedLength = 65_536;
const untrustedTailLength = 4_096;
/** Field names come from source code: there are hundreds of them, unless data is used as names. */
const maxRememberedKeys = 2_000;
/** Shorter secrets would blank ordinary words wherever they occur. */
const minLearnedLength = 6;

/** Field names whose value is never shown, lower case, without `_` and `-`. */
const secretNames: ReadonlySet<string> = new Set(
  (
    'secret clientsecret password passwd passphrase pwd token accesstoken refreshtoken ' +
    'idtoken bearer authorization proxyauthorization apikey privatekey signingkey hmackey signature ' +
    'sig cookie setcookie credential credentials sessionid xapikey auth'
  ).split(' '),
);

const secretField =
  'client_?secret|access_?token|refresh_?token|password|passwd|passphrase|api_?key|private_?key|signature|authorization|secret|token|sig';
const patterns: ReadonlyArray<readonly [RegExp, string]> = [
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g, hidden],
  [/\b(Bearer|Basic|deri-hmac-sha256)\s+[^\s"',;][^\s"';]*/gi, `$1 ${hidden}`],
  [/\beyJ[\w-]{6,}\.[\w-]+\.[\w-]*/g, hidden],
  [/(\b[a-z][a-z0-9+.-]{1,20}:\/\/)[^\s/@:]{0,128}:[^\s/@]{1,512}@/gi, `$1${hidden}@`],
  [new RegExp(`(["']?\\b(?:${secretField})["']?\\s*[=:]\\s*")[^"]*`, 'gi'), `$1${hidden}`],
  [new RegExp(`(\\b(?:${secretField})=)[^\\s&"',;]+`, 'gi'), `$1${hidden}`],
];

export interface Redactor {
  /** From now on this exact value is blanked wherever it occurs. */
  learn(secret: string): void;
  /** A text without secrets, cut at the length bound. */
  text(value: string): string;
  /** A plain, bounded copy without secrets. */
  fields(value: Readonly<Record<string, unknown>>): Record<string, unknown>;
}

/** A redactor with an empty memory of secrets. */
export function createRedactor(): Redactor {
  const learned: string[] = [];
  const keys: KeyMemory = new Map();
  const text = (value: string): string => {
    const isLong = value.length > maxSearchedLength;
    let clean = isLong ? value.slice(0, maxSearchedLength) : value;
    for (const secret of learned) clean = clean.replaceAll(secret, hidden);
    if (mightHoldSecret(clean)) {
      for (const [pattern, replacement] of patterns) clean = clean.replace(pattern, replacement);
    }
    if (isLong) clean = `${clean.slice(0, -untrustedTailLength)}…[cut]`;
    // Cut last: a secret cut in half would not be recognised.
    return clean.length > maxTextLength ? `${clean.slice(0, maxTextLength)}…[cut]` : clean;
  };
  return {
    learn(secret) {
      if (secret.length < minLearnedLength || learned.includes(secret)) return;
      keys.clear();
      learned.push(secret, ...encodedForms(secret).filter((form) => form !== secret));
      learned.sort((a, b) => b.length - a.length);
    },
    text,
    fields(value) {
      const copy = new PlainCopy(text, keys).take(value, 0);
      return typeof copy === 'object' && copy !== null ? { ...copy } : { value: copy };
    },
  };
}

/** What every pattern needs somewhere; most texts are short words and are spared the patterns. */
const patternHint = /[=:]|eyJ|BEGIN|bearer|basic|sha256/i;

function mightHoldSecret(value: string): boolean {
  return value.length >= 6 && patternHint.test(value);
}

function encodedForms(secret: string): string[] {
  return [
    JSON.stringify(secret).slice(1, -1),
    encodeURIComponent(secret),
    Buffer.from(secret).toString('base64'),
  ];
}

interface JudgedKey {
  /** The name without secrets. */
  readonly key: string;
  readonly isSecret: boolean;
}

/** Field names repeat from line to line: each is judged once. */
type KeyMemory = Map<string, JudgedKey>;

/** One bounded walk over one value. */
class PlainCopy {
  readonly #text: (value: string) => string;
  readonly #keys: KeyMemory;
  readonly #path = new Set<object>();
  #nodes = 0;

  constructor(text: (value: string) => string, keys: KeyMemory) {
    this.#text = text;
    this.#keys = keys;
  }

  take(value: unknown, depth: number): unknown {
    if (typeof value === 'string') return this.#text(value);
    if (typeof value === 'bigint') return value.toString();
    if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
    if (typeof value === 'symbol' || typeof value === 'function') return `[${typeof value}]`;
    if (typeof value !== 'object' || value === null) return value;
    this.#nodes += 1;
    if (depth >= maxDepth || this.#nodes > maxNodes) return '[cut]';
    if (this.#path.has(value)) return '[circular]';
    this.#path.add(value);
    try {
      return this.#takeObject(value, depth);
    } catch {
      return '[unreadable]';
    } finally {
      this.#path.delete(value);
    }
  }

  #takeObject(value: object, depth: number): unknown {
    if (value instanceof Error) return this.#takeError(value, depth);
    if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
    if (Array.isArray(value)) return this.#takeItems(value, value.length, depth);
    if (value instanceof Set) return this.#takeItems(value, value.size, depth);
    if (value instanceof Map) return this.#takeEntries([...value].slice(0, maxItems + 1), depth);
    if ('toJSON' in value && typeof value.toJSON === 'function') {
      return this.take(value.toJSON(), depth + 1);
    }
    return this.#takeEntries(
      Object.keys(value).map((key) => [key, value] as const),
      depth,
      true,
    );
  }

  #takeItems(items: Iterable<unknown>, count: number, depth: number): unknown[] {
    const copy: unknown[] = [];
    for (const item of items) {
      if (copy.length === maxItems) break;
      copy.push(this.take(item, depth + 1));
    }
    if (count > maxItems) copy.push(`[${count - maxItems} more]`);
    return copy;
  }

  #takeEntries(
    entries: ReadonlyArray<readonly [unknown, unknown]>,
    depth: number,
    byKey = false,
  ): Record<string, unknown> {
    const copy: Record<string, unknown> = {};
    for (const [name, held] of entries.slice(0, maxItems)) {
      const { key, isSecret } = this.#judge(String(name));
      if (isSecret) copy[key] = hidden;
      else copy[key] = this.take(byKey ? this.#read(held, String(name)) : held, depth + 1);
    }
    if (entries.length > maxItems) copy['[more]'] = entries.length - maxItems;
    return copy;
  }

  #judge(name: string): JudgedKey {
    const known = this.#keys.get(name);
    if (known !== undefined) return known;
    const key = this.#text(name);
    const judged = { key, isSecret: isSecretName(key) };
    if (this.#keys.size < maxRememberedKeys) this.#keys.set(name, judged);
    return judged;
  }

  #read(owner: unknown, key: string): unknown {
    try {
      return (owner as Record<string, unknown>)[key];
    } catch {
      return '[unreadable]';
    }
  }

  #takeError(error: Error, depth: number): Record<string, unknown> {
    const own = Object.keys(error).filter((key) => key !== 'cause');
    const copy = this.#takeEntries(
      own.map((key) => [key, error] as const),
      depth,
      true,
    );
    copy.name = error.name;
    copy.message = this.#text(String(error.message));
    copy.stack = this.#text(String(error.stack ?? ''));
    if (error.cause !== undefined) copy.cause = this.take(error.cause, depth + 1);
    return copy;
  }
}

function isSecretName(key: string): boolean {
  return secretNames.has(key.replace(/[_-]/g, '').toLowerCase());
}
