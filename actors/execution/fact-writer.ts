/**
 * Canonical fact bytes without the general canonicaliser: payloads come as canonical text, or as
 * objects with their keys in order, so that `JSON.stringify` gives RFC 8785 text (a test proves
 * every kind equal to `encodeFact(makeFact(…))`). This runs between a decision and its dispatch:
 * what is the same in every fact is made once, and the bytes of a block go into one buffer.
 */
import type { IdentityPart } from '../../streams/facts/envelope.ts';
import { assert } from '../../streams/facts/errors.ts';
import { canonicalJson, sha256Hex } from '../../streams/facts/hash.ts';
import { jsonText } from '../../streams/facts/json-text.ts';
import type { Pins } from '../../streams/facts/pins.ts';
import { factSchemas } from '../../streams/facts/registry.ts';
import { isoFromUs } from '../../streams/facts/time.ts';

export interface SortedFact {
  readonly eventType: string;
  /** Domain time, epoch µs. */
  readonly tsUs: number;
  readonly identity: readonly IdentityPart[];
  readonly partitionKey: string;
  readonly traceId: string;
  readonly policyRev: string;
  /** Keys in ascending order at every depth, numbers finite; or its canonical text, made already. */
  readonly payload: object | string;
}

/** What is written is always of its type's current version. */
function versionOf(type: string): number {
  const row = factSchemas[type];
  assert(row !== undefined, `${type} is not a fact`);
  return row.version;
}

/** Bytes of the buffer blocks are written into; a block of one leg takes about 5 000. */
const blockBytesFirst = 64 * 1_024;
/** A UTF-16 unit becomes at most this many bytes of UTF-8. */
const bytesPerCharMax = 3;

export class FactWriter {
  readonly #pins: string;
  readonly #runId: string;
  readonly #producer: string;
  readonly #nowUs: () => number;
  #block: Buffer = Buffer.allocUnsafeSlow(blockBytesFirst);
  #used = 0;
  #policyRev = '';
  /** From the pins to the schema version, for the policy revision above. */
  #middle = '';
  #numbered = 0;
  #isoUs = Number.NaN;
  #iso = '';

  constructor(pins: Pins, producer: string, nowUs: () => number) {
    this.#pins = canonicalJson(pins);
    this.#runId = pins.run_id;
    this.#producer = JSON.stringify(producer);
    this.#nowUs = nowUs;
  }

  encode(fact: SortedFact): Buffer {
    return Buffer.from(this.text(fact), 'utf8');
  }

  /** The same for what may happen again on the same terms, in another life as well: each time is a fact of its own. */
  encodeNumbered({ identity, ...fact }: SortedFact): Buffer {
    this.#numbered += 1;
    return this.encode({ ...fact, identity: [this.#runId, ...identity, this.#numbered] });
  }

  /** Forgets the records of the block before: `append` writes over them. */
  begin(): void {
    this.#used = 0;
  }

  /** The bytes of one record of the block, valid until `begin`. */
  append(fact: SortedFact): Uint8Array {
    const text = this.text(fact);
    const roomBytes = text.length * bytesPerCharMax;
    if (this.#used + roomBytes > this.#block.length) {
      // Records of this block that stand in the buffer before keep it alive.
      this.#block = Buffer.allocUnsafeSlow(Math.max(this.#block.length * 2, roomBytes));
      this.#used = 0;
    }
    const from = this.#used;
    this.#used += this.#block.write(text, from, 'utf8');
    return this.#block.subarray(from, this.#used);
  }

  text(fact: SortedFact): string {
    const { payload, policyRev } = fact;
    if (policyRev !== this.#policyRev) this.#adopt(policyRev);
    const body = typeof payload === 'string' ? payload : JSON.stringify(payload);
    return (
      `{"emitted_at_utc":"${isoFromUs(this.#nowUs())}","event_id":"${eventId(fact)}",` +
      `"event_type":"${fact.eventType}","partition_key":${jsonText(fact.partitionKey)},` +
      `"payload":${body}${this.#middle}${versionOf(fact.eventType)},` +
      `"trace_id":"${fact.traceId}","ts_utc":"${this.#isoOf(fact.tsUs)}"}`
    );
  }

  #adopt(policyRev: string): void {
    this.#policyRev = policyRev;
    this.#middle =
      `,"pins":${this.#pins},"policy_rev":"${policyRev}","producer":${this.#producer},` +
      `"schema_version":`;
  }

  /** The records of one decision share its time. */
  #isoOf(us: number): string {
    if (us !== this.#isoUs) {
      this.#iso = isoFromUs(us);
      this.#isoUs = us;
    }
    return this.#iso;
  }
}

function eventId({ eventType, identity }: SortedFact): string {
  let text = `["${eventType}"`;
  for (const part of identity) text += `,${typeof part === 'string' ? jsonText(part) : part}`;
  return sha256Hex(`${text}]`);
}
