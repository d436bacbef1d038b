/**
 * `npm run bench [names…] [--quick] [--json <path>]`: runs the named benches (all without names),
 * prints one table, writes JSON, and ends with 1 when a bench could not run. Missed targets are
 * printed as MISS and end with 2, so that a shared machine can tell the two apart.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { dispatchBench } from './dispatch.ts';
import { executionBench } from './execution.ts';
import { type Bench, type BenchRow, holds, tableOf, writeJson } from './harness.ts';
import { ingestBench } from './ingest.ts';
import { journalBench } from './journal.ts';
import { recoveryBench } from './recovery.ts';
import { storeBench } from './store.ts';
import { worldsBench } from './worlds.ts';

const benches: Readonly<Record<string, Bench>> = {
  dispatch: dispatchBench,
  execution: executionBench,
  ingest: ingestBench,
  journal: journalBench,
  recovery: recoveryBench,
  store: storeBench,
  worlds: worldsBench,
};

interface Request {
  readonly names: readonly string[];
  readonly quick: boolean;
  readonly jsonPath: string;
}

function requestOf(args: readonly string[]): Request {
  const jsonAt = args.indexOf('--json');
  const jsonPath = jsonAt >= 0 ? args[jsonAt + 1] : '.holdfast/bench/latest.json';
  if (jsonPath === undefined) throw new Error('--json needs a path');
  const names = args.filter((arg, at) => !arg.startsWith('--') && at !== jsonAt + 1);
  const unknown = names.filter((name) => benches[name] === undefined);
  if (unknown.length > 0) {
    throw new Error(`no bench ${unknown.join(', ')}; there are ${Object.keys(benches).join(', ')}`);
  }
  const chosen = names.length > 0 ? names : Object.keys(benches);
  return { names: chosen, quick: args.includes('--quick'), jsonPath };
}

async function run(request: Request): Promise<number> {
  const scratch = mkdtempSync(join(process.env.HOLDFAST_BENCH_DIR ?? tmpdir(), 'holdfast-bench-'));
  const rows: BenchRow[] = [];
  const failures: string[] = [];
  try {
    for (const name of request.names) {
      console.log(`bench ${name} …`);
      try {
        rows.push(...((await benches[name]?.({ quick: request.quick, scratch })) ?? []));
      } catch (error) {
        failures.push(name);
        console.error(`BENCH FAILED ${name}:`, error);
      }
    }
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
  console.log(tableOf(rows));
  const missed = rows.flatMap((row) => row.targets.filter((target) => !holds(target)));
  const cpu = cpus()[0]?.model ?? 'unknown';
  const context = {
    node: process.version,
    cpu,
    cores: cpus().length,
    quick: request.quick,
    failures,
  };
  writeJson(request.jsonPath, rows, context);
  console.log(`${rows.length} rows, ${missed.length} targets missed, JSON in ${request.jsonPath}`);
  if (failures.length > 0) return 1;
  return missed.length > 0 ? 2 : 0;
}

process.exitCode = await run(requestOf(process.argv.slice(2)));
