/**
 * Request credits as the venue counts them: pools that refill with time, a cost per method. Empty
 * means 10028, and over a WebSocket the end of the session.
 */
import type { RateLimit } from './options.ts';

/** Non-matching default, instruments, subscriptions: cost, pool, refill per second. */
const creditPools = {
  default: { cost: 500, pool: 50_000, refill: 10_000 },
  instruments: { cost: 10_000, pool: 500_000, refill: 10_000 },
  subscribe: { cost: 3_000, pool: 30_000, refill: 10_000 },
  transaction_log: { cost: 10_000, pool: 80_000, refill: 10_000 },
  /** 6 a minute. */
  move_positions: { cost: 100_000, pool: 600_000, refill: 10_000 },
  /** One for each side of a quote. */
  quotes: { cost: 1, pool: 500, refill: 500 },
} as const;

export type CostGroup = keyof typeof creditPools | 'matching' | 'free';

class Pool {
  readonly #capacity: number;
  readonly #refillPerUs: number;
  #credits: number;
  #atUs: number;

  constructor(capacity: number, refillPerSecond: number, nowUs: number) {
    this.#capacity = capacity;
    this.#refillPerUs = refillPerSecond / 1_000_000;
    this.#credits = capacity;
    this.#atUs = nowUs;
  }

  /** Seconds until `cost` is there. */
  waitS(cost: number): number {
    return Math.max(0, cost - this.#credits) / this.#refillPerUs / 1_000_000;
  }

  take(cost: number, nowUs: number): boolean {
    const gained = Math.max(0, nowUs - this.#atUs) * this.#refillPerUs;
    this.#credits = Math.min(this.#capacity, this.#credits + gained);
    this.#atUs = nowUs;
    if (this.#credits < cost) return false;
    this.#credits -= cost;
    return true;
  }
}

/** The pools of one account (or of one connection before it is authenticated). */
export class Credits {
  readonly #pools = new Map<CostGroup, Pool>();
  readonly #matching: RateLimit;

  constructor(matching: RateLimit) {
    this.#matching = matching;
  }

  /** Takes what `count` requests of that group cost; false when the pool is too empty. */
  take(group: CostGroup, nowMonotonicUs: number, count = 1): boolean {
    if (group === 'free') return true;
    const cost = group === 'matching' ? 1 : creditPools[group].cost;
    let pool = this.#pools.get(group);
    if (pool === undefined) {
      pool = this.#create(group, nowMonotonicUs);
      this.#pools.set(group, pool);
    }
    return pool.take(cost * count, nowMonotonicUs);
  }

  /** Seconds until one request of that group may be sent. */
  waitS(group: keyof typeof creditPools): number {
    return this.#pools.get(group)?.waitS(creditPools[group].cost) ?? 0;
  }

  #create(group: Exclude<CostGroup, 'free'>, nowUs: number): Pool {
    if (group === 'matching')
      return new Pool(this.#matching.burst, this.#matching.ratePerSecond, nowUs);
    return new Pool(creditPools[group].pool, creditPools[group].refill, nowUs);
  }
}
