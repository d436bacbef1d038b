/** Problems of a configuration: each with its path, what was expected, and where it was read. */
import { z } from 'zod';
import { HoldfastError } from '../../streams/facts/errors.ts';

export interface Problem {
  /** `wiring.status.port`; empty: the file as a whole. */
  readonly path: string;
  readonly problem: string;
  /** The file, or the environment variable, that has it. */
  readonly source: string;
}

interface JsonSchemaNode {
  readonly properties?: Readonly<Record<string, JsonSchemaNode>>;
  readonly items?: JsonSchemaNode;
  readonly oneOf?: readonly JsonSchemaNode[];
  readonly anyOf?: readonly JsonSchemaNode[];
}

/** Names further apart than this share are no likely slip of the pen. */
const likelyDistanceShare = 0.4;

/** Every key the schema knows at `path`. */
function keysAt(schema: z.ZodType, path: readonly PropertyKey[]): string[] {
  let nodes = [z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as JsonSchemaNode];
  for (const step of path) {
    nodes = nodes
      .flatMap((node) => [node, ...(node.oneOf ?? []), ...(node.anyOf ?? [])])
      .map((node) => (typeof step === 'number' ? node.items : node.properties?.[String(step)]))
      .filter((node) => node !== undefined);
  }
  return nodes
    .flatMap((node) => [node, ...(node.oneOf ?? []), ...(node.anyOf ?? [])])
    .flatMap((node) => Object.keys(node.properties ?? {}));
}

/** Levenshtein distance. */
function distance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const current = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const swap = (previous[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      current.push(Math.min(swap, (previous[j] ?? 0) + 1, (current[j - 1] ?? 0) + 1));
    }
    previous = current;
  }
  return previous[b.length] ?? 0;
}

function nearest(key: string, known: readonly string[]): string | undefined {
  const [best] = known
    .map((name) => ({ name, apart: distance(key, name) }))
    .sort((a, b) => a.apart - b.apart);
  return best !== undefined && best.apart <= Math.ceil(key.length * likelyDistanceShare)
    ? best.name
    : undefined;
}

function unknownKey(key: string, known: readonly string[]): string {
  const likely = nearest(key, known);
  if (likely !== undefined) return `unknown key: did you mean ${likely}?`;
  return known.length === 0 ? 'unknown key' : `unknown key; there are: ${known.join(', ')}`;
}

function textOf(issue: z.core.$ZodIssue): string {
  const { message } = issue;
  return message.replace(/^Invalid input: /, '');
}

/** Every issue of a parse; one problem an unknown key. `at` is the path of what was parsed. */
export function problemsOf(
  schema: z.ZodType,
  error: z.ZodError,
  source: string,
  at: readonly string[] = [],
): Problem[] {
  return error.issues.flatMap((issue) => {
    const path = [...at, ...issue.path.map(String)];
    if (issue.code !== 'unrecognized_keys') {
      return [{ path: path.join('.'), problem: textOf(issue), source }];
    }
    const known = keysAt(schema, issue.path);
    return issue.keys.map((key) => ({
      path: [...path, key].join('.'),
      problem: unknownKey(key, known),
      source,
    }));
  });
}

/** One error that lists every problem. */
export function configInvalid(problems: readonly Problem[]): HoldfastError {
  const lines = problems.map(
    ({ path, problem, source }) => `  ${path === '' ? '(file)' : path}: ${problem}   [${source}]`,
  );
  const noun = problems.length === 1 ? 'problem' : 'problems';
  return new HoldfastError(
    'CONFIG_INVALID',
    `the configuration has ${problems.length} ${noun}; correct and start again:\n${lines.join('\n')}`,
    { details: { problems } },
  );
}
