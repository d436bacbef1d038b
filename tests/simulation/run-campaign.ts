/** `npm run simulate`: many seeds, their coverage and speed, a page of evidence. */
import { campaign, freshHash, type SeedReport } from './campaign.ts';
import { coverageOf, wronglyListed } from './coverage.ts';
import { planOf, seedAt } from './plan-of.ts';
import { emptyTally, recordedTally, speedOf, type Tally, writeRecord } from './record.ts';
import { runPlan } from './run-seed.ts';
import { shrink } from './shrink.ts';

export interface CampaignRequest {
  readonly base: bigint;
  /** At most: Infinity for as many as the minutes allow. */
  readonly seeds: number;
  /** After which no further seed is begun. */
  readonly minutes: number;
  readonly workers: number;
  readonly write: boolean;
  /** Go on after the last seed of the record of this base and build, and add to it. */
  readonly grow: boolean;
}

/** One seed in this many is played again in a process of its own. */
const determinismEvery = 100;
/** Broken seeds that are made smaller: the first ones tell the most. */
const shrunkMax = 3;

/** Ends with 1 when an invariant was broken or a history differed from itself. */
export async function runCampaign(request: CampaignRequest): Promise<number> {
  const startedMs = performance.now();
  const tally = request.grow ? recordedTally(request.base) : emptyTally();
  const { totals, reached } = tally;
  const played = totals.seeds;
  const broken: SeedReport[] = [];
  const hashes = new Map<string, string>();
  let given = 0;
  const isLate = (): boolean => performance.now() - startedMs > request.minutes * 60_000;
  await campaign({
    workers: request.workers,
    next: () => {
      if (given >= request.seeds || isLate()) return undefined;
      given += 1;
      return seedAt(request.base, played + given - 1);
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
  if (given < request.seeds && request.seeds < Number.POSITIVE_INFINITY)
    console.log(`the time was over after ${given} of ${request.seeds} seeds`);
  for (const { seed, traceHash } of broken.slice(0, 10)) hashes.set(seed, traceHash);
  tally.differing.push(...(await differingFrom(hashes)));
  tally.broken.push(...broken.map(({ seed, violations }) => ({ seed, violations })));
  tally.playedAgain += hashes.size;
  totals.wallS += (performance.now() - startedMs) / 1_000;
  for (const { seed } of broken.slice(0, shrunkMax)) await tellSmallest(seed);
  report(tally);
  if (request.write)
    console.log(`written to ${writeRecord(request.base, commandOf(request), tally)}`);
  return tally.broken.length > 0 || tally.differing.length > 0 ? 1 : 0;
}

function commandOf({ base, minutes, seeds, grow }: CampaignRequest): string {
  const limits = { seeds, minutes };
  const much = Object.entries(limits)
    .flatMap(([name, limit]) => (limit < Number.POSITIVE_INFINITY ? [`--${name} ${limit}`] : []))
    .join(' ');
  return `npm run simulate -- --base ${base} ${much} --write${grow ? ' --grow' : ''}`;
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

function report({ totals, reached, broken, differing, playedAgain }: Tally): void {
  for (const { group, wanted, reached: got, missing, unreachable } of coverageOf(reached)) {
    console.log(`reached ${got} of ${wanted} ${group}; ${unreachable.length} cannot be reached`);
    if (missing.length > 0 && missing.length <= 40) console.log(`  never: ${missing.join(', ')}`);
  }
  const hidden = wronglyListed(reached);
  if (hidden.length > 0) console.log(`listed as unreachable, and reached: ${hidden.join(', ')}`);
  const { timesRealTimePerCore, marketEventsPerCpuS, ordersPerCpuS } = speedOf(totals);
  console.log(
    `${totals.seeds} seeds, ${broken.length} broken, ${differing.length} of ${playedAgain} differ; ` +
      `${Math.round(totals.simulatedS)} simulated s in ${totals.cpuS.toFixed(0)} CPU s (${timesRealTimePerCore} × real time, ` +
      `${marketEventsPerCpuS} market events and ${ordersPerCpuS} orders a CPU s), ` +
      `${totals.orders} orders, ${totals.lives} lives`,
  );
}
