/**
 * The clock of the machine. Epoch time has microsecond resolution and follows every step of the
 * wall clock at once; timers never run early, and a delay beyond Node's 32-bit limit is honoured.
 */
import { performance } from 'node:perf_hooks';
import { assert } from '../../../streams/facts/errors.ts';
import type { CancelTimer, Clock } from '../../../streams/ports/index.ts';
import { machineClockOn, rxSchedulerOn } from '../clock-adapters.ts';

/** Node turns a longer timeout into 1 ms; longer delays are armed in parts. */
const longestTimeoutMs = 2 ** 31 - 1;

/** The machine's clock. Timers keep the process alive until they are cancelled. */
export function productionClock(): Clock {
  const monotonicUs = (): number => Math.floor(performance.now() * 1_000);
  const source = { monotonicUs, after: (ms: number, fn: () => void) => startTimer(ms, fn) };
  return {
    nowUs: wallClock(monotonicUs),
    monotonicUs,
    after: source.after,
    every: startInterval,
    soon: (fn) => void setImmediate(fn),
    sleep: (delayMs) => new Promise((resolve) => startTimer(delayMs, resolve)),
    rx: rxSchedulerOn(source),
    machine: machineClockOn(source),
  };
}

/**
 * `Date.now()` has only milliseconds. The monotonic clock fills in the rest: the offset between
 * the two is kept so that the result always lies inside the millisecond the system names.
 */
function wallClock(monotonicUs: () => number): () => number {
  let offsetUs = Number.NEGATIVE_INFINITY;
  return () => {
    const floorUs = Date.now() * 1_000;
    const nowUs = monotonicUs();
    if (nowUs + offsetUs < floorUs) offsetUs = floorUs - nowUs;
    else if (nowUs + offsetUs > floorUs + 999) offsetUs = floorUs + 999 - nowUs;
    return nowUs + offsetUs;
  };
}

function startTimer(delayMs: number, fn: () => void): CancelTimer {
  assert(delayMs >= 0, `a timer needs a delay ≥ 0 ms, got ${delayMs}`);
  const dueMs = performance.now() + delayMs;
  let timer: NodeJS.Timeout;
  const arm = (remainingMs: number): void => {
    timer = setTimeout(fire, Math.min(Math.ceil(remainingMs), longestTimeoutMs));
  };
  const fire = (): void => {
    // The loop counts whole milliseconds, so Node may fire a fraction early.
    const remainingMs = dueMs - performance.now();
    if (remainingMs > 0) arm(remainingMs);
    else fn();
  };
  arm(delayMs);
  return () => clearTimeout(timer);
}

function startInterval(intervalMs: number, fn: () => void): CancelTimer {
  assert(
    intervalMs >= 1 && intervalMs <= longestTimeoutMs,
    `an interval is between 1 ms and ${longestTimeoutMs} ms, got ${intervalMs}`,
  );
  const timer = setInterval(fn, intervalMs);
  return () => clearInterval(timer);
}
