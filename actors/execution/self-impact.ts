/**
 * Are we trading with ourselves in mind: how much of what an instrument traded within the window was
 * ours, in one direction. Too large a share, or too much in money, and that direction opens nothing for
 * the cooldown. A tape that does not show our own trades is not believed: that is a gap, not impact.
 */
import { gridFloat } from '../../streams/facts/decimal.ts';
import type { OrderIntent } from '../../streams/facts/intent.ts';
import type { Side, TradeEvent } from '../../streams/facts/market.ts';
import type { ExecutionPolicy } from '../../streams/facts/policy/execution.ts';
import { usPerMs, usPerSecond } from '../../streams/facts/time.ts';
import type { VenueTrade } from '../../streams/facts/venue-records.ts';

/** Trades of one instrument remembered within the window; beyond it the oldest go: the share rises. */
const tradesMax = 10_000;

interface Seen {
  readonly atUs: number;
  readonly usd: number;
  readonly side: Side;
}

interface Tape {
  own: Seen[];
  shown: Seen[];
  /** Venue time of the last public trade, epoch µs. */
  shownUntilUs: number;
  /** Venue time of our last trade, epoch µs. */
  ownUntilUs: number;
  readonly blockedUntilUs: { buy: number; sell: number };
}

export type SelfImpactVerdict = 'clear' | 'cooling' | 'trips' | 'tape_stale';

export class SelfImpact {
  readonly #policy: () => ExecutionPolicy;
  /** Instruments we traded ourselves; the tape of others is nobody's business here. */
  readonly #tapes = new Map<string, Tape>();

  constructor(policy: () => ExecutionPolicy) {
    this.#policy = policy;
  }

  /** A trade of ours, booked. Times monotonic µs but for the venue's own. */
  own(trade: VenueTrade, nowUs: number): void {
    const { instrument, side, tsUs } = trade;
    const usd = turnoverUsdFloat(trade);
    const tape = this.#tapes.get(instrument.name) ?? newTape();
    this.#tapes.set(instrument.name, tape);
    tape.ownUntilUs = Math.max(tape.ownUntilUs, tsUs);
    tape.own = this.#within([...tape.own, { atUs: nowUs, usd, side }], nowUs);
  }

  /** A trade of the tape, ours or not. */
  shown(trade: TradeEvent, nowUs: number): void {
    const tape = this.#tapes.get(trade.instrument.name);
    if (tape === undefined) return;
    const { side, tsUs } = trade;
    tape.shownUntilUs = Math.max(tape.shownUntilUs, tsUs);
    const usd = turnoverUsdFloat(trade);
    tape.shown.push({ atUs: nowUs, usd, side });
    if (tape.shown.length > tradesMax) tape.shown = this.#within(tape.shown, nowUs);
  }

  /** What one more OPEN would meet. Changes nothing. */
  verdict({ instrument, side }: OrderIntent, nowUs: number): SelfImpactVerdict {
    const tape = this.#tapes.get(instrument.name);
    if (tape === undefined) return 'clear';
    if (nowUs < tape.blockedUntilUs[side]) return 'cooling';
    const own = this.#within(tape.own, nowUs).filter((trade) => trade.side === side);
    if (own.length === 0) return 'clear';
    const policy = this.#policy();
    const lateUs = policy.public_trade_feed_max_age_ms * usPerMs;
    const newest = own[own.length - 1] as Seen;
    if (tape.shownUntilUs < tape.ownUntilUs && nowUs - newest.atUs > lateUs) return 'tape_stale';
    const ownUsd = sumUsd(own);
    // The tape may not show our newest yet: it is never less than what we did ourselves.
    const shownUsd = Math.max(sumUsd(this.#within(tape.shown, nowUs)), ownUsd);
    const share = ownUsd / shownUsd;
    const large =
      ownUsd >= policy.self_trade_min_self_notional_usd &&
      !(share < policy.self_trade_fraction_trip);
    return large || !(ownUsd < policy.self_trade_notional_trip_usd) ? 'trips' : 'clear';
  }

  /** An OPEN was refused because of it: the cooldown runs from the first such refusal. */
  trip({ instrument, side }: OrderIntent, nowUs: number): void {
    const tape = this.#tapes.get(instrument.name);
    if (tape === undefined || nowUs < tape.blockedUntilUs[side]) return;
    tape.blockedUntilUs[side] = nowUs + this.#policy().feedback_loop_cooldown_s * usPerSecond;
  }

  #within(trades: readonly Seen[], nowUs: number): Seen[] {
    const since = nowUs - this.#policy().feedback_loop_window_s * usPerSecond;
    return trades.filter(({ atUs }) => atUs > since).slice(-tradesMax);
  }
}

/** What changed hands, USD: of an option its premium. NaN without an index. */
function turnoverUsdFloat(
  trade: Pick<VenueTrade, 'instrument' | 'lots' | 'priceTicks' | 'indexFloat'>,
): number {
  const { instrument, lots, priceTicks, indexFloat } = trade;
  const index = indexFloat ?? Number.NaN;
  const amount = gridFloat(instrument.amount, lots);
  if (instrument.amountUnit === 'usd') return amount;
  const inCoin = instrument.row.quote_currency === instrument.row.base_currency;
  return amount * gridFloat(instrument.price, priceTicks) * (inCoin ? index : 1);
}

function newTape(): Tape {
  return {
    own: [],
    shown: [],
    shownUntilUs: Number.NEGATIVE_INFINITY,
    ownUntilUs: Number.NEGATIVE_INFINITY,
    blockedUntilUs: { buy: 0, sell: 0 },
  };
}

function sumUsd(trades: readonly Seen[]): number {
  let usd = 0;
  for (const trade of trades) usd += trade.usd;
  return usd;
}
