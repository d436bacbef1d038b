/** Runs the restart loop with a progress line and writes its evidence. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { phase1Directory, provenanceOf } from '../page.ts';
import { sinceMs } from './clock.ts';
import { restartLoop } from './loop.ts';
import { checksOf, cyclesOf, renderLoop } from './report.ts';

export interface ProveLoopOptions {
  readonly kills: number;
  readonly lanes: number;
  readonly seed: string;
  /** False: only the verdict, as in continuous integration. */
  readonly write: boolean;
}

/** Lines of progress in all, when nobody watches. */
const progressLines = 20;

function progress(done: number, kills: number, startedMs: number): void {
  const elapsedS = (sinceMs() - startedMs) / 1_000;
  const leftS = Math.round((elapsedS / done) * (kills - done));
  const text = `restart loop  ${done}/${kills} kills  ${elapsedS.toFixed(0)} s  ETA ${leftS} s`;
  if (process.stderr.isTTY) process.stderr.write(`\r\u001B[2K${text}`);
  else if (done % Math.max(1, Math.floor(kills / progressLines)) === 0) console.error(text);
}

/**
 * Interrupted once, it proves what it has done so far; the record then says that kills are missing.
 * True when every check passed. Rejects when the loop found something wrong.
 */
export async function proveRestartLoop(options: ProveLoopOptions): Promise<boolean> {
  const { kills, seed, write } = options;
  const startedMs = sinceMs();
  const command = `npm run prove -- restart-loop --kills ${kills} --seed ${seed}`;
  let isEnough = false;
  process.once('SIGINT', () => {
    isEnough = true;
  });
  const report = await restartLoop({
    ...options,
    isEnough: () => isEnough,
    onCycle: (_, done) => progress(done, kills, startedMs),
  });
  if (process.stderr.isTTY) process.stderr.write('\n');
  const checks = checksOf(report);
  for (const { name, expected, observed, ok } of checks) {
    console.log(`${ok ? 'ok  ' : 'FAIL'}  ${name}: ${observed} (${expected})`);
  }
  if (write) {
    const provenance = provenanceOf(command, seed);
    const directory = join(phase1Directory, 'restart_loop');
    mkdirSync(directory, { recursive: true });
    const cycles = cyclesOf(report);
    const { hasStrace, durationMs, lanes } = report;
    const accounts = lanes.map((lane) => ({ ...lane, cycles: lane.cycles.length }));
    const record = { ...provenance, kills, hasStrace, durationMs, accounts, checks };
    writeFileSync(join(directory, 'restart_loop.json'), `${JSON.stringify(record, null, 2)}\n`);
    writeFileSync(
      join(directory, 'cycles.jsonl'),
      cycles.map((cycle) => `${JSON.stringify(cycle)}\n`).join(''),
    );
    writeFileSync(join(directory, 'README.md'), renderLoop(report, provenance));
  }
  return checks.every(({ ok }) => ok);
}
