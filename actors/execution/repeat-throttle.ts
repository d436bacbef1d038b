/**
 * Stops the machine that sends the same thing over and over: more than `repeated_execution_max`
 * executions of one strategy, instrument and side within the window, and that key opens nothing
 * until an operator re-arms it. It does not forget by waiting.
 */
import type { OrderIntent } from '../../streams/facts/intent.ts';
import type { ExecutionPolicy } from '../../streams/facts/policy/execution.ts';
import { usPerSecond } from '../../streams/facts/time.ts';

/** Keys remembered, count: strategies times instruments; a tripped key is never dropped. */
const keysMax = 5_000;

export function repeatKeyOf({ strategyId, instrument, side }: OrderIntent): string {
  return `${strategyId} ${instrument.name} ${side}`;
}

export class RepeatThrottle {
  readonly #policy: () => ExecutionPolicy;
  readonly #timesUs = new Map<string, number[]>();
  readonly #tripped = new Set<string>();

  constructor(policy: () => ExecutionPolicy) {
    this.#policy = policy;
  }

  /** Keys that wait for an operator. */
  get tripped(): readonly string[] {
    return [...this.#tripped];
  }

  /** One more execution was asked for. True: it is one too many, now or since an earlier one. */
  exceeds(intent: OrderIntent, nowMonotonicUs: number): boolean {
    const key = repeatKeyOf(intent);
    if (this.#tripped.has(key)) return true;
    const { repeated_execution_max: max, repeated_execution_window_s } = this.#policy();
    const times = this.#timesUs.get(key);
    const oldest = times?.[times.length - max];
    const since = nowMonotonicUs - repeated_execution_window_s * usPerSecond;
    return oldest !== undefined && oldest > since;
  }

  /** The execution was refused because of it: from now on an operator is needed. */
  trip(intent: OrderIntent): void {
    this.#tripped.add(repeatKeyOf(intent));
  }

  /** It left for the venue. */
  note(intent: OrderIntent, nowMonotonicUs: number): void {
    const key = repeatKeyOf(intent);
    const times = this.#timesUs.get(key) ?? [];
    times.push(nowMonotonicUs);
    const excess = times.length - this.#policy().repeated_execution_max;
    if (excess > 0) times.splice(0, excess);
    this.#timesUs.delete(key);
    this.#timesUs.set(key, times);
    const [oldest] = this.#timesUs.keys();
    if (this.#timesUs.size > keysMax && oldest !== undefined) this.#timesUs.delete(oldest);
  }

  /** An operator looked at it. Returns the keys that may execute again. */
  rearm(): readonly string[] {
    const keys = this.tripped;
    for (const key of keys) this.#timesUs.delete(key);
    this.#tripped.clear();
    return keys;
  }
}
