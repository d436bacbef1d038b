/** Says a JSON Schema in a few words: what a reader needs to know of a field. */
import { z } from 'zod';
import { decimalSchema } from '../../../streams/facts/instrument.ts';

export interface SchemaNode {
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly SchemaNode[];
  readonly oneOf?: readonly SchemaNode[];
  readonly items?: SchemaNode | false;
  readonly prefixItems?: readonly SchemaNode[];
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly additionalProperties?: SchemaNode | boolean;
  readonly required?: readonly string[];
  readonly pattern?: string;
  readonly maxLength?: number;
  readonly default?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
}

/** More alternatives than this are not listed one by one. */
const listedMax = 6;

const patterns: Readonly<Record<string, string>> = {
  '^[0-9a-f]{64}$': '64 hex',
  '^[0-9a-f]{32}$': '32 hex',
};

const { pattern: decimalPattern } = z.toJSONSchema(decimalSchema) as SchemaNode;

function stringText({ pattern, maxLength }: SchemaNode): string {
  if (pattern !== undefined && patterns[pattern] !== undefined) return patterns[pattern];
  if (pattern !== undefined && pattern === decimalPattern) return 'decimal text';
  if (pattern?.startsWith('^\\d{4}-') === true) return 'ISO time, µs';
  return maxLength === undefined ? 'text' : `text ≤ ${maxLength}`;
}

function enumText(values: readonly unknown[]): string {
  if (values.length > listedMax) return `one of ${values.length} codes`;
  return values.map((value) => `\`${String(value)}\``).join(' or ');
}

function objectText({ properties, additionalProperties }: SchemaNode): string {
  if (properties !== undefined && Object.keys(properties).length > 0) {
    const names = Object.keys(properties).map((name) => `\`${name}\``);
    return `{ ${names.join(', ')} }`;
  }
  return typeof additionalProperties === 'object'
    ? `map of ${schemaText(additionalProperties)}`
    : 'map';
}

function arrayText({ items, prefixItems }: SchemaNode): string {
  if (prefixItems !== undefined) return `[${prefixItems.map(schemaText).join(', ')}]`;
  return typeof items === 'object' ? `list of ${schemaText(items)}` : 'list';
}

/** Type and alternatives, without bounds. */
export function schemaText(node: SchemaNode): string {
  if (node.const !== undefined) return `\`${JSON.stringify(node.const)}\``;
  if (node.enum !== undefined) return enumText(node.enum);
  const alternatives = node.anyOf ?? node.oneOf;
  if (alternatives !== undefined) return [...new Set(alternatives.map(schemaText))].join(' or ');
  if (node.type === 'string') return stringText(node);
  if (node.type === 'array') return arrayText(node);
  if (node.type === 'object') return objectText(node);
  if (typeof node.type === 'string') return node.type;
  return node.type === undefined ? 'anything' : node.type.join(' or ');
}

/** Bounds of a number, as an interval in words; empty when there are none worth saying. */
export function boundsText(node: SchemaNode): string {
  const inner = node.anyOf?.find(({ type }) => type === 'number' || type === 'integer') ?? node;
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum } = inner;
  const parts: string[] = [];
  if (exclusiveMinimum !== undefined) parts.push(`> ${exclusiveMinimum}`);
  if (minimum !== undefined && minimum > Number.MIN_SAFE_INTEGER) parts.push(`≥ ${minimum}`);
  if (exclusiveMaximum !== undefined) parts.push(`< ${exclusiveMaximum}`);
  if (maximum !== undefined && maximum < Number.MAX_SAFE_INTEGER) parts.push(`≤ ${maximum}`);
  return parts.join(', ');
}
