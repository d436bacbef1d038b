/**
 * Counts how often the same thing had to be flattened. Past `churn_flattens_max` within the window
 * its key opens nothing for `churn_blacklist_s`.
 */
import type { ExecutionPolicy } from '../../../streams/facts/policy/execution.ts';
import { usPerSecond } from '../../../streams/facts/time.ts';

/** Keys remembered, count: strategies times the instrument sets they trade; the oldest goes first. */
const keysMax = 1_000;

interface Entry {
  flattensUs: number[];
  blockedUntilUs: number;
}

/** Strategy and instruments: what churns is the trade, whatever its sizes and prices. */
export function churnKeyOf(strategyId: string, instrumentNames: readonly string[]): string {
  if (instrumentNames.length === 1) return `${strategyId} ${instrumentNames[0]}`;
  return `${strategyId} ${[...new Set(instrumentNames)].sort().join(' ')}`;
}

export class ChurnBreaker {
  readonly #policy: () => ExecutionPolicy;
  readonly #entries = new Map<string, Entry>();

  constructor(policy: () => ExecutionPolicy) {
    this.#policy = policy;
  }

  /** Exposure of this key was flattened. */
  flattened(key: string, nowMonotonicUs: number): void {
    const { churn_flattens_max, churn_window_s, churn_blacklist_s } = this.#policy();
    const known = this.#entries.get(key) ?? { flattensUs: [], blockedUntilUs: 0 };
    const since = nowMonotonicUs - churn_window_s * usPerSecond;
    known.flattensUs = [...known.flattensUs.filter((at) => at > since), nowMonotonicUs];
    if (known.flattensUs.length > churn_flattens_max) {
      known.blockedUntilUs = nowMonotonicUs + churn_blacklist_s * usPerSecond;
    }
    this.#entries.delete(key);
    this.#entries.set(key, known);
    const [oldest] = this.#entries.keys();
    if (this.#entries.size > keysMax && oldest !== undefined) this.#entries.delete(oldest);
  }

  /** Until when this key may open nothing, monotonic µs; 0: it may. */
  blockedUntilUs(key: string): number {
    return this.#entries.get(key)?.blockedUntilUs ?? 0;
  }
}
