/**
 * The two shapes of time that libraries expect, built on one clock: a scheduler for RxJS and a
 * clock for XState. Both implementations of the ports share them, so no operator and no machine
 * ever runs on a default timer.
 */
import { type SchedulerAction, type SchedulerLike, Subscription } from 'rxjs';
import type { CancelTimer, MachineClock } from '../../streams/ports/index.ts';

/** What the adapters need of a clock. */
export interface TimerSource {
  monotonicUs(): number;
  after(delayMs: number, fn: () => void): CancelTimer;
}

class ClockAction<T> extends Subscription implements SchedulerAction<T> {
  readonly #source: TimerSource;
  readonly #work: (this: SchedulerAction<T>, state?: T) => void;
  #cancel: CancelTimer | undefined;

  constructor(source: TimerSource, work: (this: SchedulerAction<T>, state?: T) => void) {
    super(() => this.#stop());
    this.#source = source;
    this.#work = work;
  }

  /** Arms the action again; what was armed before is forgotten, as RxJS's own actions do. */
  schedule(state?: T, delay = 0): Subscription {
    if (this.closed) return this;
    this.#stop();
    this.#cancel = this.#source.after(Math.max(0, delay), () => {
      this.#cancel = undefined;
      this.#work(state);
    });
    return this;
  }

  #stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }
}

/**
 * An RxJS scheduler on `source`. Its `now` is the monotonic clock in ms: operators measure ages
 * with it, and an age must not move when somebody sets the wall clock.
 */
export function rxSchedulerOn(source: TimerSource): SchedulerLike {
  return {
    now: () => source.monotonicUs() / 1_000,
    schedule: <T>(
      work: (this: SchedulerAction<T>, state?: T) => void,
      delay?: number,
      state?: T,
    ): Subscription => new ClockAction(source, work).schedule(state, delay),
  };
}

/** An XState clock on `source`. */
export function machineClockOn(source: TimerSource): MachineClock {
  return {
    setTimeout: (fn, ms) => source.after(Math.max(0, ms), () => fn()),
    clearTimeout: (id) => {
      if (typeof id === 'function') id();
    },
  };
}
