/** A copy of the compiled house in which one module at a time is wrong, and the tests that look. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import type { SourceMapPayload } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { askedMark } from './asked-mark.ts';
import { compiledWith, type Mutant } from './mutants.ts';
import { Places, Reach } from './reach.ts';

/** Tests that take this many times longer than usual hang on a mutant: it is noticed. */
const slowdownMax = 5;
const deadlineMsMin = 30_000;
/** Before it is known how long a test takes. */
const calibrationDeadlineMs = 180_000;

/** What a run of the house leaves in its directory. */
const leftBehind: ReadonlySet<string> = new Set(['.holdfast', 'coverage']);

/** What asking some tests gave. */
interface Answer {
  readonly failed: string | undefined;
  readonly hung: boolean;
}

/** What became of a mutant. */
export interface Notice {
  /** Undefined: it survived. */
  readonly noticedBy: string | undefined;
  /** The test did not end. */
  readonly hung: boolean;
  /** Tests that run its place. */
  readonly reachedBy: number;
}

/** What the tests do on the house as it is. */
export interface Calibration {
  readonly usualMs: ReadonlyMap<string, number>;
  readonly reach: ReadonlyMap<string, Reach>;
}

export class Sandbox {
  readonly #root: string;
  readonly #directory: string;
  readonly #files: readonly string[];
  readonly #places = new Map<string, Places>();
  /** Mutants each test has noticed, by source file: it is asked first next time. */
  readonly #noticed = new Map<string, number>();
  #tests: readonly string[];
  #child: ChildProcess | undefined;
  #calibration: Calibration = { usualMs: new Map(), reach: new Map() };

  /** `files` are the sources whose mutants will come. */
  constructor(root: string, tests: readonly string[], files: readonly string[]) {
    this.#root = root;
    this.#tests = tests;
    this.#files = files;
    this.#directory = realpathSync(mkdtempSync(join(tmpdir(), 'holdfast-mutate-')));
    // Copies, not links: some tests walk the sources, and ask git which they are.
    for (const name of readdirSync(root)) {
      if (leftBehind.has(name)) continue;
      const [from, to] = [join(root, name), join(this.#directory, name)];
      if (name === 'node_modules' || name === '.git') symlinkSync(from, to);
      else cpSync(from, to, { recursive: true });
    }
    for (const file of files) this.#places.set(file, this.#placesOf(file));
  }

  /** Runs tests on the house as it is. Rejects when one fails: it could notice nothing. */
  async calibrate(tests: readonly string[]): Promise<Calibration> {
    const compiled = new Map(this.#files.map((file) => [file, this.#compiledPath(file)]));
    const [usualMs, reach] = [new Map<string, number>(), new Map<string, Reach>()];
    for (const test of tests) {
      const directory = mkdtempSync(join(this.#directory, 'coverage-'));
      const startedMs = performance.now();
      const { failed } = await this.#ask([test], { NODE_V8_COVERAGE: directory });
      if (failed !== undefined) throw new Error(`${test} fails without a mutant`);
      usualMs.set(test, performance.now() - startedMs);
      reach.set(test, new Reach(directory, compiled));
      rmSync(directory, { recursive: true });
    }
    return { usualMs, reach };
  }

  /** From here on quick tests are asked first, and only those that run the place. */
  adopt(calibration: Calibration): void {
    this.#calibration = calibration;
    const usual = (test: string): number => calibration.usualMs.get(test) ?? 0;
    this.#tests = this.#tests.toSorted((a, b) => usual(a) - usual(b));
  }

  /** The test that fails on the house as it is, all in one process: there must be none. */
  async falseAlarm(order: 'usual' | 'reversed'): Promise<string | undefined> {
    const tests = order === 'usual' ? this.#tests : this.#tests.toReversed();
    return (await this.#ask(tests)).failed;
  }

  async notice(mutant: Mutant): Promise<Notice> {
    const path = this.#compiledPath(mutant.file);
    const at = this.#places.get(mutant.file)?.compiledAt(mutant.start) ?? 0;
    const { reach } = this.#calibration;
    const reaching = this.#tests.filter((test) => reach.get(test)?.runs(mutant.file, at));
    const reachedBy = reaching.length;
    const key = (test: string): string => `${mutant.file} ${test}`;
    const score = (test: string): number => this.#noticed.get(key(test)) ?? 0;
    const original = readFileSync(path);
    writeFileSync(path, compiledWith(readFileSync(join(this.#root, mutant.file), 'utf8'), mutant));
    try {
      const { failed, hung } = await this.#ask(reaching.toSorted((a, b) => score(b) - score(a)));
      if (failed !== undefined) this.#noticed.set(key(failed), score(failed) + 1);
      return { noticedBy: failed, hung, reachedBy };
    } finally {
      writeFileSync(path, original);
    }
  }

  /** Takes what is asked just now along. */
  remove(): void {
    this.#child?.kill('SIGKILL');
    rmSync(this.#directory, { recursive: true, force: true });
  }

  #compiledPath(file: string): string {
    return join(this.#directory, 'dist', file.replace(/\.ts$/, '.js'));
  }

  #placesOf(file: string): Places {
    const path = this.#compiledPath(file);
    const mapping = JSON.parse(readFileSync(`${path}.map`, 'utf8')) as SourceMapPayload;
    const source = readFileSync(join(this.#root, file), 'utf8');
    return new Places(source, readFileSync(path, 'utf8'), mapping);
  }

  /** One process for them all, which ends at the first that fails. */
  async #ask(
    tests: readonly string[],
    environment: Readonly<Record<string, string>> = {},
  ): Promise<Answer> {
    if (tests.length === 0) return { failed: undefined, hung: false };
    const { usualMs } = this.#calibration;
    const deadlineMs = (test: string): number =>
      (usualMs.get(test) ?? calibrationDeadlineMs / slowdownMax) * slowdownMax;
    const paths = tests.map((test) => join(this.#directory, 'dist', test));
    const child = spawn(
      process.execPath,
      ['--conditions=development', join(this.#directory, 'dist/tests/mutate/ask.js'), ...paths],
      {
        stdio: ['ignore', 'pipe', 'ignore'],
        cwd: this.#directory,
        env: { ...process.env, HOLDFAST_EVIDENCE: '', ...environment },
      },
    );
    this.#child = child;
    let hung = false;
    const killAfter = (ms: number) =>
      setTimeout(
        () => {
          hung = true;
          child.kill('SIGKILL');
        },
        Math.max(deadlineMsMin, ms),
      );
    let asked = 0;
    let kill = killAfter(0);
    child.stdout.on('data', (chunk: Buffer) => {
      const begun = chunk.toString('utf8').split(askedMark).length - 1;
      if (begun === 0) return;
      asked += begun;
      clearTimeout(kill);
      kill = killAfter(deadlineMs(tests[asked - 1] ?? ''));
    });
    const [code] = (await once(child, 'close')) as [number | null];
    clearTimeout(kill);
    this.#child = undefined;
    return { failed: code === 0 ? undefined : tests[Math.max(0, asked - 1)], hung };
  }
}
