/** Reads one YAML file of the configuration. A key given twice is a problem, not a choice. */
import { parseDocument } from 'yaml';
import { asHoldfastError } from '../../streams/facts/errors.ts';
import type { Disk } from '../../streams/ports/index.ts';
import type { Problem } from './problems.ts';

export interface YamlFile {
  readonly value: unknown;
  readonly problems: readonly Problem[];
}

/** The problem of a file that is not there, or not ours to read. */
export function unreadable(error: unknown, path: string): Problem {
  const problem = `cannot be read: ${asHoldfastError(error).message}`;
  return { path: '', problem, source: path };
}

/** Never throws: what cannot be read or parsed is a problem, and the value is undefined then. */
export function readYamlFile(disk: Disk, path: string): YamlFile {
  let text: string;
  try {
    text = disk.readFile(path).toString('utf8');
  } catch (error) {
    return { value: undefined, problems: [unreadable(error, path)] };
  }
  return parseYaml(text, path);
}

/** `path` is where problems are said to be. */
export function parseYaml(text: string, path: string): YamlFile {
  const document = parseDocument(text, { uniqueKeys: true });
  const told = document.errors.map(({ message }) => message);
  if (told.length === 0) {
    try {
      return { value: document.toJS() as unknown, problems: [] };
    } catch (error) {
      // Anchors are looked up here: one that is missing, or too many of them.
      told.push(error instanceof Error ? error.message : String(error));
    }
  }
  const problems = told.map((message) => ({
    path: '',
    problem: message.split('\n')[0]?.replace(/:$/, '') ?? 'not YAML',
    source: path,
  }));
  return { value: undefined, problems };
}
