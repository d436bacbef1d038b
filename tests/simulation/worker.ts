/**
 * A process that plays seeds: `base` and a range over IPC in, one line a seed out. With the name of a
 * planted bug as its argument the code it loads is the broken one.
 */
import { register } from 'node:module';
import type { SeedReport, WorkerOrder } from './campaign.ts';
import { plantedBug } from './planted/bugs.ts';

const bugName = process.argv[2] ?? '';
if (bugName !== '') {
  const bug = plantedBug(bugName);
  register('./planted/hooks.js', import.meta.url, { data: bug });
}
// Loaded after the hooks: what they change is what runs.
const { runSeed } = await import('./run-seed.ts');

async function play(order: WorkerOrder): Promise<void> {
  for (const seed of order.seeds) {
    const started = process.cpuUsage();
    const result = await runSeed(seed);
    const used = process.cpuUsage(started);
    const report: SeedReport = {
      seed,
      violations: result.violations,
      reached: [...result.reached],
      traceHash: result.traceHash,
      simulatedS: result.simulatedS,
      marketEvents: result.marketEvents,
      orders: result.orders,
      lives: result.lives,
      cpuS: (used.user + used.system) / 1e6,
    };
    process.send?.(report);
  }
  process.send?.('done');
}

process.on('message', (order: WorkerOrder) => void play(order));
process.on('disconnect', () => process.exit(0));
