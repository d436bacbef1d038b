/**
 * The evidence of phase 1, regenerated: runs the tests that prove each record, collects the rows
 * they noted, and writes `evidence/phase1/`. A record whose tests fail, or note nothing, fails.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { EvidenceRecord } from '../fixtures/evidence.ts';
import { judge } from '../runner/outcome.ts';
import {
  type Check,
  checksTable,
  type Provenance,
  pageOf,
  phase1Directory,
  provenanceOf,
  provenanceTable,
  table,
  verdict,
} from './page.ts';

type Row = Readonly<Record<string, unknown>>;

interface RecordPlan {
  readonly record: EvidenceRecord;
  readonly title: string;
  readonly shows: string;
  readonly tests: readonly string[];
  /** Keys of a row that the page shows; the JSON holds all. */
  readonly columns: readonly string[];
}

const plans: readonly RecordPlan[] = [
  {
    record: 'determinism',
    title: 'Determinism',
    shows:
      'The same decision gives the same bytes and hash after a restart, later, and with its keys shuffled; the same world gives the same decisions, intents and fills in any process and at any speed. The frozen vectors stand in `tests/unit/execution/intent-hash.test.ts`.',
    tests: [
      'unit/execution/intent-hash',
      'conformance/execution/identity',
      'integration/run/determinism',
    ],
    columns: ['what', 'intent_id', 'bytes', 'decisions', 'intents', 'fills'],
  },
  {
    record: 'rejection_matrix',
    title: 'Rejection matrix',
    shows:
      'Each code of the manifest is triggered; ledger, orders, positions, reservations and snapshots are the same bytes before and after, and one receipt is left. Codes for what is not built are reserved, with the reason.',
    tests: ['conformance/execution/rejection-matrix'],
    columns: ['code', 'gate', 'state_unchanged', 'receipts', 'reason'],
  },
  {
    record: 'missing_key_matrix',
    title: 'Missing keys',
    shows: 'Each critical key is taken away; an OPEN is refused with its code and nothing changes.',
    tests: ['conformance/execution/preflight'],
    columns: ['key', 'open', 'expected', 'state_unchanged'],
  },
  {
    record: 'gate_order',
    title: 'Gate order',
    shows:
      'What the gates looked at, the durable record and the bytes, in the order in which they happened; the gates in the order in which they passed.',
    tests: ['conformance/execution/side-effects'],
    columns: ['gates', 'events'],
  },
  {
    record: 'chokepoint_proof',
    title: 'Chokepoint',
    shows:
      'The syntax tree and the import graph of every module: none but the chokepoint builds or calls a trading client. Planted offenders are found.',
    tests: ['conformance/execution/chokepoint', 'unit/execution/chokepoint'],
    columns: ['what', 'path', 'found', 'count', 'offenders'],
  },
  {
    record: 'traceability',
    title: 'Traceability sample',
    shows:
      'One filled and one refused intent of a real run, followed from the metric to `holdfast explain`, log, journal and store. Every place carries the same ids; the JSON holds the whole chain.',
    tests: ['integration/explain/traceability'],
    columns: ['outcome', 'metric', 'exemplar', 'logs', 'facts', 'rows'],
  },
  {
    record: 'crash_mid_intent',
    title: 'Crash in the middle of an intent',
    shows:
      'The whole daemon under virtual time, killed after each event, inside each write and sync, with its power or as a process, and again while it recovers.',
    tests: ['conformance/execution/crashes'],
    columns: [
      'killed',
      'ended',
      'orders_at_venue',
      'lots',
      'duplicate_dispatch_count',
      'illegal_order_attempts',
    ],
  },
];

const testsRoot = fileURLToPath(new URL('..', import.meta.url));
const testDeadlineMs = 300_000;

interface Proof {
  readonly passed: boolean;
  /** What could not run on this machine, and why. */
  readonly skipped: readonly string[];
}

/** Runs one test file. */
function prove(name: string, noteInto: string): Promise<Proof> {
  return new Promise((resolve) => {
    const file = join(testsRoot, `${name}.test.js`);
    const child = spawn(
      process.execPath,
      ['--conditions=development', '--enable-source-maps', '--expose-gc', file],
      {
        env: { ...process.env, NO_COLOR: '1', HOLDFAST_EVIDENCE: noteInto },
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        output += chunk.toString('utf8');
      });
    }
    let timedOut = false;
    const deadline = setTimeout(() => {
      timedOut = true;
      child.kill('SIGKILL');
    }, testDeadlineMs);
    child.on('close', (exitCode) => {
      clearTimeout(deadline);
      const { problems, skipped } = judge({ file, exitCode, timedOut, output, durationMs: 0 });
      if (problems.length > 0) console.error(`${name}: ${problems.join('; ')}\n${output}`);
      resolve({ passed: problems.length === 0, skipped });
    });
  });
}

function rowsOf(directory: string, record: EvidenceRecord): Row[] {
  const path = join(directory, `${record}.jsonl`);
  if (!existsSync(path)) return [];
  const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
  return lines.map((line) => JSON.parse(line) as Row);
}

const cellCharactersMax = 400;

function cell(value: unknown): string {
  if (value === undefined || value === null) return '';
  if (typeof value === 'string') return value.length > 64 ? `\`${value}\`` : value;
  if (Array.isArray(value) && value.every((item) => typeof item === 'string')) {
    return value.join(', ');
  }
  if (Array.isArray(value)) return `${value.length} of them agree`;
  const text = JSON.stringify(value);
  return text.length > cellCharactersMax ? `${text.slice(0, cellCharactersMax)}…` : text;
}

function writeRecord(plan: RecordPlan, rows: readonly Row[], provenance: Provenance): void {
  const { record, title, shows, columns, tests } = plan;
  const json = `${JSON.stringify({ ...provenance, tests, rows }, null, 2)}\n`;
  writeFileSync(join(phase1Directory, `${record}.json`), json);
  const page = pageOf([
    `# ${title}`,
    provenanceTable(provenance),
    shows,
    `Proved by ${tests.map((name) => `\`tests/${name}.test.ts\``).join(', ')}. All rows: [${record}.json](${record}.json).`,
    table(
      columns,
      rows.map((row) => columns.map((column) => cell(row[column]))),
    ),
  ]);
  writeFileSync(join(phase1Directory, `${record}.md`), page);
}

/** What the last restart loop recorded. */
function loopCheck(): Check {
  const path = join(phase1Directory, 'restart_loop/restart_loop.json');
  const name = '[restart loop](restart_loop/README.md)';
  if (!existsSync(path)) return { name, expected: 'recorded', observed: 'not run', ok: false };
  const loop = JSON.parse(readFileSync(path, 'utf8')) as { kills: number; checks: Check[] };
  const passed = loop.checks.filter(({ ok }) => ok).length;
  return {
    name,
    expected: `${loop.checks.length} checks`,
    observed: `${passed} passed, ${loop.kills} kills`,
    ok: passed === loop.checks.length,
  };
}

/** True when every record is proven. */
export async function provePhase1(): Promise<boolean> {
  const provenance = provenanceOf('npm run prove', 'fixed in each test');
  const directory = mkdtempSync(join(tmpdir(), 'holdfast-evidence-'));
  mkdirSync(phase1Directory, { recursive: true });
  try {
    const proofs = new Map<string, Proof>();
    for (const name of new Set(plans.flatMap(({ tests }) => tests))) {
      const proof = await prove(name, directory);
      proofs.set(name, proof);
      console.error(`phase 1  ${proof.passed ? 'ok  ' : 'FAIL'}  ${name}`);
    }
    const checks = plans.map((plan): Check => {
      const rows = rowsOf(directory, plan.record);
      const failing = plan.tests.filter((name) => proofs.get(name)?.passed !== true);
      const skipped = plan.tests.flatMap((name) => proofs.get(name)?.skipped ?? []);
      const shown = [`${rows.length} rows`, ...skipped.map((what) => `skipped: ${what}`)];
      writeRecord(plan, rows, provenance);
      return {
        name: `[${plan.title}](${plan.record}.md)`,
        expected: 'tests pass and note rows',
        observed: failing.length > 0 ? `failed: ${failing.join(', ')}` : shown.join('; '),
        ok: failing.length === 0 && rows.length > 0,
      };
    });
    checks.push(loopCheck());
    writeSummary(checks, provenance);
    return checks.every(({ ok }) => ok);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function writeSummary(checks: readonly Check[], provenance: Provenance): void {
  const page = pageOf([
    '# Phase 1 evidence',
    `Execution safety: never panic, never duplicate. ${verdict(checks)}`,
    provenanceTable(provenance),
    '`npm run prove` regenerates everything, the restart loop first; `npm run prove -- phase1` everything but the loop. It ends with 1 when a check fails.',
    checksTable(checks),
  ]);
  writeFileSync(join(phase1Directory, 'README.md'), page);
}
