/** `npm run simulate`: many seeds, their coverage and speed, a page of evidence. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { campaign, freshHash, type SeedReport } from './campaign.ts';
import { coverageOf } from './coverage.ts';
import { planOf, seedAt } from './plan-of.ts';
import { runPlan } from './run-seed.ts';
import { shrink } from './shrink.ts';

export interface CampaignRequest {
  readonly base: bigint;
  readonly seeds: number;
  /** Instead of a number of seeds. */
  readonly minutes: number | undefined;
  readonly workers: number;
  readonly write: boolean;
}

const evidencePath = fileURLToPath(new URL('../../../evidence/simulation', import.meta.url));
/** One seed in this many is played again in a process of its own. */
const determinismEvery = 100;
/** Broken seeds that are made smaller: the first ones tell the most. */
const shrunkMax = 3;

interface Totals {
  seeds: number;
  simulatedS: number;
  marketEvents: number;
  orders: number;
  lives: number;
  cpuS: number;
}

/** Ends with 1 when an invariant was broken or a history differed from itself. */
export async function runCampaign(request: CampaignRequest): Promise<number> {
  const startedMs = performance.now();
  const reached = new Map<string, number>();
  const broken: SeedReport[] = [];
  const hashes = new Map<string, string>();
  const totals: Totals = { seeds: 0, simulatedS: 0, marketEvents: 0, orders: 0, lives: 0, cpuS: 0 };
  let given = 0;
  const isOver = (): boolean =>
    request.minutes === undefined
      ? given >= request.seeds
      : performance.now() - startedMs > request.minutes * 60_000;
  await campaign({
    workers: request.workers,
    next: () => {
      if (isOver()) return undefined;
      given += 1;
      return seedAt(request.base, given - 1);
    },
    onReport: (report) => {
      totals.seeds += 1;
      for (const key of ['simulatedS', 'marketEvents', 'orders', 'lives', 'cpuS'] as const)
        totals[key] += report[key];
      for (const [what, count] of report.reached)
        reached.set(what, (reached.get(what) ?? 0) + count);
      if (totals.seeds % determinismEvery === 1) hashes.set(report.seed, report.traceHash);
      if (report.violations.length > 0) {
        broken.push(report);
        for (const { invariant, message } of report.violations)
          console.log(`BROKEN ${report.seed} ${invariant}: ${message}`);
      }
      if (totals.seeds % 100 === 0) console.log(`${totals.seeds} seeds, ${broken.length} broken`);
    },
  });
  for (const { seed, traceHash } of broken.slice(0, 10)) hashes.set(seed, traceHash);
  const differing = await differingFrom(hashes);
  for (const { seed } of broken.slice(0, shrunkMax)) await tellSmallest(seed);
  const wallS = (performance.now() - startedMs) / 1_000;
  report(request, totals, reached, broken, differing, hashes.size, wallS);
  return broken.length > 0 || differing.length > 0 ? 1 : 0;
}

async function differingFrom(hashes: ReadonlyMap<string, string>): Promise<string[]> {
  const differing: string[] = [];
  for (const [seed, hash] of hashes) {
    if (hash === '' || (await freshHash(seed)) === hash) continue;
    differing.push(seed);
    console.log(`DIFFERS ${seed}: another process wrote another history`);
  }
  return differing;
}

async function tellSmallest(seed: string): Promise<void> {
  const plan = planOf(seed);
  const result = await runPlan(plan);
  if (result.violations.length === 0) return;
  const smaller = await shrink(plan, result);
  console.log(`${seed}: the smallest plan that breaks it too`);
  for (const entry of smaller.plan.entries) console.log(`  ${JSON.stringify(entry)}`);
}

function report(
  request: CampaignRequest,
  totals: Totals,
  reached: ReadonlyMap<string, number>,
  broken: readonly SeedReport[],
  differing: readonly string[],
  rerun: number,
  wallS: number,
): void {
  const coverage = coverageOf(reached);
  for (const { group, wanted, reached: got, missing } of coverage) {
    console.log(`reached ${got} of ${wanted} ${group}`);
    if (missing.length > 0 && missing.length <= 40) console.log(`  never: ${missing.join(', ')}`);
  }
  const speed = totals.simulatedS / Math.max(1e-9, totals.cpuS);
  console.log(
    `${totals.seeds} seeds, ${broken.length} broken, ${differing.length} of ${rerun} differ; ` +
      `${Math.round(totals.simulatedS)} simulated s in ${totals.cpuS.toFixed(0)} CPU s (${Math.round(speed)} × real time), ` +
      `${totals.orders} orders, ${totals.lives} lives`,
  );
  if (!request.write) return;
  const command =
    `npm run simulate -- --base ${request.base} ` +
    (request.minutes === undefined ? `--seeds ${request.seeds}` : `--minutes ${request.minutes}`) +
    ' --write';
  const evidence = {
    command,
    ...totals,
    simulatedS: Math.round(totals.simulatedS),
    cpuS: Math.round(totals.cpuS),
    wallS: Math.round(wallS),
    workers: request.workers,
    timesRealTimePerCore: Math.round(speed),
    broken: broken.map(({ seed, violations }) => ({ seed, violations })),
    playedAgainInAFreshProcess: rerun,
    differing,
    coverage,
  };
  mkdirSync(evidencePath, { recursive: true });
  const file = join(evidencePath, `seeds-${request.base}.json`);
  writeFileSync(file, `${JSON.stringify(evidence, null, 2)}\n`);
  console.log(`written to ${file}`);
}
