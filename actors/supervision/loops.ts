/**
 * Whether the loops of the daemon turn: every repeating timer that is started on a named clock is
 * followed. A tick that is missing for more than two intervals is late, and is counted when it comes.
 */
import { usPerMs } from '../../streams/facts/time.ts';
import type { CancelTimer, Clock, Counter, Metrics } from '../../streams/ports/index.ts';

export interface LoopView {
  readonly name: string;
  readonly intervalMs: number;
  /** Epoch µs; null: it has not ticked yet. */
  readonly lastTickUs: number | null;
  readonly nextTickUs: number;
  readonly ticks: number;
  /** Ticks that came more than one interval late. */
  readonly lateTicks: number;
  /** The next one should have been there an interval ago. */
  readonly isLate: boolean;
}

interface Loop {
  readonly name: string;
  readonly intervalMs: () => number;
  /** Monotonic; of the start before the first tick. */
  lastUs: number;
  ticks: number;
  lateTicks: number;
}

/** A tick this many intervals after the last one counts as late. */
const lateIntervals = 2;

export class Loops {
  readonly #clock: Clock;
  readonly #late: Counter;
  readonly #running = new Set<Loop>();

  constructor(clock: Clock, metrics: Metrics) {
    this.#clock = clock;
    this.#late = metrics.counter('holdfast_loop_late_ticks_total');
  }

  /** The clock of the house, whose repeating timers are followed under this name. */
  clock(name: string): Clock {
    const clock = this.#clock;
    return {
      nowUs: () => clock.nowUs(),
      monotonicUs: () => clock.monotonicUs(),
      after: (delayMs, fn) => clock.after(delayMs, fn),
      every: (intervalMs, fn) => this.#every(name, intervalMs, fn),
      soon: (fn) => clock.soon(fn),
      sleep: (delayMs) => clock.sleep(delayMs),
      rx: clock.rx,
      machine: clock.machine,
    };
  }

  /** Every loop that runs now. */
  get all(): LoopView[] {
    const nowUs = this.#clock.nowUs();
    const nowMonotonicUs = this.#clock.monotonicUs();
    return [...this.#running].map((loop) => {
      const { name, lastUs, ticks, lateTicks } = loop;
      const intervalMs = loop.intervalMs();
      const lastTickUs = nowUs - (nowMonotonicUs - lastUs);
      return {
        name,
        intervalMs,
        lastTickUs: ticks === 0 ? null : lastTickUs,
        nextTickUs: lastTickUs + intervalMs * usPerMs,
        ticks,
        lateTicks,
        isLate: isLate(nowMonotonicUs - lastUs, intervalMs),
      };
    });
  }

  /** A loop that arms itself anew: it tells of each tick. */
  follow(name: string, intervalMs: () => number): { ticked(): void; stop(): void } {
    const loop = this.#begun(name, intervalMs);
    return {
      ticked: () => this.#ticked(loop),
      stop: () => void this.#running.delete(loop),
    };
  }

  #every(name: string, intervalMs: number, fn: () => void): CancelTimer {
    const loop = this.#begun(name, () => intervalMs);
    const stop = this.#clock.every(intervalMs, () => {
      this.#ticked(loop);
      fn();
    });
    return () => {
      this.#running.delete(loop);
      stop();
    };
  }

  #begun(name: string, intervalMs: () => number): Loop {
    const loop: Loop = {
      name: this.#free(name),
      intervalMs,
      lastUs: this.#clock.monotonicUs(),
      ticks: 0,
      lateTicks: 0,
    };
    this.#running.add(loop);
    return loop;
  }

  /** A room with several loops has them numbered. */
  #free(name: string): string {
    const taken = new Set([...this.#running].map((loop) => loop.name));
    let free = name;
    for (let number = 2; taken.has(free); number += 1) free = `${name} ${number}`;
    return free;
  }

  #ticked(loop: Loop): void {
    const nowUs = this.#clock.monotonicUs();
    if (isLate(nowUs - loop.lastUs, loop.intervalMs())) {
      loop.lateTicks += 1;
      this.#late.increment(1, loop.name);
    }
    loop.lastUs = nowUs;
    loop.ticks += 1;
  }
}

function isLate(sinceUs: number, intervalMs: number): boolean {
  return sinceUs > lateIntervals * intervalMs * usPerMs;
}
