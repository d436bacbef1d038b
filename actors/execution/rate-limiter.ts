/**
 * Venue credits as a token bucket with priorities, and the count of orders in the last second.
 * New risk may not touch the reserve: cancels and reduction are served from it when all else is
 * spent. Never waits: what has no credit is refused.
 */
import type { IntentClass } from '../../streams/facts/intent.ts';
import { usPerSecond } from '../../streams/facts/time.ts';

export interface RateLimits {
  readonly creditsPerS: number;
  readonly burst: number;
  /** Credits OPEN leaves alone. */
  readonly reserve: number;
}

/** Order times remembered for the rate gate; the largest rate a policy may allow. */
const rememberedOrders = 1_000;

export class RateLimiter {
  #limits: RateLimits;
  #credits: number;
  #refilledAtUs: number;
  readonly #orderTimesUs = new Float64Array(rememberedOrders).fill(Number.NEGATIVE_INFINITY);
  #orders = 0;

  constructor(limits: RateLimits, nowMonotonicUs: number) {
    this.#limits = limits;
    this.#credits = limits.burst;
    this.#refilledAtUs = nowMonotonicUs;
  }

  /** What the venue grants this account, as it says itself; the reserve stays. */
  grant(limits: Pick<RateLimits, 'creditsPerS' | 'burst'>, nowMonotonicUs: number): void {
    this.#credits = Math.min(this.#at(nowMonotonicUs), limits.burst);
    this.#refilledAtUs = nowMonotonicUs;
    this.#limits = { ...this.#limits, ...limits };
  }

  /** Whether `count` requests of this class would be granted now. Changes nothing. */
  suffices(cls: IntentClass, count: number, nowMonotonicUs: number): boolean {
    const reserve = cls === 'OPEN' ? this.#limits.reserve : 0;
    return this.#at(nowMonotonicUs) >= count + reserve;
  }

  /** Takes the credits, all or none. */
  take(cls: IntentClass, count: number, nowMonotonicUs: number): boolean {
    if (!this.suffices(cls, count, nowMonotonicUs)) return false;
    this.#credits = this.#at(nowMonotonicUs) - count;
    this.#refilledAtUs = nowMonotonicUs;
    if (cls !== 'CANCEL') {
      for (let order = 0; order < count; order += 1) {
        this.#orderTimesUs[this.#orders % rememberedOrders] = nowMonotonicUs;
        this.#orders += 1;
      }
    }
    return true;
  }

  ordersInLastSecond(nowMonotonicUs: number): number {
    const since = nowMonotonicUs - usPerSecond;
    let count = 0;
    while (count < Math.min(this.#orders, rememberedOrders)) {
      const at = this.#orderTimesUs[(this.#orders - 1 - count) % rememberedOrders] as number;
      if (at <= since) break;
      count += 1;
    }
    return count;
  }

  #at(nowMonotonicUs: number): number {
    const passedUs = Math.max(0, nowMonotonicUs - this.#refilledAtUs);
    const refilled = (passedUs / usPerSecond) * this.#limits.creditsPerS;
    return Math.min(this.#limits.burst, this.#credits + refilled);
  }
}
