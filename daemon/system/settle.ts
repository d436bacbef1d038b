/** Waiting for what is in flight, within a bound. */
import type { Execution } from '../../actors/execution/index.ts';
import type { Clock } from '../../streams/ports/index.ts';

const lookMs = 10;

/** An order was handed over and the venue has not answered yet. */
export function hasUnanswered(execution: Pick<Execution, 'openOrders'>): boolean {
  return [...execution.openOrders].some(({ state }) => state === 'recorded' || state === 'sent');
}

/** Resolves when `isSettled`, or at the deadline: what is left then is recorded and in doubt. */
export async function settle(
  clock: Pick<Clock, 'monotonicUs' | 'sleep'>,
  deadlineMs: number,
  isSettled: () => boolean,
): Promise<void> {
  const untilUs = clock.monotonicUs() + deadlineMs * 1_000;
  while (!isSettled() && clock.monotonicUs() < untilUs) await clock.sleep(lookMs);
}
