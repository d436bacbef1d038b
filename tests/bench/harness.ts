/**
 * The bench harness: rows compare us with a floor (the same work, bare) and, where one exists, with
 * a peer, in interleaved rounds of one process run. Ratios count; absolute numbers are context. A
 * row that cannot run fails the whole bench loudly; a peer that was not run is named as such.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import Table from 'cli-table3';

export interface BenchOptions {
  /** Fewer operations per round, for a smoke run; its numbers prove nothing. */
  readonly quick: boolean;
  /** Directory for files of the bench, on the disk to be measured. */
  readonly scratch: string;
}

/** What one round of one variant measured. */
export interface Sample {
  /** Operations per second. */
  readonly perSecond: number;
  readonly p50Us?: number;
  readonly p99Us?: number;
}

export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

export interface Target {
  readonly name: string;
  readonly limit: number;
  readonly value: number;
  readonly holds: 'at least' | 'at most';
}

export interface BenchRow {
  readonly name: string;
  readonly unit: string;
  readonly floor: Spread;
  readonly ours: Spread;
  /** Median over rounds of ours ÷ floor within one round. */
  readonly ratio: Spread;
  readonly peer: string;
  readonly floorP99Us?: Spread;
  readonly oursP99Us?: Spread;
  readonly targets: readonly Target[];
  readonly notes: readonly string[];
}

export type Bench = (options: BenchOptions) => Promise<readonly BenchRow[]>;

export const fullRounds = 7;
/** Proves that the benches run, nothing else. */
export const quickRounds = 3;

export function roundsOf(options: BenchOptions): number {
  return options.quick ? quickRounds : fullRounds;
}

export function spreadOf(values: readonly number[]): Spread {
  if (values.length === 0) throw new Error('a spread needs at least one value');
  const sorted = [...values].sort((a, b) => a - b);
  const median = sorted[Math.floor(sorted.length / 2)] ?? 0;
  return { median, min: sorted[0] ?? 0, max: sorted.at(-1) ?? 0 };
}

export function percentile(values: Float64Array, fraction: number): number {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * fraction))] ?? 0;
}

/**
 * Runs every variant once per round, in an order that rotates, after one warm-up of each, so that
 * drift of the machine hits all of them alike.
 */
export async function interleave<Name extends string>(
  rounds: number,
  variants: Readonly<Record<Name, () => Promise<Sample>>>,
): Promise<Record<Name, Sample[]>> {
  const names = Object.keys(variants) as Name[];
  const samples = Object.fromEntries(names.map((name) => [name, []])) as unknown as Record<
    Name,
    Sample[]
  >;
  for (const name of names) await variants[name]();
  for (let round = 0; round < rounds; round += 1) {
    for (let at = 0; at < names.length; at += 1) {
      const name = names[(at + round) % names.length];
      if (name !== undefined) samples[name].push(await variants[name]());
    }
  }
  return samples;
}

export function holds(target: Target): boolean {
  return target.holds === 'at least' ? target.value >= target.limit : target.value <= target.limit;
}

const shown = (value: number): string =>
  value >= 1000 ? Math.round(value).toLocaleString('en') : value.toPrecision(3);

function spreadText(spread: Spread | undefined): string {
  if (spread === undefined) return '–';
  return `${shown(spread.median)} (${shown(spread.min)}–${shown(spread.max)})`;
}

export function tableOf(rows: readonly BenchRow[]): string {
  const table = new Table({
    head: ['row', 'unit', 'floor', 'us', 'ratio', 'p99 floor µs', 'p99 us µs', 'peer', 'targets'],
    style: { head: [], border: [] },
  });
  for (const row of rows) {
    const targets = row.targets.map((target) => {
      const word = holds(target) ? 'ok  ' : 'MISS';
      const sign = target.holds === 'at least' ? '≥' : '≤';
      return `${word} ${target.name} ${target.value.toFixed(2)} ${sign} ${target.limit}`;
    });
    table.push([
      row.name,
      row.unit,
      spreadText(row.floor),
      spreadText(row.ours),
      spreadText(row.ratio),
      spreadText(row.floorP99Us),
      spreadText(row.oursP99Us),
      row.peer,
      targets.join('\n'),
    ]);
  }
  const notes = rows.flatMap((row) => row.notes.map((note) => `${row.name}: ${note}`));
  return [table.toString(), ...notes].join('\n');
}

/** Writes the rows with the machine they ran on. */
export function writeJson(path: string, rows: readonly BenchRow[], context: object): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `${JSON.stringify({ ...context, rows }, undefined, 2)}\n`);
}
