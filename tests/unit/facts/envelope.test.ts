/** The envelope: identity alone is the id, bytes are canonical, and nothing else gets in. */
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  decodeEnvelope,
  encodeFact,
  envelopeSchema,
  eventIdOf,
  type IdentityPart,
} from '../../../streams/facts/envelope.ts';
import { HoldfastError } from '../../../streams/facts/errors.ts';
import { canonicalJson, sha256Hex } from '../../../streams/facts/hash.ts';
import { hasCode } from '../../fixtures/facts/errors.ts';
import { bytesWith, factOf, pins } from '../../fixtures/facts/facts.ts';

const envelope = suite('envelope');

envelope('the id is the sha256 of type and identity, and of nothing else', () => {
  const { event_id } = factOf();
  const identity = ['daemon', pins.run_id, 1];
  assert.is(event_id, sha256Hex(canonicalJson(['run.ended', ...identity])));
  const others = [
    factOf({ payload: { cause: 'other' } }),
    factOf({ tsUs: 1 }),
    factOf({ emittedUs: 2 }),
    factOf({ traceId: 'e'.repeat(32) }),
    factOf({ producer: 'other' }),
    factOf({ policyRev: 'f'.repeat(64) }),
    factOf({ partitionKey: 'other' }),
    factOf({ schemaVersion: 2 }),
    factOf({ pins: { ...pins, run_id: 'another' } }),
  ];
  assert.equal(new Set(others.map((fact) => fact.event_id)), new Set([event_id]));
});

envelope('another type or another part of the identity is another event', () => {
  const part = fc.oneof(fc.string(), fc.integer(), fc.constant(null));
  const identity = fc.array(part, { maxLength: 4 });
  fc.assert(
    fc.property(identity, identity, (left: IdentityPart[], right: IdentityPart[]) => {
      const same = JSON.stringify(left) === JSON.stringify(right);
      assert.is(eventIdOf('a.b', left) === eventIdOf('a.b', right), same);
      assert.is.not(eventIdOf('a.b', left), eventIdOf('a.c', left));
    }),
  );
  assert.is.not(eventIdOf('a.b', ['1']), eventIdOf('a.b', [1]), 'text and number differ');
  assert.is.not(
    eventIdOf('a.b', ['1', '2']),
    eventIdOf('a.b', ['12']),
    'parts do not run together',
  );
});

envelope('bytes are canonical JSON in UTF-8, and come back as the same fact', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (payload) => {
      const fact = factOf({ payload });
      const bytes = encodeFact(fact);
      assert.is(bytes.toString('utf8'), canonicalJson(fact));
      assert.is(encodeFact(decodeEnvelope(bytes)).compare(bytes), 0);
    }),
  );
});

envelope('a fact is read from the middle of a buffer too', () => {
  const bytes = encodeFact(factOf());
  const padded = Buffer.concat([Buffer.from('xx'), bytes, Buffer.from('yy')]);
  const view = new Uint8Array(padded.buffer, padded.byteOffset + 2, bytes.length);
  assert.equal(decodeEnvelope(view), decodeEnvelope(bytes));
});

envelope('emission time is there when it is known, and not otherwise', () => {
  assert.is(factOf({ emittedUs: 0 }).emitted_at_utc, '1970-01-01T00:00:00.000000Z');
  assert.not.ok('emitted_at_utc' in factOf());
});

envelope('fields are exactly those of the specification', () => {
  assert.equal(Object.keys(envelopeSchema.shape), [
    'event_id',
    'event_type',
    'schema_version',
    'ts_utc',
    'emitted_at_utc',
    'pins',
    'trace_id',
    'producer',
    'policy_rev',
    'partition_key',
    'payload',
  ]);
});

for (const [what, changes, place] of [
  ['an extra top-level field', { extra: 1 }, 'extra'],
  ['no id', { event_id: undefined }, 'event_id'],
  ['an id in capitals', { event_id: 'A'.repeat(64) }, 'event_id'],
  ['a type of one word', { event_type: 'run' }, 'event_type'],
  ['a type with capitals', { event_type: 'Run.ended' }, 'event_type'],
  ['version zero', { schema_version: 0 }, 'schema_version'],
  ['a version between two', { schema_version: 1.5 }, 'schema_version'],
  ['a version as text', { schema_version: '1' }, 'schema_version'],
  ['milliseconds', { ts_utc: '2026-11-21T02:11:00.000Z' }, 'ts_utc'],
  ['a time that never was', { ts_utc: '2026-02-30T00:00:00.000000Z' }, 'ts_utc'],
  ['a time as a number', { ts_utc: 1 }, 'ts_utc'],
  ['a wrong emission time', { emitted_at_utc: 'now' }, 'emitted_at_utc'],
  ['no pins', { pins: undefined }, 'pins'],
  ['pins without a run', { pins: { ...pins, run_id: undefined } }, 'pins.run_id'],
  ['pins without a world', { pins: { ...pins, scenario_id: undefined } }, 'pins.scenario_id'],
  [
    'pins without a manifest',
    { pins: { ...pins, manifest_fingerprint: undefined } },
    'pins.manifest_fingerprint',
  ],
  [
    'pins without parameters',
    { pins: { ...pins, parameter_hash: undefined } },
    'pins.parameter_hash',
  ],
  ['pins with more', { pins: { ...pins, colour: 'red' } }, 'pins'],
  ['an empty run id', { pins: { ...pins, run_id: '' } }, 'pins.run_id'],
  ['a short trace id', { trace_id: 'c'.repeat(31) }, 'trace_id'],
  ['an empty producer', { producer: '' }, 'producer'],
  ['no policy revision', { policy_rev: undefined }, 'policy_rev'],
  ['an empty partition', { partition_key: '' }, 'partition_key'],
  ['a list as payload', { payload: [] }, 'payload'],
  ['no payload', { payload: undefined }, 'payload'],
] as const) {
  envelope(`${what} is refused, and the error says where`, () => {
    try {
      decodeEnvelope(bytesWith(changes));
      assert.unreachable();
    } catch (error) {
      if (!(error instanceof HoldfastError)) throw error;
      assert.is(error.code, 'SCHEMA_INVALID');
      const problems = error.details.problems as string[];
      assert.is(problems.length, 1);
      assert.ok(problems[0]?.includes(place), problems[0]);
    }
  });
}

for (const text of ['', '{', 'null', '[]', '1', '"fact"', '\ufeff{}']) {
  envelope(`${JSON.stringify(text)} is no fact`, () =>
    assert.throws(() => decodeEnvelope(Buffer.from(text)), hasCode('SCHEMA_INVALID')),
  );
}

envelope('a hostile envelope is refused with a bounded error', () => {
  const extra = Object.fromEntries(Array.from({ length: 500 }, (_, index) => [`f${index}`, 1]));
  const broken = Object.fromEntries(Object.keys(factOf()).map((name) => [name, null]));
  for (const changes of [{ payload: 1, ...extra }, broken, { pins: { ...extra } }]) {
    try {
      decodeEnvelope(bytesWith(changes));
      assert.unreachable();
    } catch (error) {
      if (!(error instanceof HoldfastError)) throw error;
      const problems = error.details.problems as string[];
      assert.ok(problems.length <= 20);
      assert.ok(problems.every((problem) => problem.length <= 200));
    }
  }
});

envelope.run();
