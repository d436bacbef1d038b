/**
 * The evidence of a campaign: which seeds were played, of which build, at what cost, and what they
 * met. A record grows: more seeds of its base are added to it as long as the build is the same.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../fixtures/system/profile-files.ts';
import { provenanceOf } from '../prove/page.ts';
import type { SeedReport } from './campaign.ts';
import { coverageOf } from './coverage.ts';

const evidencePath = join(packageRoot, 'evidence/simulation');

export interface Totals {
  seeds: number;
  simulatedS: number;
  marketEvents: number;
  orders: number;
  lives: number;
  cpuS: number;
  wallS: number;
}

/** What a campaign has found so far. */
export interface Tally {
  readonly totals: Totals;
  readonly reached: Map<string, number>;
  readonly broken: Pick<SeedReport, 'seed' | 'violations'>[];
  readonly differing: string[];
  playedAgain: number;
}

interface Recorded extends Omit<Tally, 'reached'> {
  readonly build_id: string;
  readonly reached: Readonly<Record<string, number>>;
}

export function emptyTally(): Tally {
  const totals = {
    seeds: 0,
    simulatedS: 0,
    marketEvents: 0,
    orders: 0,
    lives: 0,
    cpuS: 0,
    wallS: 0,
  };
  return { totals, reached: new Map(), broken: [], differing: [], playedAgain: 0 };
}

function fileOf(base: bigint): string {
  return join(evidencePath, `seeds-${base}.json`);
}

/** What the record of this base holds, to be added to; empty when it is of another build. */
export function recordedTally(base: bigint): Tally {
  let recorded: Recorded;
  try {
    recorded = JSON.parse(readFileSync(fileOf(base), 'utf8')) as Recorded;
  } catch {
    return emptyTally();
  }
  const { build_id } = provenanceOf('', '');
  if (recorded.build_id !== build_id) return emptyTally();
  const { totals, reached, broken, differing, playedAgain } = recorded;
  return { totals, reached: new Map(Object.entries(reached)), broken, differing, playedAgain };
}

/** Times real time of one core, and how much happened in a second of it. */
export function speedOf({ simulatedS, cpuS, marketEvents, orders }: Totals) {
  const perCpuS = (amount: number): number => Math.round(amount / Math.max(1e-9, cpuS));
  return {
    timesRealTimePerCore: perCpuS(simulatedS),
    marketEventsPerCpuS: perCpuS(marketEvents),
    ordersPerCpuS: perCpuS(orders),
  };
}

/** Writes it. Returns the path. */
export function writeRecord(base: bigint, command: string, tally: Tally): string {
  const { totals, reached, ...found } = tally;
  const record = {
    ...provenanceOf(command, `the first ${totals.seeds} of base ${base}`),
    ...speedOf(totals),
    totals,
    ...found,
    coverage: coverageOf(reached),
    reached: Object.fromEntries([...reached].sort(([a], [b]) => (a < b ? -1 : 1))),
  };
  mkdirSync(evidencePath, { recursive: true });
  writeFileSync(fileOf(base), `${JSON.stringify(record, null, 2)}\n`);
  return fileOf(base);
}
