/**
 * Mutation testing: `npm run mutate [-- --sample N] [--area NAME] [--workers N] [--seed TEXT]
 * [--no-write]`, `npm run mutate -- --page`. Every mutant is tried; `--sample` draws so many from each area. All areas together
 * write `evidence/phase1/mutation.*`, one alone writes nothing. Ends with 1 when an area is below its
 * score, or when a test fails on the house as it is. Ctrl-C ends it early, with what was tried by then.
 * `--page` tries nothing: it writes the page of the last record anew, with the reasons as they stand.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { seededRandom } from '../../streams/venues/simulated/index.ts';
import { packageRoot } from '../fixtures/system/profile-files.ts';
import { type Provenance, phase1Directory, provenanceOf } from '../prove/page.ts';
import { type Mutant, mutantsOf } from './mutants.ts';
import { checksOf, type Outcome, reasonOf, renderMutation } from './report.ts';
import { Sandbox } from './sandbox.ts';
import { type Area, areasOf, testsOf } from './targets.ts';

const { values: flags } = parseArgs({
  options: {
    sample: { type: 'string', default: '0' },
    area: { type: 'string' },
    workers: { type: 'string', default: '2' },
    seed: { type: 'string', default: '1' },
    'no-write': { type: 'boolean', default: false },
    page: { type: 'boolean', default: false },
  },
});

interface Task {
  readonly area: string;
  readonly mutant: Mutant;
}

/** `count` of them in the order drawn; 0 is all. */
function drawn(mutants: readonly Mutant[], count: number, seed: string): Mutant[] {
  const random = seededRandom(`mutate/${seed}`);
  const ranked = mutants.map((mutant) => ({ mutant, rank: random.next() }));
  const shuffled = ranked.sort((a, b) => a.rank - b.rank).map(({ mutant }) => mutant);
  return count === 0 ? shuffled : shuffled.slice(0, count);
}

function progress(outcomes: readonly Outcome[], total: number, startedMs: number): void {
  const elapsedS = (performance.now() - startedMs) / 1_000;
  const leftS = Math.round((elapsedS / outcomes.length) * (total - outcomes.length));
  const survived = outcomes.filter(({ noticedBy }) => noticedBy === undefined).length;
  const text = `mutants  ${outcomes.length}/${total}  survived ${survived}  ETA ${leftS} s`;
  if (process.stderr.isTTY) process.stderr.write(`\r\u001B[2K${text}`);
  else if (outcomes.length % 10 === 0) console.error(text);
}

function survivorLine({ mutant, reachedBy }: Outcome): string {
  const { file, line, original, replacement } = mutant;
  const known = reasonOf(mutant) === undefined ? '' : ', known';
  return `survived  ${file}:${line}  ${original}  →  ${replacement}  (run by ${reachedBy}${known})`;
}

/** Mutants of the areas asked for, drawn. */
function tasksOf(areas: readonly Area[]): { tasks: Task[]; possible: Map<string, number> } {
  const tasks: Task[] = [];
  const possible = new Map<string, number>();
  for (const { name, files } of areas) {
    const mutants = files.flatMap((file) =>
      mutantsOf(file, readFileSync(join(packageRoot, file), 'utf8')),
    );
    possible.set(name, mutants.length);
    for (const mutant of drawn(mutants, Number(flags.sample), flags.seed)) {
      tasks.push({ area: name, mutant });
    }
  }
  return { tasks, possible };
}

/** Tries them all in sandboxes of their own. Rejects when a test fails on the house as it is. */
async function tryAll(tasks: readonly Task[], files: readonly string[]): Promise<Outcome[]> {
  // Areas take turns, so that what is seen early is of all of them.
  const turn = new Map<string, number>();
  const turnOf = ({ area }: Task): number => {
    const own = turn.get(area) ?? 0;
    turn.set(area, own + 1);
    return own;
  };
  const queue = tasks
    .map((task) => ({ task, at: turnOf(task) }))
    .sort((a, b) => a.at - b.at)
    .map(({ task }) => task);
  const outcomes: Outcome[] = [];
  const tests = testsOf(join(packageRoot, 'dist'));
  const sandboxes = Array.from(
    { length: Number(flags.workers) },
    () => new Sandbox(packageRoot, tests, files),
  );
  const removeAll = (): void => {
    for (const sandbox of sandboxes) sandbox.remove();
  };
  let isInterrupted = false;
  // No end leaves a process that hangs on a mutant, or a copy. Interrupted once, it tells what it has.
  process.once('exit', removeAll);
  process.once('SIGTERM', () => process.exit(1));
  process.once('SIGINT', () => {
    isInterrupted = true;
    process.once('SIGINT', () => process.exit(1));
  });
  try {
    const [first] = sandboxes;
    if (first === undefined) throw new Error('--workers must be 1 or more');
    const parts = await Promise.all(
      sandboxes.map((sandbox, at) =>
        sandbox.calibrate(tests.filter((_, index) => index % sandboxes.length === at)),
      ),
    );
    const calibration = {
      usualMs: new Map(parts.flatMap(({ usualMs }) => [...usualMs])),
      reach: new Map(parts.flatMap(({ reach }) => [...reach])),
    };
    const startedMs = performance.now();
    const work = async (sandbox: Sandbox): Promise<void> => {
      sandbox.adopt(calibration);
      for (let task = queue.shift(); task !== undefined; task = queue.shift()) {
        const outcome = { ...task, ...(await sandbox.notice(task.mutant)) };
        // The terminal interrupts the tests as well: what they say then is nothing.
        if (isInterrupted) break;
        if (outcome.noticedBy === undefined) console.log(survivorLine(outcome));
        outcomes.push(outcome);
        progress(outcomes, tasks.length, startedMs);
      }
    };
    await Promise.all(sandboxes.map(work));
    for (const order of ['usual', 'reversed'] as const) {
      const failed = await first.falseAlarm(order);
      if (failed !== undefined) throw new Error(`${failed} fails without a mutant`);
    }
  } finally {
    removeAll();
  }
  const rank = new Map(tasks.map(({ mutant }, at) => [mutant, at]));
  return outcomes.sort((a, b) => (rank.get(a.mutant) ?? 0) - (rank.get(b.mutant) ?? 0));
}

type MutationRecord = Provenance & {
  readonly possible: Readonly<Record<string, number>>;
  readonly outcomes: readonly Outcome[];
};

const recordPath = join(phase1Directory, 'mutation.json');

/** The page of the record on disk, and its checks. */
function writePage(): void {
  const record = JSON.parse(readFileSync(recordPath, 'utf8')) as MutationRecord;
  const possible = new Map(Object.entries(record.possible));
  const checks = checksOf(record.outcomes, possible);
  writeFileSync(recordPath, `${JSON.stringify({ ...record, checks }, null, 2)}\n`);
  const page = renderMutation(record.outcomes, possible, record);
  writeFileSync(join(phase1Directory, 'mutation.md'), page);
}

async function main(): Promise<boolean> {
  if (flags.page) {
    writePage();
    return true;
  }
  const areas = areasOf(packageRoot).filter(
    ({ name }) => flags.area === undefined || name === flags.area,
  );
  const { tasks, possible } = tasksOf(areas);
  const outcomes = await tryAll(
    tasks,
    areas.flatMap(({ files }) => files),
  );
  const checks = checksOf(outcomes, possible);
  for (const { name, observed, ok } of checks) {
    console.log(`${ok ? 'ok  ' : 'FAIL'}  ${name}: ${observed}`);
  }
  if (!flags['no-write'] && flags.area === undefined) {
    const provenance = provenanceOf(`npm run mutate -- --sample ${flags.sample}`, flags.seed);
    mkdirSync(phase1Directory, { recursive: true });
    const record = { ...provenance, possible: Object.fromEntries(possible), outcomes };
    writeFileSync(recordPath, `${JSON.stringify(record, null, 2)}\n`);
    writePage();
  }
  return checks.every(({ ok }) => ok);
}

if (!(await main())) process.exitCode = 1;
