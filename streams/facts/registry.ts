/**
 * All facts that flow: the one table from event type to payload schema. Readers accept every
 * version ever written; a type that is not here is refused, never guessed.
 */
import { z } from 'zod';
import { decodeEnvelope, type Fact } from './envelope.ts';
import { HoldfastError } from './errors.ts';
import { executionFacts } from './schemas/execution.ts';
import { guardFacts } from './schemas/guard.ts';
import { marketFacts } from './schemas/market.ts';
import { runFacts } from './schemas/run.ts';
import type { FactSchemaRow, FactSchemaTable } from './schemas/schema-table.ts';

/** Rooms declare their facts in `schemas/`; this is where the tables meet. */
export const factSchemas: FactSchemaTable = {
  ...executionFacts,
  ...guardFacts,
  ...marketFacts,
  ...runFacts,
};

function upcast(row: FactSchemaRow, fact: Fact): Fact {
  if (fact.schema_version > row.version || fact.schema_version < 1) {
    throw new HoldfastError(
      'SCHEMA_INVALID',
      `${fact.event_type} version ${fact.schema_version} is unknown here (newest is ${row.version}): upgrade this build`,
    );
  }
  const steps = (row.upcasters ?? []).slice(fact.schema_version - 1);
  if (steps.length === 0) return fact;
  let payload: Readonly<Record<string, unknown>> = fact.payload;
  for (const step of steps) payload = step(payload);
  return { ...fact, schema_version: row.version, payload };
}

/** A fact whose envelope and payload were validated, lifted to the current version. */
export function parseFact(bytes: Uint8Array): Fact {
  const fact = decodeEnvelope(bytes);
  const row = factSchemas[fact.event_type];
  if (row === undefined) {
    throw new HoldfastError('SCHEMA_INVALID', `unknown fact type ${fact.event_type}`);
  }
  const current = upcast(row, fact);
  const result = row.schema.safeParse(current.payload);
  if (!result.success) {
    throw new HoldfastError('SCHEMA_INVALID', `the payload of ${fact.event_type} is not valid`, {
      details: {
        problems: result.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`),
      },
    });
  }
  return current;
}

/** JSON Schema (draft 2020-12) of every payload, by event type: what docs and peers read. */
export function factJsonSchemas(): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(factSchemas).map(([type, { schema, version, about }]) => [
      type,
      { ...z.toJSONSchema(schema), title: `${type} v${version}`, description: about },
    ]),
  );
}
