/** The project's own source files, as git knows them: what the house rules are checked on. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const projectRoot = fileURLToPath(new URL('../../..', import.meta.url));

export interface SourceFile {
  /** Relative to the project's root. */
  readonly path: string;
  readonly text: string;
  readonly lines: readonly string[];
}

/** Tracked and new files that match; a rule over no files must fail, so callers check the length. */
export function sourceFiles(pattern: RegExp): SourceFile[] {
  const listing = execFileSync('git', ['ls-files', '-co', '--exclude-standard'], {
    cwd: projectRoot,
    encoding: 'utf8',
    maxBuffer: 16_000_000,
  });
  return listing
    .split('\n')
    .filter((path) => pattern.test(path) && existsSync(`${projectRoot}/${path}`))
    .map((path) => {
      const text = readFileSync(`${projectRoot}/${path}`, 'utf8');
      return { path, text, lines: text.split('\n') };
    });
}

/** Lines without comments and string contents: what a rule about code may look at. */
export function codeLines(file: SourceFile): string[] {
  const withoutBlocks = file.text.replace(/\/\*[\s\S]*?\*\//g, (block) =>
    block.replace(/[^\n]/g, ' '),
  );
  return withoutBlocks
    .split('\n')
    .map((line) =>
      line.replace(/'(?:[^'\\\n]|\\.)*'|`[^`]*`/g, "''").replace(/(^|\s)\/\/.*$/, '$1'),
    );
}
