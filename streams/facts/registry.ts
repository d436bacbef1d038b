/**
 * All facts that flow: the one table from event type to payload schema. Readers accept every
 * version ever written; a type that is not here is refused, never guessed.
 */
import { z } from 'zod';
import { decodeEnvelope, type Fact, problemsOf } from './envelope.ts';
import { assert, HoldfastError } from './errors.ts';
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

function checkTable(table: FactSchemaTable): void {
  for (const [type, { version, upcasters = [] }] of Object.entries(table)) {
    assert(
      upcasters.length === version - 1,
      `${type} is at version ${version}: it needs ${version - 1} upcasters and has ${upcasters.length}`,
    );
  }
}

function upcast(row: FactSchemaRow, fact: Fact): Fact {
  if (fact.schema_version > row.version) {
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

function parseWith(table: FactSchemaTable, bytes: Uint8Array): Fact {
  const fact = decodeEnvelope(bytes);
  const row = Object.hasOwn(table, fact.event_type) ? table[fact.event_type] : undefined;
  if (row === undefined) {
    throw new HoldfastError('SCHEMA_INVALID', `unknown fact type ${fact.event_type}`);
  }
  const current = upcast(row, fact);
  const result = row.schema.safeParse(current.payload);
  if (!result.success) {
    throw new HoldfastError('SCHEMA_INVALID', `the payload of ${fact.event_type} is not valid`, {
      details: { problems: problemsOf(result.error) },
    });
  }
  return current;
}

export type FactReader = (bytes: Uint8Array) => Fact;

/**
 * The reader over a table: it answers a fact whose envelope and payload were validated, lifted to the
 * current version, or throws SCHEMA_INVALID. A table whose upcasters do not add up is a bug of ours.
 */
export function factReader(table: FactSchemaTable): FactReader {
  checkTable(table);
  return (bytes) => parseWith(table, bytes);
}

/** The reader of everything that flows here. */
export const parseFact: FactReader = factReader(factSchemas);

/** JSON Schema (draft 2020-12) of every payload, by event type: what docs and peers read. */
export function factJsonSchemas(): Record<string, Readonly<Record<string, unknown>>> {
  return Object.fromEntries(
    Object.entries(factSchemas).map(([type, { schema, version, about }]) => [
      type,
      { ...z.toJSONSchema(schema), title: `${type} v${version}`, description: about },
    ]),
  );
}
