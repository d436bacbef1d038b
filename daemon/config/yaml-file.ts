/** Reads one YAML file of the configuration. A key given twice is a problem, not a choice. */
import { parseDocument } from 'yaml';
import { asHoldfastError } from '../../streams/facts/errors.ts';
import type { Disk } from '../../streams/ports/index.ts';
import type { Problem } from './problems.ts';

export interface YamlFile {
  readonly value: unknown;
  readonly problems: readonly Problem[];
}

/** Never throws: what cannot be read or parsed is a problem, and the value is undefined then. */
export function readYamlFile(disk: Disk, path: string): YamlFile {
  let text: string;
  try {
    text = disk.readFile(path).toString('utf8');
  } catch (error) {
    const problem = `cannot be read: ${asHoldfastError(error).message}`;
    return { value: undefined, problems: [{ path: '', problem, source: path }] };
  }
  const document = parseDocument(text, { uniqueKeys: true });
  if (document.errors.length === 0) return { value: document.toJS() as unknown, problems: [] };
  const problems = document.errors.map(({ message }) => ({
    path: '',
    problem: message.split('\n')[0]?.replace(/:$/, '') ?? 'not YAML',
    source: path,
  }));
  return { value: undefined, problems };
}
