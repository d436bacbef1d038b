/**
 * Virtual time. The clock jumps to exactly the next deadline, runs that one event, lets every
 * promise it woke settle, and only then looks for the next: a history depends on nothing but the
 * order in which things were asked for.
 */
import { assert, HoldfastError } from '../../../streams/facts/errors.ts';
import type { CancelTimer } from '../../../streams/ports/index.ts';
import { EventQueue } from './event-queue.ts';
import { isVirtualExit } from './virtual-exit.ts';

/**
 * Events per turn of the real loop. Each runs in its own immediate, and Node settles all promises
 * between two immediates; queuing several per turn only saves the polling in between.
 */
const eventsPerTurn = 64;
/** More events than this at one instant is a loop that will never let time pass. */
const maxEventsPerInstant = 1_000_000;

/** The time all nodes of a world share. */
export class VirtualClock {
  readonly startUs: number;
  readonly #queue = new EventQueue();
  #nowUs: number;
  #eventsAtInstant = 0;
  #eventCount = 0;
  #isRunning = false;

  constructor(startUs: number) {
    assert(Number.isSafeInteger(startUs) && startUs >= 0, `bad start of virtual time: ${startUs}`);
    this.startUs = startUs;
    this.#nowUs = startUs;
  }

  /** Epoch microseconds. */
  get nowUs(): number {
    return this.#nowUs;
  }

  /** Events that are still to come. */
  get pendingCount(): number {
    return this.#queue.size;
  }

  /** Events run so far. */
  get eventCount(): number {
    return this.#eventCount;
  }

  /** When the next event is due; Infinity when there is none. */
  get nextDueUs(): number {
    return this.#queue.peek()?.dueUs ?? Number.POSITIVE_INFINITY;
  }

  /** Runs `fn` in `delayUs`, after everything already due at that time. */
  schedule(delayUs: number, fn: () => void): CancelTimer {
    assert(delayUs >= 0, `a timer needs a delay ≥ 0, got ${delayUs} µs`);
    const event = this.#queue.add(this.#nowUs + Math.ceil(delayUs), fn);
    return () => this.#queue.cancel(event);
  }

  /**
   * Runs the next event and returns whether there was one. Promises it woke settle only when the
   * caller gives way: use the `run…` calls unless nothing involved is asynchronous.
   */
  step(limitUs = Number.POSITIVE_INFINITY): boolean {
    const event = this.#queue.peek();
    if (event === undefined || event.dueUs > limitUs) return false;
    this.#countInstant(event.dueUs);
    this.#nowUs = event.dueUs;
    this.#eventCount += 1;
    try {
      this.#queue.take()?.();
    } catch (thrown) {
      // A node ended itself: that ends its own turn, not the world's.
      if (!isVirtualExit(thrown)) throw thrown;
    }
    return true;
  }

  /** Runs everything due up to and including `us`; afterwards it is `us`. */
  async runUntil(us: number): Promise<void> {
    await this.#run(us, () => false);
    if (us > this.#nowUs && us < Number.POSITIVE_INFINITY) this.#nowUs = us;
  }

  /** Lets `ms` pass. */
  runFor(ms: number): Promise<void> {
    return this.runUntil(this.#nowUs + Math.ceil(ms * 1_000));
  }

  /** Runs until nothing is to come, or the limit; returns whether nothing is left. */
  async runUntilIdle(limitUs: number = Number.POSITIVE_INFINITY): Promise<boolean> {
    await this.#run(limitUs, () => false);
    return this.#queue.size === 0;
  }

  /** Runs until the condition holds between two events; false when it never did up to the limit. */
  async runUntilTrue(condition: () => boolean, limitUs: number): Promise<boolean> {
    await this.#run(limitUs, condition);
    return condition();
  }

  /** Runs while `work` is under way and gives back its result. Throws INTERNAL when it gets stuck. */
  async runWhile<T>(work: Promise<T>, limitUs: number = Number.POSITIVE_INFINITY): Promise<T> {
    let isSettled = false;
    const settle = (): void => {
      isSettled = true;
    };
    work.then(settle, settle);
    await this.#run(limitUs, () => isSettled);
    if (isSettled) return work;
    throw new HoldfastError('INTERNAL', 'the awaited work is stuck: nothing more is to happen');
  }

  #countInstant(dueUs: number): void {
    this.#eventsAtInstant = dueUs === this.#nowUs ? this.#eventsAtInstant + 1 : 0;
    if (this.#eventsAtInstant < maxEventsPerInstant) return;
    const message = `virtual time stands still at ${dueUs} µs: ${maxEventsPerInstant} events`;
    throw new HoldfastError('INTERNAL', message);
  }

  #run(limitUs: number, isDone: () => boolean): Promise<void> {
    assert(!this.#isRunning, 'virtual time runs already; one caller drives it');
    this.#isRunning = true;
    return new Promise((resolve, reject) => {
      let left = 0;
      const stop = (): void => {
        this.#isRunning = false;
        left = Number.NEGATIVE_INFINITY;
      };
      const turn = (): void => {
        if (left < 0) return;
        try {
          if (isDone() || !this.step(limitUs)) {
            stop();
            resolve();
          }
        } catch (error) {
          stop();
          reject(error);
        }
        left -= 1;
        if (left === 0) arm();
      };
      const arm = (): void => {
        left = eventsPerTurn;
        for (let index = 0; index < eventsPerTurn; index += 1) setImmediate(turn);
      };
      arm();
    });
  }
}
