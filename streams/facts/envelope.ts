/**
 * The canonical envelope: the one form in which anything that happened is written down.
 * `event_id` is the sha256 of the identity (spec: facts §4), never of the payload or a clock.
 */
import { z } from 'zod';
import { HoldfastError } from './errors.ts';
import { canonicalHash, canonicalJson } from './hash.ts';
import { hex32, hex64 } from './hex.ts';
import { type Pins, pinsSchema } from './pins.ts';
import { isoFromUs, usFromIso } from './time.ts';

/** Problems named in the error of one refused fact; a hostile payload must not write a book. */
const problemsMax = 20;
const problemLengthMax = 200;

function isTime(iso: string): boolean {
  try {
    usFromIso(iso);
    return true;
  } catch {
    return false;
  }
}

/** What is wrong with data, `path: message` each, the first ones: safe to show, it repeats no value. */
export function problemsOf(error: z.ZodError): string[] {
  return error.issues
    .slice(0, problemsMax)
    .map(({ path, message }) => `${path.join('.')}: ${message}`.slice(0, problemLengthMax));
}

const isoTime = z
  .string()
  .regex(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{6}Z$/, {
    error: 'ISO-8601 UTC with microseconds',
    abort: true,
  })
  .refine(isTime, 'a time that exists');

/** A dotted token, `order.transition`. */
export const eventTypeSchema = z.string().regex(/^[a-z0-9_]+(\.[a-z0-9_]+)+$/, 'a dotted token');

export const envelopeSchema = z.strictObject({
  event_id: hex64,
  event_type: eventTypeSchema,
  schema_version: z.int().positive(),
  ts_utc: isoTime,
  /** Absent on replayed history. */
  emitted_at_utc: isoTime.optional(),
  pins: pinsSchema,
  trace_id: hex32,
  producer: z.string().min(1).max(64),
  policy_rev: hex64,
  partition_key: z.string().min(1).max(200),
  payload: z.record(z.string(), z.unknown()),
});

/** A fact of payload `P`: immutable, schema-versioned. */
export interface Fact<P = Readonly<Record<string, unknown>>> {
  readonly event_id: string;
  readonly event_type: string;
  readonly schema_version: number;
  readonly ts_utc: string;
  readonly emitted_at_utc?: string;
  readonly pins: Pins;
  readonly trace_id: string;
  readonly producer: string;
  readonly policy_rev: string;
  readonly partition_key: string;
  readonly payload: P;
}

/** What an identity is made of: exact values only. */
export type IdentityPart = string | number | null;

export interface FactInput<P> {
  readonly eventType: string;
  readonly schemaVersion: number;
  /** Domain time, epoch µs. */
  readonly tsUs: number;
  readonly emittedUs?: number;
  readonly pins: Pins;
  readonly traceId: string;
  readonly producer: string;
  readonly policyRev: string;
  readonly partitionKey: string;
  /** The identity tuple of facts §4; the event type is added to it. */
  readonly identity: readonly IdentityPart[];
  readonly payload: P;
}

/** The identity hash of a fact: equal identities are the same event, wherever it is met. */
export function eventIdOf(eventType: string, identity: readonly IdentityPart[]): string {
  return canonicalHash([eventType, ...identity]);
}

/** Builds a fact. Payload types are trusted here; readers validate at the boundary. */
export function makeFact<P>(input: FactInput<P>): Fact<P> {
  return {
    event_id: eventIdOf(input.eventType, input.identity),
    event_type: input.eventType,
    schema_version: input.schemaVersion,
    ts_utc: isoFromUs(input.tsUs),
    ...(input.emittedUs === undefined ? {} : { emitted_at_utc: isoFromUs(input.emittedUs) }),
    pins: input.pins,
    trace_id: input.traceId,
    producer: input.producer,
    policy_rev: input.policyRev,
    partition_key: input.partitionKey,
    payload: input.payload,
  };
}

/** Canonical bytes of a fact, as the journal stores them. */
export function encodeFact(fact: Fact<unknown>): Buffer {
  return Buffer.from(canonicalJson(fact), 'utf8');
}

/** Parses and validates the envelope (not the payload). Throws SCHEMA_INVALID. */
export function decodeEnvelope(bytes: Uint8Array): Fact {
  let parsed: unknown;
  try {
    parsed = JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8'));
  } catch (cause) {
    throw new HoldfastError('SCHEMA_INVALID', 'a fact is not JSON', { cause });
  }
  const result = envelopeSchema.safeParse(parsed);
  if (!result.success) {
    throw new HoldfastError('SCHEMA_INVALID', 'a fact does not have the canonical envelope', {
      details: { problems: problemsOf(result.error) },
    });
  }
  // The parsed value itself: the schema changes nothing, and its copy would drop odd member names.
  return parsed as Fact;
}
