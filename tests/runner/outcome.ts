/**
 * Reads what one uvu process printed and decides what it proved. uvu fails open in four ways
 * (a throwing hook, a thrown non-Error, a forgotten `.run()`, a pattern without files all exit 0):
 * here a file passes only when it ran at least one test and every one of them passed.
 */
import { stripVTControlCharacters } from 'node:util';

export interface FileRun {
  readonly file: string;
  readonly exitCode: number | null;
  readonly timedOut: boolean;
  readonly output: string;
  readonly durationMs: number;
}

export interface FileOutcome {
  readonly file: string;
  readonly passed: number;
  readonly failed: number;
  /** Titles and reasons of tests that could not run here, as they printed them. */
  readonly skipped: readonly string[];
  /** Why the file does not count as passed; empty when it does. */
  readonly problems: readonly string[];
  readonly durationMs: number;
}

function lastCount(output: string, name: string): number | undefined {
  const matches = [...output.matchAll(new RegExp(`^\\s*${name}:\\s+(\\d+)`, 'gm'))];
  const text = matches.at(-1)?.[1];
  return text === undefined ? undefined : Number(text);
}

/** Judges one file. Silence, a crash, a deadline, a uvu skip or a missing count are all problems. */
export function judge(run: FileRun): FileOutcome {
  const plain = stripVTControlCharacters(run.output);
  const total = lastCount(plain, 'Total');
  const passed = lastCount(plain, 'Passed') ?? 0;
  const uvuSkipped = lastCount(plain, 'Skipped') ?? 0;
  const skipped = [...plain.matchAll(/^SKIP (.+)$/gm)].map((match) => match[1] ?? '');
  const problems: string[] = [];
  if (run.timedOut) problems.push('ran into its deadline and was killed');
  else if (run.exitCode !== 0) problems.push(`ended with exit code ${run.exitCode}`);
  if (total === undefined) problems.push('printed no total: did the file forget `.run()`?');
  else if (total === 0 && skipped.length === 0) problems.push('ran no test');
  else if (passed !== total) problems.push(`${passed} of ${total} tests passed`);
  if (uvuSkipped > 0) problems.push('uses `.skip`: print a SKIP line with the reason instead');
  const failed = Math.max((total ?? 0) - passed, problems.length > 0 ? 1 : 0);
  return { file: run.file, passed, failed, skipped, problems, durationMs: run.durationMs };
}
