/** A copy of the compiled house in which one module at a time is wrong, and the tests that look. */
import { spawn } from 'node:child_process';
import {
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compiledWith, type Mutant } from './mutants.ts';

/** A mutant that makes a test this many times slower than usual hangs: it is noticed. */
const slowdownMax = 10;
const deadlineMsMin = 20_000;
/** Before it is known how long a test takes. */
const calibrationDeadlineMs = 180_000;

/** What a run of the house leaves in its directory. */
const leftBehind: ReadonlySet<string> = new Set(['.holdfast', 'coverage']);

export class Sandbox {
  readonly #root: string;
  readonly #directory: string;
  readonly #usualMs = new Map<string, number>();
  /** Mutants each test has noticed, by source file: it is asked first next time. */
  readonly #noticed = new Map<string, number>();
  #tests: readonly string[];

  constructor(root: string, tests: readonly string[]) {
    this.#root = root;
    this.#tests = tests;
    this.#directory = mkdtempSync(join(tmpdir(), 'holdfast-mutate-'));
    // Copies, not links: some tests walk the sources, and ask git which they are.
    for (const name of readdirSync(root)) {
      if (leftBehind.has(name)) continue;
      const [from, to] = [join(root, name), join(this.#directory, name)];
      if (name === 'node_modules' || name === '.git') symlinkSync(from, to);
      else cpSync(from, to, { recursive: true });
    }
  }

  /** Runs every test on the house as it is. Rejects when one fails: it could notice nothing. */
  async calibrate(): Promise<void> {
    for (const test of this.#tests) {
      const startedMs = performance.now();
      if (!(await this.#passes(test))) throw new Error(`${test} fails without a mutant`);
      this.#usualMs.set(test, performance.now() - startedMs);
    }
    const usual = (test: string): number => this.#usualMs.get(test) ?? 0;
    this.#tests = this.#tests.toSorted((a, b) => usual(a) - usual(b));
  }

  /** The test that noticed the mutant; undefined: it survived. */
  async noticedBy(mutant: Mutant): Promise<string | undefined> {
    const path = join(this.#directory, 'dist', mutant.file.replace(/\.ts$/, '.js'));
    const original = readFileSync(path);
    const key = (test: string): string => `${mutant.file} ${test}`;
    const score = (test: string): number => this.#noticed.get(key(test)) ?? 0;
    writeFileSync(path, compiledWith(readFileSync(join(this.#root, mutant.file), 'utf8'), mutant));
    try {
      for (const test of this.#tests.toSorted((a, b) => score(b) - score(a))) {
        if (await this.#passes(test)) continue;
        this.#noticed.set(key(test), score(test) + 1);
        return test;
      }
      return undefined;
    } finally {
      writeFileSync(path, original);
    }
  }

  remove(): void {
    rmSync(this.#directory, { recursive: true, force: true });
  }

  #passes(test: string): Promise<boolean> {
    const usualMs = this.#usualMs.get(test) ?? calibrationDeadlineMs / slowdownMax;
    return new Promise((resolve) => {
      const child = spawn(
        process.execPath,
        ['--conditions=development', join(this.#directory, 'dist', test)],
        { stdio: 'ignore', cwd: this.#directory, env: { ...process.env, HOLDFAST_EVIDENCE: '' } },
      );
      const kill = setTimeout(
        () => child.kill('SIGKILL'),
        Math.max(deadlineMsMin, usualMs * slowdownMax),
      );
      child.on('close', (code) => {
        clearTimeout(kill);
        resolve(code === 0);
      });
    });
  }
}
