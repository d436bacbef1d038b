/** What the trials amount to: the record as JSON, the page people read, the picture. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../fixtures/system/profile-files.ts';
import {
  type Check,
  checksTable,
  type Provenance,
  pageOf,
  provenanceTable,
  table,
  verdict,
} from '../page.ts';
import { timelineSvg } from './timeline.ts';
import type { TrialReport } from './trial.ts';
import { trialExecution, trialGuard } from './trial-policy.ts';

const phase2Directory = join(packageRoot, 'evidence/phase2');

export interface NotRun {
  readonly title: string;
  readonly reason: string;
}

export interface Phase2Record {
  readonly provenance: Provenance;
  /** One-minute load average before and after, and cores. */
  readonly load: string;
  readonly trials: readonly TrialReport[];
  readonly notRun: readonly NotRun[];
}

function seconds(ms: number | null): string {
  return ms === null ? '–' : `${(ms / 1_000).toFixed(2)} s`;
}

/** `Active → ReduceOnly → Active`. */
function modesOf({ transitions }: TrialReport): string {
  const modes = ['Active', ...transitions.map(({ to }) => to)];
  return modes.filter((mode, index) => mode !== modes[index - 1]).join(' → ');
}

function expectedModes({ expected: { mode, ends } }: TrialReport): string {
  if (mode === 'Active') return 'Active';
  return `Active → ${mode} → Active${ends === 'operator' ? ' (by an operator)' : ''}`;
}

function verdictOf({ checks }: TrialReport): string {
  const failed = checks.filter(({ ok }) => !ok);
  return failed.length === 0 ? 'ok' : `**FAIL** ${failed.map(({ name }) => name).join(', ')}`;
}

function rowOf(report: TrialReport): string[] {
  const { before, worstRestricted, after } = report.exposureUsd;
  const { mode, withinMs } = report.expected;
  return [
    `[${report.title}](#${report.id})`,
    expectedModes(report),
    modesOf(report),
    report.expected.codes.map((code) => `\`${code}\``).join(' '),
    mode === 'Active'
      ? 'no restriction'
      : `${seconds(report.containedMs)} (≤ ${seconds(withinMs)})`,
    `${before} / ${worstRestricted} / ${after}`,
    seconds(report.endedMs),
    verdictOf(report),
  ];
}

function sectionOf(report: TrialReport): string[] {
  const lines = report.transitions.map(({ atMs, from, to, reasons }) => [
    seconds(atMs),
    from === to ? to : `${from} → ${to}`,
    reasons.join(', '),
  ]);
  const told = report.statusText === '' ? [] : [`\`\`\`text\n${report.statusText}\n\`\`\``];
  return [
    `### ${report.id}`,
    `${report.title}. Strike: ${report.strikes}.`,
    ...told,
    ...(lines.length === 0 ? [] : [table(['after', 'mode', 'reasons'], lines)]),
    checksTable(report.checks),
  ];
}

function policyText(policy: Readonly<Record<string, unknown>>): string {
  return Object.entries(policy)
    .map(([name, value]) => `\`${name}\` ${String(value)}`)
    .join(', ');
}

export function allChecks(trials: readonly TrialReport[]): Check[] {
  return trials.flatMap(({ checks }) => checks);
}

function pageText({ provenance, load, trials, notRun }: Phase2Record): string {
  const passed = trials.filter(({ checks }) => checks.every(({ ok }) => ok)).length;
  return pageOf([
    '# Phase 2 evidence: faults against the real processes',
    `**${passed} of ${trials.length} faults went as expected.** ${verdict(allChecks(trials))}`,
    provenanceTable(provenance),
    `Machine: ${load}. Each fault has a system of its own: daemon and simulated venue (and the store, where the fault is about it) as processes over loopback sockets, journal on disk. It waits until the daemon is Active, holds a position and has orders at rest, strikes, watches, lifts the fault, and waits for the end. Times are those of the facts in the journal; exposure is the venue's own word, USD of perpetuals before the strike, at its highest while restricted, and at the end. Orders that had left before the restriction may still fill after it.`,
    `Changed from the shipped policy, guard: ${policyText(trialGuard)}; execution: ${policyText(trialExecution)}.`,
    '![Mode over time for each fault](timeline.svg)',
    table(
      [
        'fault',
        'modes expected',
        'modes seen',
        'codes that must be told',
        'contained',
        'exposure before / worst / after',
        'over after',
        'result',
      ],
      trials.map(rowOf),
    ),
    ...(notRun.length === 0
      ? []
      : [
          '## Not run',
          table(
            ['fault', 'why'],
            notRun.map(({ title, reason }) => [title, reason]),
          ),
        ]),
    '## What was told and seen',
    'The text is the upper part of `holdfast status` as it stood when everything expected was told, at most five seconds after the first restriction.',
    ...trials.flatMap(sectionOf),
  ]);
}

/** Writes `faults.json`, `README.md` and `timeline.svg`. */
export function writePhase2(record: Phase2Record): void {
  mkdirSync(phase2Directory, { recursive: true });
  const { provenance, load } = record;
  const { date_utc, build_id, seed } = provenance;
  const write = (name: string, text: string): void =>
    writeFileSync(join(phase2Directory, name), text);
  write('faults.json', `${JSON.stringify(record, null, 2)}\n`);
  write('README.md', pageText(record));
  const caption = `${date_utc.slice(0, 16)}Z, build ${build_id}, seed ${seed}, ${load}`;
  write('timeline.svg', timelineSvg(record.trials, caption));
}
