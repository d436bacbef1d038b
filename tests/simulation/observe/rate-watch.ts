/**
 * Requests at the port: orders and cancels of one life stay within what the venue grants its matching
 * engine, and new risk within the orders a second that the policy allows.
 */
import type { SimWorld } from '../world/sim-world.ts';
import type { Verdict } from './verdict.ts';

export interface RateLimits {
  readonly ratePerSecond: number;
  readonly burst: number;
  readonly ordersPerSecond: number;
}

const usPerS = 1_000_000;

export class RateWatch {
  readonly #verdict: Verdict;
  readonly #limits: RateLimits;
  #credits: number;
  #atUs = 0;
  #orders: number[] = [];

  constructor(verdict: Verdict, limits: RateLimits) {
    this.#verdict = verdict;
    this.#limits = limits;
    this.#credits = limits.burst;
  }

  /** A new process: it does not know what the one before it asked. */
  begin(): void {
    this.#credits = this.#limits.burst;
    this.#orders = [];
  }

  /** What may be asked at once, now. */
  get credits(): number {
    const { ratePerSecond, burst } = this.#limits;
    const earned = ((this.#verdict.nowUs - this.#atUs) / usPerS) * ratePerSecond;
    return Math.min(burst, this.#credits + earned);
  }

  /** An order or a cancel leaves. `cls`: undefined for a cancel. */
  leaves(cls: string | undefined): void {
    const { nowUs } = this.#verdict;
    const { ratePerSecond, burst, ordersPerSecond } = this.#limits;
    this.#credits = this.credits - 1;
    this.#atUs = nowUs;
    if (this.#credits < -1e-6)
      this.#verdict.broken('rate', `more than ${burst} and ${ratePerSecond} a second were asked`);
    if (this.#credits < 1) this.#verdict.reach('credits used up');
    if (cls === undefined) return;
    this.#orders = this.#orders.filter((atUs) => nowUs - atUs < usPerS);
    this.#orders.push(nowUs);
    if (cls === 'OPEN' && this.#orders.length > ordersPerSecond)
      this.#verdict.broken('rate', `order ${this.#orders.length} of a second opens`);
  }
}

/** Until the venue has said what it grants, the policy is what is known. */
export function rateWatchOf(verdict: Verdict, { config, matchingLimit }: SimWorld): RateWatch {
  const { execution } = config.config.launchPolicy;
  return new RateWatch(verdict, {
    ratePerSecond: Math.max(matchingLimit.ratePerSecond, execution.venue_order_credits_per_s),
    burst: Math.max(matchingLimit.burst, execution.venue_order_burst),
    ordersPerSecond: execution.max_order_rate_per_s ?? 0,
  });
}
