/** The launch policy as a file: read again whenever the effective policy is computed. */
import type { Disk } from '../../streams/ports/index.ts';
import { configInvalid, problemsOf } from './problems.ts';
import { type LaunchPolicy, launchPolicySchema } from './schema.ts';
import { parseYaml, unreadable } from './yaml-file.ts';

type Document = Readonly<Record<string, unknown>>;

/**
 * The file is read every time; the same text is the same document, by reference: to parse it takes
 * longer than the loop of a daemon that trades should stand still.
 */
export class LaunchPolicyFile {
  readonly #disk: Disk;
  readonly #path: string;
  #text: string | undefined;
  #document: Document = {};

  constructor(disk: Disk, path: string) {
    this.#disk = disk;
    this.#path = path;
  }

  /** Throws CONFIG_INVALID when the file cannot be read or is not a YAML mapping. */
  read(): Document {
    const text = this.#readText();
    if (text !== this.#text) {
      this.#document = documentOf(text, this.#path);
      this.#text = text;
    }
    return this.#document;
  }

  #readText(): string {
    try {
      return this.#disk.readFile(this.#path).toString('utf8');
    } catch (error) {
      throw configInvalid([unreadable(error, this.#path)]);
    }
  }
}

function documentOf(text: string, path: string): Document {
  const { value, problems } = parseYaml(text, path);
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
