/** docs/parameters.md: every parameter of the launch policy, and which parts of the house read it. */
import { z } from 'zod';
import { isReadAtStart, tighterText } from '../../../streams/facts/policy/direction.ts';
import {
  executionPolicySchema,
  requiredExecutionKeys,
} from '../../../streams/facts/policy/execution.ts';
import { guardPolicySchema } from '../../../streams/facts/policy/guard.ts';
import { sourceFiles } from '../sources.ts';
import { generatedPage, markdownTable } from './markdown.ts';
import { boundsText, type SchemaNode, schemaText } from './schema-text.ts';

/** Longest first: `_per_s` is a rate, not seconds. */
const units: ReadonlyArray<readonly [RegExp, string]> = [
  [/_per_s$/, 'per s'],
  [/_ms$/, 'ms'],
  [/_usd$/, 'USD'],
  [/_bps$/, 'bps'],
  [/_(ticks|ticks_options|ticks_max)$/, 'ticks'],
  [/_(pct|rate|tolerance|(mm_util|util)_\w+)$|^mm_util/, 'ratio'],
  [/_(max|count|levels|burst|reserve)$|_levels$/, 'count'],
  [/^depth_/, 'USD'],
  [/_s$/, 's'],
];

function unitOf(name: string, node: SchemaNode): string {
  if (!schemaText(node).match(/number|integer/)) return '–';
  return units.find(([pattern]) => pattern.test(name))?.[1] ?? '–';
}

/** Rooms and files that name the parameter outside the schema that declares it. */
function readersOf(sources: ReturnType<typeof sourceFiles>, name: string): string {
  const places = sources
    .filter(({ text }) => new RegExp(`\\b${name}\\b`).test(text))
    .map(({ path }) => path.split('/').slice(0, 2).join('/'));
  const distinct = [...new Set(places)].sort().map((place) => `\`${place}\``);
  return distinct.length === 0 ? 'nothing yet' : distinct.join(', ');
}

function table(section: string, schema: z.ZodType, required: readonly string[]): string {
  const sources = sourceFiles(/^(daemon|actors|machines|streams)\/.*\.ts$/).filter(
    ({ path }) => !path.startsWith('streams/facts/policy/'),
  );
  const { properties = {} } = z.toJSONSchema(schema, { io: 'input' }) as SchemaNode;
  const rows = Object.entries(properties).map(([name, node]) => [
    `\`${name}\``,
    schemaText(node),
    unitOf(name, node),
    boundsText(node),
    node.default === undefined
      ? required.includes(name)
        ? '**required**'
        : 'not set'
      : JSON.stringify(node.default),
    tighterText(`${section}.${name}`) ?? '',
    isReadAtStart(`${section}.${name}`) ? 'restart' : 'at once',
    readersOf(sources, name),
  ]);
  return markdownTable(
    ['parameter', 'value', 'unit', 'bounds', 'default', 'tighter', 'applies', 'named in'],
    rows,
  );
}

export function parametersPage(): string {
  return generatedPage('Parameters', '`streams/facts/policy/`', [
    'Parameters of the [launch policy](launch_policy.md). Names carry their unit; names ending in `_pct` hold ratios from 0 to 1. ' +
      'A parameter marked **required** has no default: without it the daemon starts, says so, and refuses OPEN with `ConfigMissing`. ' +
      '*Tighter* says which way a policy that is applied may move it without an owner; *applies*, when it is in force then. ' +
      '"nothing yet" under *named in* means what it says: the value is checked at start and has no effect.',
    '## `execution`',
    table('execution', executionPolicySchema, requiredExecutionKeys),
    '## `guard`',
    table('guard', guardPolicySchema, []),
  ]);
}
