/** docs/facts.md: the envelope and every payload, from the schemas that readers validate with. */
import { z } from 'zod';
import { envelopeSchema } from '../../../streams/facts/envelope.ts';
import { factJsonSchemas, factSchemas } from '../../../streams/facts/registry.ts';
import { generatedPage, markdownTable } from './markdown.ts';
import { type SchemaNode, schemaText } from './schema-text.ts';

function fieldTable({ properties = {}, required = [] }: SchemaNode): string {
  const rows = Object.entries(properties).map(([name, node]) => [
    `\`${name}\``,
    schemaText(node),
    required.includes(name) ? '' : 'may be absent',
  ]);
  return markdownTable(['field', 'value', ''], rows);
}

function factPart(type: string, schema: SchemaNode): string {
  const row = factSchemas[type];
  return [`## ${type}`, `${row?.about} Version ${row?.version}.`, fieldTable(schema)].join('\n\n');
}

export function factsPage(): string {
  const schemas = factJsonSchemas() as Record<string, SchemaNode>;
  const types = Object.keys(schemas).sort();
  const index = types.map((type) => [
    `[\`${type}\`](#${type.replaceAll('.', '')})`,
    factSchemas[type]?.about ?? '',
  ]);
  return generatedPage('Facts', '`streams/facts/schemas/`', [
    'Everything that happened is a fact: an immutable record in one envelope, written to a stream of the [journal](journal.md). ' +
      'Prices and amounts are canonical decimal text; a name ending in `_float` is analytics; `_us` is epoch microseconds.',
    markdownTable(['fact', 'says'], index),
    '## The envelope',
    fieldTable(z.toJSONSchema(envelopeSchema) as SchemaNode),
    ...types.map((type) => factPart(type, schemas[type] ?? {})),
  ]);
}
