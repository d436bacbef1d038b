/**
 * `npm run bench -- [names…] [--quick] [--json <path>] [--write <document>]`: runs the named benches
 * (all without names), prints one table and writes JSON; `--write` puts the table into a document.
 * Ends with 1 when a bench could not run. Missed targets are printed as MISS and end with 2; with
 * `--quick`, whose numbers prove nothing, they do not.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { attachBench } from './attach.ts';
import { dispatchBench } from './dispatch.ts';
import { executionBench } from './execution.ts';
import { growthBench } from './growth.ts';
import { type Bench, type BenchRow, holds, tableOf, writeJson } from './harness.ts';
import { ingestBench } from './ingest.ts';
import { journalBench } from './journal.ts';
import { recoveryBench } from './recovery.ts';
import { type BenchContext, writeDocument } from './report.ts';
import { soakBench } from './soak.ts';
import { statusBench } from './status.ts';
import { storeBench } from './store.ts';
import { venueBench } from './venue.ts';
import { worldsBench } from './worlds.ts';

/** In the order of the rows of the performance targets. */
const benches: Readonly<Record<string, Bench>> = {
  ingest: ingestBench,
  journal: journalBench,
  dispatch: dispatchBench,
  worlds: worldsBench,
  store: storeBench,
  venue: venueBench,
  execution: executionBench,
  status: statusBench,
  attach: attachBench,
  recovery: recoveryBench,
  growth: growthBench,
  soak: soakBench,
};
const valueOptions = ['--json', '--write'] as const;
const flags = ['--quick', ...valueOptions] as const;
/** Minutes, not seconds: a smoke run leaves them out unless they are named. */
const longBenches: ReadonlySet<string> = new Set(['soak']);

interface Request {
  readonly names: readonly string[];
  readonly quick: boolean;
  readonly jsonPath: string;
  readonly documentPath: string | undefined;
  readonly command: string;
}

function requestOf(args: readonly string[]): Request {
  const pathAfter = (option: (typeof valueOptions)[number]): string | undefined => {
    const at = args.indexOf(option);
    if (at < 0) return undefined;
    const value = args[at + 1];
    if (value === undefined || value.startsWith('--')) throw new Error(`${option} needs a path`);
    return value;
  };
  const values = valueOptions.map(pathAfter);
  const names = args.filter((arg) => !arg.startsWith('--') && !values.includes(arg));
  const unknown = [
    ...names.filter((name) => benches[name] === undefined),
    ...args.filter((arg) => arg.startsWith('--') && !flags.some((flag) => flag === arg)),
  ];
  if (unknown.length > 0) {
    throw new Error(`no bench ${unknown.join(', ')}; there are ${Object.keys(benches).join(', ')}`);
  }
  const quick = args.includes('--quick');
  const all = Object.keys(benches).filter((name) => !(quick && longBenches.has(name)));
  return {
    names: names.length > 0 ? names : all,
    quick,
    jsonPath: pathAfter('--json') ?? '.holdfast/bench/latest.json',
    documentPath: pathAfter('--write'),
    // Without the paths, which are of one machine.
    command: ['npm run bench --', ...names, ...(quick ? ['--quick'] : [])].join(' '),
  };
}

async function measure(request: Request): Promise<{ rows: BenchRow[]; failures: string[] }> {
  const scratch = mkdtempSync(join(process.env.HOLDFAST_BENCH_DIR ?? tmpdir(), 'holdfast-bench-'));
  const rows: BenchRow[] = [];
  const failures: string[] = [];
  try {
    for (const name of request.names) {
      const from = performance.now();
      try {
        const measured = (await benches[name]?.({ quick: request.quick, scratch })) ?? [];
        if (measured.length === 0) throw new Error('no row was measured');
        rows.push(...measured);
      } catch (error) {
        failures.push(name);
        console.error(`BENCH FAILED ${name}:`, error);
      }
      console.log(`bench ${name}: ${((performance.now() - from) / 1_000).toFixed(1)} s`);
    }
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
  return { rows, failures };
}

async function run(request: Request): Promise<number> {
  const loadBefore = loadavg()[0] ?? Number.NaN;
  const { rows, failures } = await measure(request);
  const context: BenchContext = {
    command: request.command,
    date: new Date(Date.now()).toISOString().slice(0, 10),
    node: process.version,
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    quick: request.quick,
    loadBefore,
    loadAfter: loadavg()[0] ?? Number.NaN,
    failures,
  };
  console.log(tableOf(rows));
  writeJson(request.jsonPath, rows, context);
  if (request.documentPath !== undefined) writeDocument(request.documentPath, rows, context);
  const missed = rows.flatMap((row) => row.targets.filter((target) => !holds(target))).length;
  const load = `load ${loadBefore.toFixed(1)} before, ${context.loadAfter.toFixed(1)} after`;
  console.log(
    `${rows.length} rows, ${missed} targets missed, ${load}, JSON in ${request.jsonPath}`,
  );
  if (failures.length > 0) {
    console.error(`could not run: ${failures.join(', ')}`);
    return 1;
  }
  return missed > 0 && !request.quick ? 2 : 0;
}

process.exitCode = await run(requestOf(process.argv.slice(2)));
