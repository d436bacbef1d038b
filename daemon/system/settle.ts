/** Gives what is in flight a chance to end before the daemon does. */
import type { Execution } from '../../actors/execution/index.ts';
import type { Clock } from '../../streams/ports/index.ts';

const lookMs = 20;

/** Resolves when no order is under way, or at the deadline: the rest is recorded and in doubt. */
export async function settle(
  execution: Execution,
  clock: Clock,
  deadlineMs: number,
): Promise<void> {
  const untilUs = clock.monotonicUs() + deadlineMs * 1_000;
  const underWay = (): boolean =>
    [...execution.openOrders].some(({ state }) => state === 'recorded' || state === 'sent');
  while (underWay() && clock.monotonicUs() < untilUs) await clock.sleep(lookMs);
}
