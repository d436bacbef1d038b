/**
 * Which places of the mutated files a test runs: V8 counts them in the compiled modules, source maps
 * lead back. A mutant is shown only to the tests that run its place; the others cannot notice.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { SourceMap, type SourceMapPayload } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

interface CountedRange {
  readonly startOffset: number;
  readonly endOffset: number;
  readonly count: number;
}

interface ProcessCoverage {
  readonly result: ReadonlyArray<{
    readonly url: string;
    readonly functions: ReadonlyArray<{ readonly ranges: readonly CountedRange[] }>;
  }>;
}

/** Offsets where lines begin. */
function lineStarts(text: string): number[] {
  const starts = [0];
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return starts;
}

/** Where each place of a source stands in its compiled module: pairs of offsets, ascending. */
export class Places {
  readonly #source: number[] = [];
  readonly #compiled: number[] = [];

  constructor(source: string, compiled: string, mapping: SourceMapPayload) {
    const map = new SourceMap(mapping);
    const [sourceLines, compiledLines] = [lineStarts(source), lineStarts(compiled)];
    const pairs: [number, number][] = [];
    for (const [line, start] of compiledLines.entries()) {
      const end = compiledLines[line + 1] ?? compiled.length;
      for (let column = 0; start + column < end; column += 1) {
        const entry = map.findEntry(line, column);
        if (!('originalLine' in entry)) continue;
        if (entry.generatedLine !== line || entry.generatedColumn !== column) continue;
        const original = (sourceLines[entry.originalLine] ?? 0) + entry.originalColumn;
        pairs.push([original, start + column]);
      }
    }
    for (const [original, at] of pairs.sort(([a], [b]) => a - b)) {
      this.#source.push(original);
      this.#compiled.push(at);
    }
  }

  /** The nearest mapped place at or before this one. */
  compiledAt(offset: number): number {
    let at = -1;
    while ((this.#source[at + 1] ?? Number.POSITIVE_INFINITY) <= offset) at += 1;
    return this.#compiled[at] ?? 0;
  }
}

/** The counts of one process for one file; the innermost range around a place tells of it. */
function isRun(ranges: readonly CountedRange[], offset: number): boolean {
  let innermost: CountedRange | undefined;
  for (const range of ranges) {
    if (offset < range.startOffset || offset >= range.endOffset) continue;
    const length = range.endOffset - range.startOffset;
    if (innermost === undefined || length <= innermost.endOffset - innermost.startOffset) {
      innermost = range;
    }
  }
  return innermost !== undefined && innermost.count > 0;
}

/** What one test ran, of each file: one list of ranges per process it had. */
export class Reach {
  readonly #processes: Map<string, CountedRange[][]>;

  /** `directory` is where Node wrote the test's coverage; `compiled` leads from source to module. */
  constructor(directory: string, compiled: ReadonlyMap<string, string>) {
    const byUrl = new Map([...compiled].map(([file, path]) => [pathToFileURL(path).href, file]));
    this.#processes = new Map([...compiled.keys()].map((file) => [file, []]));
    for (const name of readdirSync(directory)) {
      const coverage = JSON.parse(readFileSync(join(directory, name), 'utf8')) as ProcessCoverage;
      for (const { url, functions } of coverage.result) {
        const file = byUrl.get(url);
        if (file === undefined) continue;
        this.#processes.get(file)?.push(functions.flatMap(({ ranges }) => ranges));
      }
    }
  }

  /** `offset` in the compiled module. */
  runs(file: string, offset: number): boolean {
    return (this.#processes.get(file) ?? []).some((ranges) => isRun(ranges, offset));
  }
}
