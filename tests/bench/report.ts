/**
 * Writes the measured rows into a document, between two markers, so that nobody edits a number by
 * hand. Refuses a document without the markers.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { type BenchRow, holds, type Spread, type Target } from './harness.ts';

export interface BenchContext {
  /** The command line that measured. */
  readonly command: string;
  readonly date: string;
  readonly node: string;
  readonly cpu: string;
  readonly cores: number;
  readonly quick: boolean;
  /** One-minute load average at the start and at the end: what else used the machine. */
  readonly loadBefore: number;
  readonly loadAfter: number;
  readonly failures: readonly string[];
}

const begin = '<!-- bench:begin -->';
const end = '<!-- bench:end -->';

function shown(value: number): string {
  if (value >= 1_000) return Math.round(value).toLocaleString('en');
  return Number.isFinite(value) ? String(Number(value.toPrecision(3))) : '–';
}

function spread(of: Spread | undefined): string {
  return of === undefined ? '–' : `${shown(of.median)} (${shown(of.min)}–${shown(of.max)})`;
}

/** Beyond this the rounds contradict each other: max of the ratio over its min. */
const conclusiveSpread = 2;

function isConclusive({ ratio }: BenchRow): boolean {
  return ratio.max <= ratio.min * conclusiveSpread;
}

function target(of: Target): string {
  const sign = of.holds === 'at least' ? '≥' : '≤';
  const word = holds(of) ? 'met' : '**MISSED**';
  return `${word}: ${of.name} ${of.value.toFixed(2)} ${sign} ${of.limit}`;
}

function line(row: BenchRow): string {
  const cells = [
    row.name,
    row.unit,
    spread(row.floor),
    spread(row.ours),
    spread(row.ratio),
    `${spread(row.floorP99Us)} / ${spread(row.oursP99Us)}`,
    row.peer,
    [...(isConclusive(row) ? [] : ['*inconclusive*']), ...row.targets.map(target)].join('<br>'),
  ];
  return `| ${cells.join(' | ')} |`;
}

/** The generated section: context, table, notes. */
export function sectionOf(rows: readonly BenchRow[], context: BenchContext): string {
  const { date, cpu, cores, node, command, loadBefore, loadAfter } = context;
  const notes = rows.flatMap((row) => row.notes.map((note) => `- ${row.name}: ${note}`));
  const failed = context.failures.map((name) => `- **bench ${name} could not run**`);
  return [
    begin,
    `Measured ${date} with \`${command}\` on ${cores} cores of ${cpu}, Node ${node}, ` +
      `load ${loadBefore.toFixed(1)} before and ${loadAfter.toFixed(1)} after. Medians of rounds (min–max).`,
    '',
    '| row | unit | floor | us | ratio | p99 floor / us, µs | peer | targets |',
    '|---|---|---|---|---|---|---|---|',
    ...rows.map(line),
    '',
    ...notes,
    ...failed,
    end,
  ].join('\n');
}

/** Replaces the generated section of the document at `path`. */
export function writeDocument(
  path: string,
  rows: readonly BenchRow[],
  context: BenchContext,
): void {
  const text = readFileSync(path, 'utf8');
  const from = text.indexOf(begin);
  const to = text.indexOf(end);
  if (from < 0 || to < from) throw new Error(`${path} has no ${begin} … ${end}`);
  writeFileSync(path, text.slice(0, from) + sectionOf(rows, context) + text.slice(to + end.length));
}
