/**
 * What reduces risk and has no venue credit yet: it waits by priority inside the limit, and is never
 * shed for want of credit. Bounded a priority, so that a flood of one cannot keep another out; within
 * a priority first come, first served. Whatever leaves late is judged again when it leaves.
 */
import type { CancelTimer, Clock } from '../../streams/ports/clock.ts';
import type { RateClass, RateLimiter } from './rate-limiter.ts';

/** A class that may wait. OPEN and DATA never do: what they wanted is stale by then. */
export type WaitingClass = Exclude<RateClass, 'OPEN' | 'DATA'>;

export interface Waiting {
  readonly cls: WaitingClass;
  readonly count: number;
  /** Asked when its turn has come, before the credit is taken; false: it is gone, or was refused. */
  readonly mayLeave: () => boolean;
  readonly leave: () => void;
}

/** More than an account may have open: every order it has can wait for its cancel. */
const waitingMax = 512;
/** The longest pause between two looks, ms. */
const lookMs = 1_000;
const ranks = { EMERGENCY_CLOSE: 0, CANCEL: 1, HEDGE: 2, CLOSE: 2 } as const;

export interface DispatchQueueOptions {
  readonly limiter: RateLimiter;
  readonly clock: Pick<Clock, 'after' | 'monotonicUs'>;
  readonly onDepth?: (depth: number) => void;
}

export class DispatchQueue {
  readonly #options: DispatchQueueOptions;
  readonly #waiting: readonly Waiting[][] = [[], [], []];
  #timer: CancelTimer | undefined;
  #serving = false;
  #stopped = false;

  constructor(options: DispatchQueueOptions) {
    this.#options = options;
  }

  get depth(): number {
    return this.#waiting.reduce((sum, { length }) => sum + length, 0);
  }

  /** True: the credits are taken. Nobody overtakes what is as urgent and waits already. */
  take(cls: RateClass, count: number): boolean {
    const { limiter, clock } = this.#options;
    const isOvertaking = this.#waiting.some((queue, at) => queue.length > 0 && at <= rankOf(cls));
    return !isOvertaking && limiter.take(cls, count, clock.monotonicUs());
  }

  /** False: there is no room, or no bucket is ever as full as that. */
  wait(one: Waiting): boolean {
    const { limiter, clock } = this.#options;
    const queue = this.#waiting[rankOf(one.cls)] as Waiting[];
    const isHopeless = limiter.msUntil(one.count, clock.monotonicUs()) === Number.POSITIVE_INFINITY;
    if (this.#stopped || isHopeless || queue.length >= waitingMax) return false;
    queue.push(one);
    this.#serve();
    return true;
  }

  /** Nothing that waits will leave any more. */
  stop(): void {
    this.#stopped = true;
    this.#timer?.();
    for (const queue of this.#waiting) queue.length = 0;
  }

  /** As many as the credits allow, the most urgent first; the next when its credit is there. */
  #serve(): void {
    if (this.#serving) return;
    this.#serving = true;
    this.#timer?.();
    this.#timer = undefined;
    const { limiter, clock, onDepth } = this.#options;
    for (let next = this.#head(); next !== undefined; next = this.#head()) {
      const queue = this.#waiting[rankOf(next.cls)] as Waiting[];
      const isWanted = next.mayLeave();
      const waitMs = isWanted ? limiter.msUntil(next.count, clock.monotonicUs()) : 0;
      if (waitMs > 0) {
        // The venue may grant less or more meanwhile, and what waits may be wanted no longer.
        this.#timer = clock.after(Math.min(waitMs, lookMs), () => this.#serve());
        break;
      }
      queue.shift();
      if (isWanted && limiter.take(next.cls, next.count, clock.monotonicUs())) next.leave();
    }
    this.#serving = false;
    onDepth?.(this.depth);
  }

  #head(): Waiting | undefined {
    return this.#waiting.find(({ length }) => length > 0)?.[0];
  }
}

function rankOf(cls: RateClass): number {
  return cls === 'OPEN' || cls === 'DATA' ? Number.POSITIVE_INFINITY : ranks[cls];
}
