/**
 * Runs the compiled test files, each in a process of its own with a deadline, and ends with the
 * plain line `N passed, N failed, N skipped`.
 *
 *   node dist/tests/runner/main.js [suite …] [--match text]
 */
import { spawn } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type FileOutcome, type FileRun, judge } from './outcome.ts';
import { defaultSuites, suites } from './suites.ts';

const preload = new URL('./readable-failures.js', import.meta.url).href;
const testsRoot = fileURLToPath(new URL('..', import.meta.url));
/** A file that prints more is cut: a runaway log must not take the runner down. */
const outputBytesMax = 4_000_000;

function testFiles(suite: string): string[] {
  const folder = join(testsRoot, suite);
  if (statSync(folder, { throwIfNoEntry: false }) === undefined) return [];
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.test.js'))
    .map((name) => join(folder, name))
    .sort();
}

function runFile(file: string, deadlineMs: number): Promise<FileRun> {
  return new Promise((resolve) => {
    const started = Date.now();
    const child = spawn(
      process.execPath,
      [
        '--import',
        preload,
        '--conditions=development',
        '--enable-source-maps',
        '--expose-gc',
        file,
      ],
      {
        detached: true,
        stdio: ['ignore', 'pipe', 'pipe'],
        env: { ...process.env, NO_COLOR: '1' },
      },
    );
    let output = '';
    let timedOut = false;
    const collect = (chunk: Buffer): void => {
      if (output.length < outputBytesMax) output += chunk.toString('utf8');
    };
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    const killGroup = (): void => {
      try {
        if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
      } catch {
        // ESRCH: the group is gone already, which is what we want.
      }
    };
    const deadline = setTimeout(() => {
      timedOut = true;
      killGroup();
    }, deadlineMs);
    child.on('close', (exitCode) => {
      clearTimeout(deadline);
      killGroup(); // whatever the file left behind
      resolve({ file, exitCode, timedOut, output, durationMs: Date.now() - started });
    });
  });
}

function report(outcome: FileOutcome, output: string): void {
  const name = relative(testsRoot, outcome.file).replace(/\.js$/, '.ts');
  const seconds = (outcome.durationMs / 1_000).toFixed(1);
  if (outcome.problems.length === 0) {
    console.log(`ok    ${name}  ${outcome.passed} tests  ${seconds} s`);
  } else {
    console.log(`FAIL  ${name}  ${outcome.problems.join('; ')}  ${seconds} s`);
    console.log(output.replace(/^/gm, '      | '));
  }
  for (const line of outcome.skipped) console.log(`SKIP  ${name}  ${line}`);
}

async function runAll(
  files: ReadonlyArray<{ file: string; deadlineMs: number }>,
): Promise<FileOutcome[]> {
  const queue = [...files];
  const outcomes: FileOutcome[] = [];
  const lane = async (): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const run = await runFile(next.file, next.deadlineMs);
      const outcome = judge(run);
      outcomes.push(outcome);
      report(outcome, run.output);
    }
  };
  await Promise.all(Array.from({ length: Math.min(4, availableParallelism()) }, lane));
  return outcomes;
}

function sum(outcomes: readonly FileOutcome[], pick: (outcome: FileOutcome) => number): number {
  return outcomes.reduce((total, outcome) => total + pick(outcome), 0);
}

/** Recordings may be absent where the checkout stands alone; a service may not when it is required. */
function needsService(file: string): boolean {
  return /^(services|browser)\//.test(relative(testsRoot, file));
}

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { match: { type: 'string' } },
  });
  const names = positionals.length > 0 ? positionals : defaultSuites;
  const files: Array<{ file: string; deadlineMs: number }> = [];
  let problems = 0;
  for (const name of names) {
    const suite = suites[name];
    if (suite === undefined) {
      console.error(`no suite ${name}; there are: ${Object.keys(suites).join(', ')}`);
      return 2;
    }
    const found = testFiles(name);
    if (values.match === undefined && found.length < suite.filesMin) {
      console.log(
        `FAIL  suite ${name} has ${found.length} files, at least ${suite.filesMin} are expected`,
      );
      problems += 1;
    }
    const match = values.match;
    const wanted = match === undefined ? found : found.filter((file) => file.includes(match));
    files.push(...wanted.map((file) => ({ file, deadlineMs: suite.deadlineMs })));
  }
  const outcomes = await runAll(files);
  const skipped = sum(outcomes, (outcome) => outcome.skipped.length);
  const requireServices = process.env.HOLDFAST_REQUIRE_SERVICES === '1';
  const missing = outcomes.filter(
    ({ file, skipped: titles }) => needsService(file) && titles.length > 0,
  );
  if (requireServices && missing.length > 0) {
    console.log(
      `FAIL  ${missing.length} files miss a service, but HOLDFAST_REQUIRE_SERVICES=1 allows none`,
    );
    problems += 1;
  }
  const failed = sum(outcomes, (outcome) => outcome.failed) + problems;
  const passed = sum(outcomes, (outcome) => outcome.passed);
  if (passed === 0) console.log('FAIL  no test ran');
  console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
  return failed > 0 || passed === 0 ? 1 : 0;
}

process.exitCode = await main();
