/** What trials share whose strike ends the daemon: it starts again, restricted, and proves itself. */
import type { Check } from '../page.ts';
import type { Expectation } from './trial.ts';
import type { TrialSystem } from './trial-system.ts';

/** A process start on a busy machine. */
const restartMs = 40_000;
export const restarted: Expectation = {
  mode: 'ReduceOnly',
  codes: ['RESTART_RECONCILE_REQUIRED', 'STATE_STARTUP_RECONCILING'],
  withinMs: restartMs,
  ends: 'itself',
};
/** The venue's own answer to a daemon that is gone: nothing of it stays open. */
export async function clearedByVenue(system: TrialSystem): Promise<Check> {
  const startMs = performance.now();
  await system.untilHeld(
    ({ openLabels }) => openLabels.length === 0,
    'cancel on disconnect',
    5_000,
  );
  const tookMs = Math.round(performance.now() - startMs);
  const name = 'orders at rest after the death, at the venue';
  return { name, expected: '0 within 5 s', observed: `0 after ${tookMs} ms`, ok: true };
}
