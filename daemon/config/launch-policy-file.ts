/** The launch policy as a file: read again whenever the effective policy is computed. */
import type { Disk } from '../../streams/ports/index.ts';
import { configInvalid, problemsOf } from './problems.ts';
import { type LaunchPolicy, launchPolicySchema } from './schema.ts';
import { readYamlFile } from './yaml-file.ts';

type Document = Readonly<Record<string, unknown>>;

/** Throws CONFIG_INVALID when the file cannot be read or is not a YAML mapping. */
export function readLaunchPolicy(disk: Disk, path: string): Document {
  const { value, problems } = readYamlFile(disk, path);
  if (problems.length > 0) throw configInvalid(problems);
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return value as Document;
  }
  throw configInvalid([{ path: '', problem: 'a launch policy is a mapping', source: path }]);
}

/** Throws CONFIG_INVALID with every problem. */
export function parseLaunchPolicy(document: Document): LaunchPolicy {
  const result = launchPolicySchema.safeParse(document);
  if (result.success) return result.data;
  throw configInvalid(problemsOf(launchPolicySchema, result.error, 'launch policy'));
}
