/** The clock one node sees: shared virtual time, its own wall-clock error, timers that die with it. */
import { assert } from '../../../streams/facts/errors.ts';
import type { CancelTimer, Clock } from '../../../streams/ports/index.ts';
import { machineClockOn, rxSchedulerOn } from '../clock-adapters.ts';
import type { VirtualClock } from './clock.ts';
import type { Incarnation } from './incarnation.ts';

/** Monotonic time does not start at 0, so that nobody takes it for a flag. */
const monotonicOriginUs = 1_000_000;

/** How far this node's wall clock is off; may be changed at any time. */
export interface WallClockError {
  offsetUs: number;
}

/** A process that is stopped (SIGSTOP): what falls due meanwhile waits, in order. */
export interface Pause {
  waiting: (() => void)[] | undefined;
}

/** The clock port of one incarnation. */
export function nodeClock(
  clock: VirtualClock,
  owner: Incarnation,
  error: WallClockError,
  pause: Pause,
): Clock {
  const run = (fn: () => void): void => {
    if (!owner.isAlive) return;
    if (pause.waiting === undefined) fn();
    else pause.waiting.push(() => run(fn));
  };
  const monotonicUs = (): number => clock.nowUs - clock.startUs + monotonicOriginUs;
  const after = (delayMs: number, fn: () => void): CancelTimer =>
    clock.schedule(delayMs * 1_000, () => run(fn));
  const source = { monotonicUs, after };
  return {
    nowUs: () => clock.nowUs + error.offsetUs,
    monotonicUs,
    after,
    every: (intervalMs, fn) => repeat(after, intervalMs, fn),
    soon: (fn) => void after(0, fn),
    sleep: (delayMs) => new Promise((resolve) => after(delayMs, resolve)),
    rx: rxSchedulerOn(source),
    machine: machineClockOn(source),
  };
}

function repeat(after: Clock['after'], intervalMs: number, fn: () => void): CancelTimer {
  assert(intervalMs >= 1, `an interval is at least 1 ms, got ${intervalMs}`);
  let isCancelled = false;
  let cancel: CancelTimer;
  const tick = (): void => {
    fn();
    if (!isCancelled) cancel = after(intervalMs, tick);
  };
  cancel = after(intervalMs, tick);
  return () => {
    isCancelled = true;
    cancel();
  };
}
