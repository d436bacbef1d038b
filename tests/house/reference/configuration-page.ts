/** docs/configuration.md: every key of a profile, and the launch policy it refers to. */
import { z } from 'zod';
import { launchPolicySchema, profileSchema } from '../../../daemon/config/schema.ts';
import { generatedPage, markdownTable } from './markdown.ts';
import { boundsText, type SchemaNode, schemaText } from './schema-text.ts';

type Elsewhere = Readonly<Record<string, string>>;

/** Parts of a launch policy that have a page of their own. */
const policyParts: Elsewhere = {
  execution: '[parameters](parameters.md#execution)',
  guard: '[parameters](parameters.md#guard)',
};

type Row = [path: string, value: string, bounds: string, fallback: string];

function defaultText(node: SchemaNode, isRequired: boolean): string {
  if (node.default !== undefined) return `\`${JSON.stringify(node.default)}\``;
  return isRequired ? '**needed**' : 'not set';
}

function branchRows(path: string, branch: SchemaNode): Row[] {
  const kind = branch.properties?.kind?.const;
  return rowsOf(branch, path)
    .filter(([key]) => key !== `\`${path}.kind\``)
    .map(([key, value, bounds, fallback]) => [
      `${key} (\`${String(kind)}\`)`,
      value,
      bounds,
      fallback,
    ]);
}

function nodeRows(path: string, node: SchemaNode, isRequired: boolean): Row[] {
  if (node.properties !== undefined) return rowsOf(node, path);
  const branches = node.oneOf ?? node.anyOf ?? [];
  if (branches.some(({ properties }) => properties?.kind !== undefined)) {
    const kinds = branches.map(({ properties }) => `\`${String(properties?.kind?.const)}\``);
    const fallback = (node.default as { kind?: string } | undefined)?.kind;
    const shown = fallback === undefined ? '**needed**' : `\`"${fallback}"\``;
    const own: Row = [`\`${path}.kind\``, kinds.join(' or '), '', shown];
    return [own, ...branches.flatMap((branch) => branchRows(path, branch))];
  }
  const item = node.items;
  if (typeof item === 'object' && item.properties !== undefined) return rowsOf(item, `${path}[]`);
  return [[`\`${path}\``, schemaText(node), boundsText(node), defaultText(node, isRequired)]];
}

function rowsOf(
  { properties = {}, required = [] }: SchemaNode,
  prefix: string,
  elsewhere: Elsewhere = {},
): Row[] {
  return Object.entries(properties).flatMap(([name, node]) => {
    const path = prefix === '' ? name : `${prefix}.${name}`;
    const page = elsewhere[name];
    if (page !== undefined) return [[`\`${path}\``, page, '', '**needed**'] as Row];
    return nodeRows(path, node, required.includes(name));
  });
}

function table(schema: z.ZodType, elsewhere: Elsewhere = {}): string {
  const node = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as SchemaNode;
  return markdownTable(['key', 'value', 'bounds', 'default'], rowsOf(node, '', elsewhere));
}

export function configurationPage(): string {
  return generatedPage('Configuration', '`daemon/config/schema.ts`', [
    'One profile: `policy` is meaning and is hashed into the policy revision, `wiring` is hosts, ports, paths and stores. ' +
      'Shipped profiles are named (`--profile local`), others are files (`--profile ./desk.yaml`). ' +
      '`holdfast config check` shows every effective value and where it comes from.',
    'An unknown key, a malformed value or a wrong unit refuses to start, with one error that lists every problem of profile, ' +
      'launch policy, strategies and environment with path, expected form and source. A key written twice is a problem as well.',
    '## Environment',
    'The environment overrides wiring and nothing else: `HOLDFAST_WIRING__STATUS__PORT=8790` sets `wiring.status.port`. ' +
      'Values are YAML. Secrets are never wiring: a profile holds only their names; see [keys and secrets](keys_and_secrets.md).',
    '## Profile',
    table(profileSchema),
    'Parameters of a strategy are checked by its kind. A port that listens beyond loopback needs TLS and tokens; `names` are what ' +
      'clients may call it besides its address.',
    '## Launch policy',
    table(launchPolicySchema, policyParts),
  ]);
}
