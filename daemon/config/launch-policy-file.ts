/** The launch policy as a file: read again whenever the effective policy is computed. */
import { parse } from 'yaml';
import { HoldfastError } from '../../streams/facts/errors.ts';
import type { Disk } from '../../streams/ports/index.ts';
import { type LaunchPolicy, launchPolicySchema } from './schema.ts';

type Document = Readonly<Record<string, unknown>>;

/** Throws CONFIG_INVALID when the file is not a YAML mapping. */
export function readLaunchPolicy(disk: Disk, path: string): Document {
  const document: unknown = parse(disk.readFile(path).toString('utf8'), { uniqueKeys: true });
  if (typeof document === 'object' && document !== null && !Array.isArray(document)) {
    return document as Document;
  }
  throw new HoldfastError('CONFIG_INVALID', `${path} is not a launch policy: it must be a mapping`);
}

/** Throws CONFIG_INVALID with every problem. */
export function parseLaunchPolicy(document: Document): LaunchPolicy {
  const result = launchPolicySchema.safeParse(document);
  if (result.success) return result.data;
  const problems = result.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  throw new HoldfastError(
    'CONFIG_INVALID',
    `the launch policy is not valid: ${problems.join('; ')}`,
  );
}
