/**
 * Mutation testing: `npm run mutate [-- --sample N] [--area NAME] [--workers N] [--seed TEXT]
 * [--no-write]`. `--sample` is per area; 0 tries every mutant. Writes `evidence/phase1/mutation.*`;
 * ends with 1 when an area is below its score.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { seededRandom } from '../../streams/venues/simulated/index.ts';
import { packageRoot } from '../fixtures/system/profile-files.ts';
import { phase1Directory, provenanceOf } from '../prove/page.ts';
import { type Mutant, mutantsOf } from './mutants.ts';
import { checksOf, type Outcome, renderMutation } from './report.ts';
import { Sandbox } from './sandbox.ts';
import { areasOf, testsOf } from './targets.ts';

const { values: flags } = parseArgs({
  options: {
    sample: { type: 'string', default: '100' },
    area: { type: 'string' },
    workers: { type: 'string', default: '2' },
    seed: { type: 'string', default: '1' },
    'no-write': { type: 'boolean', default: false },
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

async function main(): Promise<boolean> {
  const areas = areasOf(packageRoot).filter(
    ({ name }) => flags.area === undefined || name === flags.area,
  );
  const tasks: Task[] = [];
  let possible = 0;
  for (const { name, files } of areas) {
    const mutants = files.flatMap((file) =>
      mutantsOf(file, readFileSync(join(packageRoot, file), 'utf8')),
    );
    possible += mutants.length;
    for (const mutant of drawn(mutants, Number(flags.sample), flags.seed)) {
      tasks.push({ area: name, mutant });
    }
  }
  const outcomes: Outcome[] = [];
  const startedMs = performance.now();
  const total = tasks.length;
  const worker = async (): Promise<void> => {
    const sandbox = new Sandbox(packageRoot, testsOf(join(packageRoot, 'dist')));
    try {
      await sandbox.calibrate();
      for (let task = tasks.shift(); task !== undefined; task = tasks.shift()) {
        const noticedBy = await sandbox.noticedBy(task.mutant);
        outcomes.push({ ...task, noticedBy });
        progress(outcomes, total, startedMs);
      }
    } finally {
      sandbox.remove();
    }
  };
  await Promise.all(Array.from({ length: Number(flags.workers) }, worker));
  const checks = checksOf(outcomes);
  for (const { name, observed, ok } of checks) {
    console.log(`${ok ? 'ok  ' : 'FAIL'}  ${name}: ${observed}`);
  }
  for (const { mutant, noticedBy } of outcomes) {
    if (noticedBy !== undefined) continue;
    const { file, line, original, replacement } = mutant;
    console.log(`survived  ${file}:${line}  ${original}  →  ${replacement}`);
  }
  if (!flags['no-write']) {
    const provenance = provenanceOf(`npm run mutate -- --sample ${flags.sample}`, flags.seed);
    mkdirSync(phase1Directory, { recursive: true });
    const record = { ...provenance, possible, checks, outcomes };
    writeFileSync(join(phase1Directory, 'mutation.json'), `${JSON.stringify(record, null, 2)}\n`);
    const page = renderMutation(outcomes, possible, provenance);
    writeFileSync(join(phase1Directory, 'mutation.md'), page);
  }
  return checks.every(({ ok }) => ok);
}

if (!(await main())) process.exitCode = 1;
