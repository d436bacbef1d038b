/**
 * `npm run simulate -- [--seeds N] [--minutes N] [--base N] [--workers N] [--planted [--recorded]]
 * [--bug NAME] [--budget SEEDS] [--plays N] [--write [--grow]] | --seed HEX [--until SECONDS] [--page FILE]`: plays
 * histories, or one again with a readable timeline. Ends with 1 when an invariant was broken or a planted bug was missed.
 */
import { writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { timelinePage } from './observe/timeline-page.ts';
import { planOf } from './plan-of.ts';
import { runCampaign } from './run-campaign.ts';
import { runPlanted } from './run-planted.ts';
import { runPlan } from './run-seed.ts';
import { shrink } from './shrink.ts';

const { values } = parseArgs({
  options: {
    seeds: { type: 'string' },
    minutes: { type: 'string' },
    base: { type: 'string', default: '0' },
    workers: { type: 'string', default: String(Math.min(4, availableParallelism())) },
    planted: { type: 'boolean', default: false },
    recorded: { type: 'boolean', default: false },
    bug: { type: 'string' },
    // As many as continuous integration plays.
    budget: { type: 'string', default: '2000' },
    plays: { type: 'string', default: '400' },
    write: { type: 'boolean', default: false },
    grow: { type: 'boolean', default: false },
    seed: { type: 'string' },
    until: { type: 'string' },
    page: { type: 'string' },
  },
});

/** Plays one seed, tells its story, and makes it smaller when it breaks something. */
async function replay(seed: string): Promise<number> {
  const plan = planOf(seed);
  const untilS = values.until === undefined ? undefined : Number(values.until);
  const options = { timeline: true, ...(untilS === undefined ? {} : { untilS }) };
  const result = await runPlan(plan, options);
  const fromUs = result.timeline[0]?.atUs ?? 0;
  for (const { atUs, lane, text } of result.timeline)
    console.log(`${((atUs - fromUs) / 1e6).toFixed(3).padStart(9)}  ${lane.padEnd(9)} ${text}`);
  console.log(`trace ${result.traceHash}, ${result.simulatedS} simulated seconds`);
  if (values.page !== undefined) {
    writeFileSync(values.page, timelinePage(plan, result));
    console.log(`page ${values.page}`);
  }
  for (const { invariant, message } of result.violations)
    console.log(`BROKEN ${invariant}: ${message}`);
  if (result.violations.length === 0) return 0;
  const smaller = await shrink(plan, result);
  console.log(`the smallest plan that breaks it too (${smaller.tries} histories played):`);
  console.log(JSON.stringify({ ...smaller.plan, entries: undefined }));
  for (const entry of smaller.plan.entries) console.log(`  ${JSON.stringify(entry)}`);
  return 1;
}

async function main(): Promise<number> {
  if (values.seed !== undefined) return replay(values.seed.padStart(16, '0').toLowerCase());
  const common = { workers: Number(values.workers), write: values.write };
  if (values.planted || values.bug !== undefined)
    return runPlanted({
      ...common,
      only: values.bug,
      recorded: values.recorded,
      budget: Number(values.budget),
      plays: Number(values.plays),
    });
  return runCampaign({
    ...common,
    base: BigInt(values.base),
    grow: values.grow,
    seeds: Number(values.seeds ?? (values.minutes === undefined ? 300 : Number.POSITIVE_INFINITY)),
    minutes: Number(values.minutes ?? Number.POSITIVE_INFINITY),
  });
}

process.exitCode = await main();
