/**
 * Time as an injected thing. Nothing else in the house may read a clock or start a timer.
 *
 * Domain time is epoch microseconds (`nowUs`); ages inside the process use the monotonic
 * microseconds (`monotonicUs`), which no clock step can move.
 */
import type { SchedulerLike } from 'rxjs';

/** Cancels a timer; calling it twice is harmless. */
export type CancelTimer = () => void;

/** The clock XState systems are created with (`createActor(logic, { clock })`). */
export interface MachineClock {
  setTimeout(fn: (...args: unknown[]) => void, ms: number): unknown;
  clearTimeout(id: unknown): void;
}

export interface Clock {
  /** Epoch time, integer microseconds. May step; never use it for ages inside the process. */
  nowUs(): number;
  /** Monotonic integer microseconds since an arbitrary origin. Never goes backwards. */
  monotonicUs(): number;
  /** Runs `fn` once, not before `delayMs` has passed. Timers due together run in order of creation. */
  after(delayMs: number, fn: () => void): CancelTimer;
  /** Runs `fn` every `intervalMs`; a late tick is not made up for. */
  every(intervalMs: number, fn: () => void): CancelTimer;
  /** Runs `fn` in a later turn of the loop, without delay: the seam that coalesces a batch. */
  soon(fn: () => void): void;
  /** Resolves after `delayMs`. */
  sleep(delayMs: number): Promise<void>;
  /** The scheduler every RxJS timer operator must be given. */
  readonly rx: SchedulerLike;
  /** The clock every XState system must be created with. */
  readonly machine: MachineClock;
}
