/** The registry: every type has one schema, every version ever written is read, nothing is guessed. */
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { z } from 'zod';
import { decodeEnvelope, encodeFact } from '../../../streams/facts/envelope.ts';
import { HoldfastError } from '../../../streams/facts/errors.ts';
import {
  factJsonSchemas,
  factReader,
  factSchemas,
  parseFact,
} from '../../../streams/facts/registry.ts';
import type { FactSchemaTable } from '../../../streams/facts/schemas/schema-table.ts';
import { hasCode } from '../../fixtures/facts/errors.ts';
import { bytesWith, endedPayload, factOf } from '../../fixtures/facts/facts.ts';
import { frozenSamples, sampleFileName, schemaDigestOf } from '../../fixtures/facts/samples.ts';
import { type JsonSchema, valuesOf } from '../../fixtures/facts/schema-arbitrary.ts';

const registry = suite('fact registry');
const samples = frozenSamples();
const types = Object.keys(factSchemas);

function refusal(work: () => unknown): HoldfastError {
  try {
    work();
  } catch (error) {
    if (error instanceof HoldfastError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

registry('every version of every type has frozen samples, and no sample lost its type', () => {
  assert.ok(types.length >= 26);
  const expected = Object.entries(factSchemas).flatMap(([type, { version }]) =>
    Array.from({ length: version }, (_, index) => sampleFileName(type, index + 1)),
  );
  assert.equal([...samples.keys()].sort(), expected.sort(), 'run `npm run facts:freeze`');
});

registry(
  'every sample ever written is read, lifted to the current version, and is the same event',
  () => {
    let read = 0;
    for (const [name, { event_type, schema_version, facts }] of samples) {
      for (const sample of facts) {
        const bytes = Buffer.from(JSON.stringify(sample), 'utf8');
        const written = decodeEnvelope(bytes);
        assert.is(written.event_type, event_type, name);
        assert.is(written.schema_version, schema_version, name);
        const fact = parseFact(bytes);
        assert.is(fact.schema_version, factSchemas[event_type]?.version, name);
        assert.is(fact.event_id, written.event_id, name);
        read += 1;
      }
    }
    assert.ok(read >= 3 * samples.size);
  },
);

registry('a schema that changed has another version', () => {
  for (const [type, { version, schema }] of Object.entries(factSchemas)) {
    const frozen = samples.get(sampleFileName(type, version));
    if (frozen === undefined) continue; // The rule above tells of it.
    assert.is(
      schemaDigestOf(schema),
      frozen.schema_digest,
      `${type} v${version} changed: raise its version, add an upcaster, run \`npm run facts:freeze\``,
    );
  }
});

for (const [type, schema] of Object.entries(factJsonSchemas())) {
  registry(`${type}: what its JSON Schema allows is a fact, and comes back from its bytes`, () => {
    const { version } = factSchemas[type] ?? { version: 0 };
    fc.assert(
      fc.property(valuesOf(schema), (payload) => {
        const fact = factOf({
          eventType: type,
          schemaVersion: version,
          payload: payload as object,
        });
        assert.equal(parseFact(encodeFact(fact)), fact);
      }),
      { numRuns: 40 },
    );
  });

  registry(`${type}: a missing, an extra and a broken member are each refused`, () => {
    const [payload] = fc.sample(valuesOf(schema), { numRuns: 1, seed: 1 }) as [object];
    const { version } = factSchemas[type] ?? { version: 0 };
    const parse = (changed: object): unknown =>
      parseFact(encodeFact(factOf({ eventType: type, schemaVersion: version, payload: changed })));
    parse(payload);
    assert.throws(() => parse({ ...payload, surprise: 1 }), hasCode('SCHEMA_INVALID'));
    const required = schema.required as string[];
    assert.ok(required.length > 0);
    for (const name of required) {
      const error = refusal(() => parse({ ...payload, [name]: undefined }));
      assert.is(error.code, 'SCHEMA_INVALID');
      assert.ok((error.details.problems as string[])[0]?.startsWith(`${name}: `));
    }
  });
}

registry('every type is a dotted token with a sentence about it', () => {
  for (const [type, { about, version }] of Object.entries(factSchemas)) {
    assert.match(type, /^[a-z0-9_]+(\.[a-z0-9_]+)+$/);
    assert.match(about, /^[A-Z].{10,}\.$/);
    assert.ok(version >= 1);
  }
});

/** The members draft 2020-12 gives each keyword; enough of its meta-schema for what we use. */
function assertSchema(schema: JsonSchema, path: string): void {
  for (const [keyword, value] of Object.entries(schema)) {
    const place = `${path}/${keyword}`;
    const isText = typeof value === 'string';
    const isCount = Number.isInteger(value) && (value as number) >= 0;
    const each = (list: unknown): void => {
      assert.ok(Array.isArray(list) && list.length > 0, place);
      for (const [index, item] of (list as JsonSchema[]).entries()) {
        assertSchema(item, `${place}/${index}`);
      }
    };
    if (keyword === 'type') {
      const names = ['string', 'integer', 'number', 'boolean', 'null', 'array', 'object'];
      for (const name of [value].flat()) assert.ok(names.includes(name as string), place);
    } else if (['$schema', 'title', 'description'].includes(keyword)) assert.ok(isText, place);
    else if (keyword === 'pattern') assert.ok(isText && new RegExp(value, 'u'), place);
    else if (/^(min|max)(Length|Items)$/.test(keyword)) assert.ok(isCount, place);
    else if (/^(exclusive)?(min|max)imum$/i.test(keyword)) assert.type(value, 'number', place);
    else if (keyword === 'enum' || keyword === 'required') {
      assert.ok(Array.isArray(value) && new Set(value).size === value.length, place);
    } else if (keyword === 'anyOf' || keyword === 'prefixItems') each(value);
    else if (keyword === 'properties') {
      for (const [name, member] of Object.entries(value as Record<string, JsonSchema>)) {
        assertSchema(member, `${place}/${name}`);
      }
    } else {
      assert.ok(
        ['items', 'additionalProperties', 'propertyNames', 'const'].includes(keyword),
        place,
      );
      if (typeof value === 'object') assertSchema(value as JsonSchema, place);
      else if (keyword !== 'const') assert.type(value, 'boolean', place);
    }
  }
}

registry('JSON Schemas are those of draft 2020-12, for every type, and closed', () => {
  const schemas = factJsonSchemas();
  assert.equal(Object.keys(schemas), types);
  for (const [type, schema] of Object.entries(schemas)) {
    assert.is(schema.$schema, 'https://json-schema.org/draft/2020-12/schema');
    assert.is(schema.type, 'object');
    assert.is(schema.additionalProperties, false, `${type} must be strict`);
    assert.is(schema.title, `${type} v${factSchemas[type]?.version}`);
    assertSchema(schema, type);
  }
});

registry('a hostile payload is refused with a bounded error', () => {
  const levels = Array.from({ length: 1_000 }, () => ['x'.repeat(1_000), -1]);
  const payload = { bids: levels, asks: levels, ['y'.repeat(100_000)]: 1 };
  const error = refusal(() => parseFact(encodeFact(factOf({ eventType: 'market.book', payload }))));
  const problems = error.details.problems as string[];
  assert.is(problems.length, 20);
  assert.ok(problems.every(({ length }) => length <= 200));
});

registry('an unknown type is refused, names of the language included', () => {
  for (const event_type of ['run.unknown', 'constructor.name', 'to.string']) {
    const error = refusal(() => parseFact(bytesWith({ event_type })));
    assert.is(error.code, 'SCHEMA_INVALID');
    assert.match(error.message, `unknown fact type ${event_type}`);
  }
});

registry('a version from the future is refused, and says what to do', () => {
  const error = refusal(() => parseFact(bytesWith({ schema_version: 2 })));
  assert.is(error.code, 'SCHEMA_INVALID');
  assert.match(error.message, /upgrade this build/);
});

/** `run.ended` as if it had a past: v1 said `why`, v2 renamed it, v3 added the exit code. */
const past: FactSchemaTable = {
  'run.ended': {
    version: 3,
    schema: z.strictObject({
      cause: z.string(),
      uptime_s_float: z.number(),
      exit_code: z.int(),
    }),
    upcasters: [({ why, ...rest }) => ({ ...rest, cause: why }), (v2) => ({ ...v2, exit_code: 0 })],
    about: 'A run ended.',
  },
};
const readPast = factReader(past);
const bytesOf = (schemaVersion: number, payload: object): Buffer =>
  encodeFact(factOf({ schemaVersion, payload }));

for (const [version, payload] of [
  [1, { why: 'SIGTERM', uptime_s_float: 1.5 }],
  [2, { cause: 'SIGTERM', uptime_s_float: 1.5 }],
  [3, endedPayload],
] as const) {
  registry(
    `version ${version} is lifted to 3 through every step between, and to nothing else`,
    () => {
      const fact = readPast(bytesOf(version, payload));
      assert.equal(fact.payload, endedPayload);
      assert.is(fact.schema_version, 3);
      assert.is(fact.event_id, factOf().event_id);
      assert.is(fact.ts_utc, factOf().ts_utc);
    },
  );
}

registry('what a lift makes of an old payload is judged like a new one', () => {
  assert.throws(() => readPast(bytesOf(1, { uptime_s_float: 1 })), hasCode('SCHEMA_INVALID'));
  assert.throws(() => readPast(bytesOf(1, endedPayload)), hasCode('SCHEMA_INVALID'));
  assert.throws(() => readPast(bytesOf(4, endedPayload)), hasCode('SCHEMA_INVALID'));
});

registry('a table whose upcasters do not add up is never read with', () => {
  const row = past['run.ended'];
  if (row === undefined) throw new Error('the table has its row');
  for (const version of [1, 2, 4]) {
    assert.throws(() => factReader({ 'run.ended': { ...row, version } }), hasCode('INTERNAL'));
  }
  const { upcasters: _none, ...bare } = row;
  assert.throws(() => factReader({ 'run.ended': bare }), hasCode('INTERNAL'));
  factReader({ 'run.ended': { ...bare, version: 1 } });
});

registry.run();
