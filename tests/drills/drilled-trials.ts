/** What a drill shows besides: the watchdog acts for a daemon that stands still, a broken group is contained. */
import { runTrial } from '../prove/phase2/prove.ts';
import type { FaultTrial, TrialReport } from '../prove/phase2/trial.ts';
import { venueTrials } from '../prove/phase2/venue-faults.ts';
import { watchdogTrials } from '../prove/phase2/watchdog-faults.ts';
import type { DrillCheck, DrillTrial } from './drill-report.ts';

const drilled = ['daemon-silent', 'watchdog-silent', 'a-filled-reject-b'] as const;

function trialOf(id: string): FaultTrial {
  const found = [...watchdogTrials, ...venueTrials].find((trial) => trial.id === id);
  if (found === undefined) throw new Error(`no trial ${id}`);
  return found;
}

function shown({ title, strikes, containedMs, transitions, statusText }: TrialReport): DrillTrial {
  const modes = transitions.map(({ to, atMs }) => `${to} ${(atMs / 1_000).toFixed(1)} s`);
  return { title, strikes, contained_ms: containedMs, modes, status_text: statusText };
}

/** One after the other, each on a system of its own. */
export async function drillTrials(
  seed: string,
): Promise<{ trials: DrillTrial[]; checks: DrillCheck[] }> {
  const trials: DrillTrial[] = [];
  const checks: DrillCheck[] = [];
  for (const id of drilled) {
    const report = await runTrial(trialOf(id), seed);
    process.stdout.write(`${new Date().toISOString().slice(11, 23)}  ${report.title}\n`);
    trials.push(shown(report));
    for (const check of report.checks)
      checks.push({ ...check, name: `${report.title}: ${check.name}` });
  }
  return { trials, checks };
}
