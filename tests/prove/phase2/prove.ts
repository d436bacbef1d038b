/** Runs the trials of faults, each on a system of its own, and writes `evidence/phase2/`. */
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { provenanceOf } from '../page.ts';
import { sinceMs } from '../restart-loop/clock.ts';
import { diskTrials } from './disk-faults.ts';
import { httpTrials } from './http-faults.ts';
import { messageTrials } from './message-faults.ts';
import { processTrials } from './process-faults.ts';
import { type NotRun, writePhase2 } from './report.ts';
import { canMount, SmallDisk } from './small-disk.ts';
import { type FaultTrial, type TrialReport, tryFault } from './trial.ts';
import { withTrial } from './trial-system.ts';
import { venueTrials } from './venue-faults.ts';
import { watchdogTrials } from './watchdog-faults.ts';

export interface Phase2Options {
  readonly seed: string;
  /** Only trials whose id contains it; nothing is written then. */
  readonly match: string | undefined;
  readonly write: boolean;
}

/** Faults of the list that this build cannot meet, or that are shown elsewhere. */
const absent: readonly NotRun[] = [
  { title: 'Redis failover', reason: 'there is no event bus in this build' },
  { title: 'runner leak', reason: 'every strategy runs inline: there are no runner threads yet' },
  {
    title: 'expired certificate',
    reason: 'no certificate is required in stage DEV, and the simulated venue speaks no TLS',
  },
  {
    title: 'ClickHouse full, wrong schema',
    reason: 'shown by `tests/integration/store/outage.test.ts` on the same store process',
  },
  {
    title: 'wrong key scope',
    reason: 'shown by the key-scope probe of `npm run drill`: the scope is read at login',
  },
  {
    title: 'journal corruption at head, middle, tail',
    reason: 'shown by `tests/conformance/journal/journal.test.ts` on real files',
  },
];

let disk: SmallDisk | undefined;

function mounted(): SmallDisk {
  if (disk === undefined) throw new Error('no small disk is mounted');
  return disk;
}

/** One trial on a system of its own. Rejects when it breaks off. */
export async function runTrial(trial: FaultTrial, seed: string): Promise<TrialReport> {
  const directory = mkdtempSync(join(tmpdir(), 'holdfast-trial-'));
  if (trial.onSmallDisk === true) disk = SmallDisk.mount(join(directory, '.holdfast'));
  try {
    let report: TrialReport | undefined;
    await withTrial(directory, { seed, ...trial.options }, async (system) => {
      report = await tryFault(system, trial);
    });
    if (report === undefined) throw new Error(`${trial.id} reported nothing`);
    return report;
  } finally {
    disk?.unmount();
    disk = undefined;
    rmSync(directory, { recursive: true, force: true });
  }
}

/** A trial that broke off is a failed trial, with its last words. */
function brokenOff(trial: FaultTrial, error: unknown): TrialReport {
  const { id, title, strikes, expected } = trial;
  const observed = String(error).slice(0, 600).replaceAll('\n', ' ');
  return {
    id,
    title,
    strikes,
    expected,
    transitions: [],
    codes: [],
    containedMs: null,
    endedMs: null,
    exposureUsd: { before: 0, worstRestricted: 0, after: 0 },
    opensWhileRestricted: 0,
    statusText: '',
    checks: [{ name: 'ran to its end', expected: 'yes', observed, ok: false }],
  };
}

function lineOf(report: TrialReport, tookMs: number): string {
  const failed = report.checks.filter(({ ok }) => !ok);
  const word = failed.length === 0 ? 'ok  ' : 'FAIL';
  const why = failed.map(({ name, expected, observed }) => `${name}: ${observed} (${expected})`);
  const contained = report.containedMs === null ? '–' : `${report.containedMs} ms`;
  return `${word}  ${report.title}  contained ${contained}, ${Math.round(tookMs / 1_000)} s  ${why.join('; ')}`;
}

function loadText(): string {
  return `load ${loadavg()[0]?.toFixed(1)} on ${cpus().length} cores`;
}

/** True when every trial went as expected. */
export async function provePhase2({ seed, match, write }: Phase2Options): Promise<boolean> {
  const probe = mkdtempSync(join(tmpdir(), 'holdfast-mount-'));
  const mayMount = canMount(probe);
  rmSync(probe, { recursive: true, force: true });
  const wanted = [
    ...venueTrials,
    ...messageTrials,
    ...processTrials,
    ...diskTrials(mounted),
    ...watchdogTrials,
    ...httpTrials,
  ].filter(({ id }) => match === undefined || id.includes(match));
  if (wanted.length === 0) {
    console.error(`no fault whose id holds "${match}": they stand in evidence/phase2/README.md`);
    return false;
  }
  const trials = wanted.filter(({ onSmallDisk }) => mayMount || onSmallDisk !== true);
  const unmounted = wanted.filter((trial) => !trials.includes(trial));
  const before = loadText();
  const reports: TrialReport[] = [];
  for (const trial of trials) {
    const startMs = sinceMs();
    const report = await runTrial(trial, seed).catch((error: unknown) => brokenOff(trial, error));
    reports.push(report);
    console.error(`${reports.length}/${trials.length}  ${lineOf(report, sinceMs() - startMs)}`);
  }
  const reason = 'this machine does not let a small file system be mounted';
  const notRun = [...unmounted.map(({ title }) => ({ title, reason })), ...absent];
  if (write && match === undefined) {
    const provenance = provenanceOf('npm run prove -- phase2', seed);
    const load = `${before} before, ${loadText()} after`;
    writePhase2({ provenance, load, trials: reports, notRun });
  }
  return reports.every(({ checks }) => checks.every(({ ok }) => ok));
}
