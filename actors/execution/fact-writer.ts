/**
 * Canonical fact bytes without the general canonicaliser: payload objects are built with their keys
 * in order, so that `JSON.stringify` gives RFC 8785 text (a test proves every kind equal to
 * `encodeFact(makeFact(…))`). This runs between a decision and its dispatch.
 */
import type { IdentityPart } from '../../streams/facts/envelope.ts';
import { assert } from '../../streams/facts/errors.ts';
import { canonicalJson, sha256Hex } from '../../streams/facts/hash.ts';
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

export class FactWriter {
  readonly #pins: string;
  readonly #producer: string;
  readonly #nowUs: () => number;

  constructor(pins: Pins, producer: string, nowUs: () => number) {
    this.#pins = canonicalJson(pins);
    this.#producer = JSON.stringify(producer);
    this.#nowUs = nowUs;
  }

  encode(fact: SortedFact): Buffer {
    return Buffer.from(this.text(fact), 'utf8');
  }

  text(fact: SortedFact): string {
    const { payload } = fact;
    const body = typeof payload === 'string' ? payload : JSON.stringify(payload);
    const id = sha256Hex(JSON.stringify([fact.eventType, ...fact.identity]));
    return (
      `{"emitted_at_utc":"${isoFromUs(this.#nowUs())}","event_id":"${id}",` +
      `"event_type":"${fact.eventType}","partition_key":${JSON.stringify(fact.partitionKey)},` +
      `"payload":${body},"pins":${this.#pins},` +
      `"policy_rev":"${fact.policyRev}","producer":${this.#producer},` +
      `"schema_version":${versionOf(fact.eventType)},"trace_id":"${fact.traceId}",` +
      `"ts_utc":"${isoFromUs(fact.tsUs)}"}`
    );
  }
}
