/**
 * Self-impact: are we the market we react to? Per instrument it holds our own fills against all
 * public trades of the last `feedback_loop_window_s`. Too large a share of them, or too large a sum,
 * in one direction closes the instrument to OPEN for a cooldown. Fills of ours that the public feed
 * does not show mean that the feed is stale: that is a gap, not an impact. A fill of ours is public
 * volume too, once: whether the feed shows it before us, after us, or (a recording) never.
 *
 * Sums are kept in slots of time, so that a public trade costs one addition and no allocation.
 */
import type { Side } from '../../../streams/facts/market.ts';
import { usPerMs, usPerSecond } from '../../../streams/facts/time.ts';

export interface SelfImpactLimits {
  readonly feedback_loop_window_s: number;
  readonly feedback_loop_cooldown_s: number;
  readonly self_trade_fraction_trip: number;
  readonly self_trade_min_self_notional_usd: number;
  readonly self_trade_notional_trip_usd: number;
  readonly public_trade_feed_max_age_ms: number;
}

/** Slots of the window; a trade counts up to one slot longer than the window. */
const slots = 100;
/** Public trades whose ids are remembered: a fill told after its print is found among them. */
const printsMax = 512;
/** Own fills that wait for their print; a recording never shows one. */
const unprintedMax = 512;

/** A sum over a sliding window. */
class SlidingSum {
  readonly #slotUs: number;
  readonly #sums = new Float64Array(slots + 1);
  readonly #slotOf = new Float64Array(slots + 1).fill(-1);

  constructor(windowS: number) {
    this.#slotUs = (windowS * usPerSecond) / slots;
  }

  add(amount: number, nowUs: number): void {
    const slot = Math.floor(nowUs / this.#slotUs);
    const at = slot % this.#sums.length;
    if (this.#slotOf[at] !== slot) {
      this.#slotOf[at] = slot;
      this.#sums[at] = 0;
    }
    this.#sums[at] = (this.#sums[at] as number) + amount;
  }

  total(nowUs: number): number {
    const oldest = Math.floor(nowUs / this.#slotUs) - slots;
    let sum = 0;
    for (let at = 0; at < this.#sums.length; at += 1) {
      if ((this.#slotOf[at] as number) >= oldest) sum += this.#sums[at] as number;
    }
    return sum;
  }
}

export type SelfImpactVerdict = 'none' | 'impact' | 'feed_stale';

/** One instrument. Amounts in USD, times monotonic µs. */
export class SelfImpactDetector {
  readonly #limits: SelfImpactLimits;
  readonly #public: SlidingSum;
  readonly #own: Readonly<Record<Side, SlidingSum>>;
  /** The last public trades, a ring. */
  readonly #prints: string[] = [];
  #printed = 0;
  /** Own fills that the feed has not shown, and that count as public volume already. */
  readonly #unprinted = new Set<string>();
  /** First own fill that no public trade has followed. */
  #unseenSinceUs: number | undefined;
  /** OPEN is closed until then, monotonic µs. */
  blockedUntilUs = 0;

  constructor(limits: SelfImpactLimits) {
    const window = limits.feedback_loop_window_s;
    this.#limits = limits;
    this.#public = new SlidingSum(window);
    this.#own = { buy: new SlidingSum(window), sell: new SlidingSum(window) };
  }

  publicTrade(tradeId: string, usdFloat: number, nowUs: number): void {
    this.#unseenSinceUs = undefined;
    if (this.#unprinted.size > 0 && this.#unprinted.delete(tradeId)) return;
    this.#public.add(usdFloat, nowUs);
    this.#prints[this.#printed % printsMax] = tradeId;
    this.#printed += 1;
  }

  ownTrade(tradeId: string, side: Side, usdFloat: number, nowUs: number): void {
    this.#own[side].add(usdFloat, nowUs);
    if (this.#prints.includes(tradeId)) return;
    this.#public.add(usdFloat, nowUs);
    this.#unprinted.add(tradeId);
    const [oldest] = this.#unprinted;
    if (this.#unprinted.size > unprintedMax && oldest !== undefined) this.#unprinted.delete(oldest);
    this.#unseenSinceUs ??= nowUs;
  }

  /** Judges now; an impact closes the instrument for its cooldown. */
  judge(nowUs: number): SelfImpactVerdict {
    const limits = this.#limits;
    const unseenUs = this.#unseenSinceUs === undefined ? 0 : nowUs - this.#unseenSinceUs;
    if (unseenUs > limits.public_trade_feed_max_age_ms * usPerMs) return 'feed_stale';
    const own = Math.max(this.#own.buy.total(nowUs), this.#own.sell.total(nowUs));
    const share = own / Math.max(own, this.#public.total(nowUs));
    const isLarge = own >= limits.self_trade_min_self_notional_usd;
    const isMarket = isLarge && share >= limits.self_trade_fraction_trip;
    if (!isMarket && own < limits.self_trade_notional_trip_usd) return 'none';
    this.blockedUntilUs = nowUs + limits.feedback_loop_cooldown_s * usPerSecond;
    return 'impact';
  }
}
