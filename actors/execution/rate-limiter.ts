/**
 * Venue credits: a token bucket a limit group, and the count of orders in the last second. Orders and
 * cancels draw on the group of the matching engine, DATA on that of everything else. New risk may not
 * touch the reserve, and reads are shed before new risk is. Never waits: `dispatch-queue.ts` does.
 */
import type { IntentClass } from '../../streams/facts/intent.ts';
import { usPerSecond } from '../../streams/facts/time.ts';

export interface RateLimits {
  readonly creditsPerS: number;
  readonly burst: number;
  /** Credits OPEN leaves alone. */
  readonly reserve: number;
}

/** Most urgent first. A CLOSE that no containment sends ranks with HEDGE: both reduce. */
export type RateClass = IntentClass | 'EMERGENCY_CLOSE' | 'DATA';

/** Reads: 20 a second and 100 at once is what every account is granted [Deribit, rate limits]. */
const dataCreditsPerS = 20;
const dataBurst = 100;
/** Of the credits above the reserve, this share is left to new risk before reads get any. */
const openShare = 0.25;

/** Order times remembered for the rate gate; the largest rate a policy may allow. */
export const rememberedOrders = 1_000;

export class RateLimiter {
  readonly #policy: () => RateLimits;
  /** As the policy says, and over it what the venue grants. */
  #limits: RateLimits;
  #told: RateLimits;
  #granted: Pick<RateLimits, 'creditsPerS' | 'burst'> | undefined;
  #credits: number;
  #refilledAtUs: number;
  #dataCredits = dataBurst;
  #dataRefilledAtUs: number;
  readonly #orderTimesUs = new Float64Array(rememberedOrders).fill(Number.NEGATIVE_INFINITY);
  #orders = 0;
  /** Orders, of all so far, that are known to be older than a second. */
  #past = 0;

  /** `policy`: the limits in force; the same object until they change. */
  constructor(policy: () => RateLimits, nowMonotonicUs: number) {
    this.#policy = policy;
    this.#told = policy();
    this.#limits = this.#told;
    this.#credits = this.#limits.burst;
    this.#refilledAtUs = nowMonotonicUs;
    this.#dataRefilledAtUs = nowMonotonicUs;
  }

  /** What the venue grants this account, as it says itself; the reserve stays. */
  grant(limits: Pick<RateLimits, 'creditsPerS' | 'burst'>, nowMonotonicUs: number): void {
    this.#settle(nowMonotonicUs, limits);
  }

  /** Credits earned until now count at the old rate; from now on at the new one. */
  #settle(nowMonotonicUs: number, granted = this.#granted): void {
    const earned = this.#at(nowMonotonicUs);
    this.#granted = granted;
    this.#limits = { ...this.#told, ...granted };
    this.#credits = Math.min(earned, this.#limits.burst);
    this.#refilledAtUs = nowMonotonicUs;
  }

  #follow(nowMonotonicUs: number): void {
    const told = this.#policy();
    if (told === this.#told) return;
    this.#told = told;
    this.#settle(nowMonotonicUs);
  }

  /** Whether `count` requests of this class would be granted now. Takes nothing. */
  suffices(cls: RateClass, count: number, nowMonotonicUs: number): boolean {
    this.#follow(nowMonotonicUs);
    const { burst, reserve } = this.#limits;
    const credits = this.#at(nowMonotonicUs);
    if (cls === 'OPEN') return credits >= count + reserve;
    if (cls !== 'DATA') return credits >= count;
    const isCalm = credits >= reserve + (burst - reserve) * openShare;
    return isCalm && this.#dataAt(nowMonotonicUs) >= count;
  }

  /** Takes the credits, all or none. */
  take(cls: RateClass, count: number, nowMonotonicUs: number): boolean {
    if (!this.suffices(cls, count, nowMonotonicUs)) return false;
    if (cls === 'DATA') {
      this.#dataCredits = this.#dataAt(nowMonotonicUs) - count;
      this.#dataRefilledAtUs = nowMonotonicUs;
      return true;
    }
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

  /** Until `count` credits are there, ms, rounded up; infinite: never, the bucket is smaller. */
  msUntil(count: number, nowMonotonicUs: number): number {
    this.#follow(nowMonotonicUs);
    if (count > this.#limits.burst) return Number.POSITIVE_INFINITY;
    const missing = Math.max(0, count - this.#at(nowMonotonicUs));
    return Math.ceil((missing / this.#limits.creditsPerS) * 1_000);
  }

  ordersInLastSecond(nowMonotonicUs: number): number {
    const since = nowMonotonicUs - usPerSecond;
    this.#past = Math.max(this.#past, this.#orders - rememberedOrders);
    while (this.#past < this.#orders) {
      const at = this.#orderTimesUs[this.#past % rememberedOrders] as number;
      if (at > since) break;
      this.#past += 1;
    }
    return this.#orders - this.#past;
  }

  #at(nowMonotonicUs: number): number {
    const { creditsPerS, burst } = this.#limits;
    return refilled(this.#credits, nowMonotonicUs - this.#refilledAtUs, creditsPerS, burst);
  }

  #dataAt(nowMonotonicUs: number): number {
    const passedUs = nowMonotonicUs - this.#dataRefilledAtUs;
    return refilled(this.#dataCredits, passedUs, dataCreditsPerS, dataBurst);
  }
}

function refilled(credits: number, passedUs: number, perS: number, burst: number): number {
  return Math.min(burst, credits + (Math.max(0, passedUs) / usPerSecond) * perS);
}
