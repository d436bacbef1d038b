/**
 * Our own fills against the public tape, an instrument at a time: one detector each, made with the first
 * trade anybody does, so that the tape before a fill of ours is known when it is judged. An impact closes the instrument to OPEN; a tape that hides our fills is a gap and latches.
 */
import { type Guard, SelfImpactDetector } from '../../actors/guard/index.ts';
import { gridFloat } from '../../streams/facts/decimal.ts';
import { isPricedInCoin } from '../../streams/facts/instrument.ts';
import type { TradeEvent } from '../../streams/facts/market.ts';
import type { GuardPolicy } from '../../streams/facts/policy/guard.ts';
import { usPerSecond } from '../../streams/facts/time.ts';
import type { VenueTrade } from '../../streams/facts/venue-records.ts';
import type { CancelTimer, Clock } from '../../streams/ports/clock.ts';

export interface OwnImpactOptions {
  readonly clock: Pick<Clock, 'monotonicUs' | 'every'>;
  readonly guard: Pick<Guard, 'latchSet'>;
  /** Follows the policy in force. */
  readonly limits: GuardPolicy;
}

/** A tape that hides a fill shows by time alone, ms. */
const lookMs = 1_000;
const never = Number.NEGATIVE_INFINITY;

interface Watched {
  readonly detector: SelfImpactDetector;
  /** A fill of ours is, or was, in its window: the tape alone closes nothing. */
  isOurs: boolean;
  lastTradeUs: number;
}

/** What changed hands, USD: of an option its premium. NaN without an index. */
function turnoverUsdFloat(
  trade: Pick<VenueTrade, 'instrument' | 'lots' | 'priceTicks' | 'indexFloat'>,
): number {
  const { instrument, lots, priceTicks, indexFloat } = trade;
  const amount = gridFloat(instrument.amount, lots);
  if (instrument.amountUnit === 'usd') return amount;
  const rate = isPricedInCoin(instrument) ? (indexFloat ?? Number.NaN) : 1;
  return amount * gridFloat(instrument.price, priceTicks) * rate;
}

export class OwnImpact {
  readonly #options: OwnImpactOptions;
  /** Bounded by the instruments that traded within two windows. */
  readonly #detectors = new Map<string, Watched>();

  constructor(options: OwnImpactOptions) {
    this.#options = options;
  }

  /** Begins to look at the clock. Returns the stop. */
  watch(): CancelTimer {
    return this.#options.clock.every(lookMs, () => {
      for (const [name, watched] of this.#detectors) this.#judge(name, watched);
    });
  }

  onPublicTrade(trade: TradeEvent): void {
    const nowUs = this.#options.clock.monotonicUs();
    const watched = this.#of(trade.instrument.name);
    watched.lastTradeUs = nowUs;
    watched.detector.publicTrade(trade.tradeId, turnoverUsdFloat(trade), nowUs);
  }

  onFill(trade: VenueTrade): void {
    const nowUs = this.#options.clock.monotonicUs();
    const { name } = trade.instrument;
    const watched = this.#of(name);
    watched.isOurs = true;
    watched.lastTradeUs = nowUs;
    watched.detector.ownTrade(trade.tradeId, trade.side, turnoverUsdFloat(trade), nowUs);
    this.#judge(name, watched);
  }

  /** Until when the instrument takes no OPEN, monotonic µs; 0: it does. */
  blockedUntilUs(instrumentName: string): number {
    return this.#detectors.get(instrumentName)?.detector.blockedUntilUs ?? 0;
  }

  #of(name: string): Watched {
    const known = this.#detectors.get(name);
    if (known !== undefined) return known;
    const detector = new SelfImpactDetector(this.#options.limits);
    const made = { detector, isOurs: false, lastTradeUs: never };
    this.#detectors.set(name, made);
    return made;
  }

  #judge(name: string, { detector, isOurs, lastTradeUs }: Watched): void {
    const { clock, guard, limits } = this.#options;
    const nowUs = clock.monotonicUs();
    const keptUs = 2 * limits.feedback_loop_window_s * usPerSecond;
    if (isOurs && detector.judge(nowUs) === 'feed_stale') {
      guard.latchSet('WS_TRADES_GAP_RECONCILE_REQUIRED');
      this.#detectors.delete(name);
      return;
    }
    const isQuiet = nowUs - lastTradeUs > keptUs;
    if (isQuiet && nowUs >= detector.blockedUntilUs) this.#detectors.delete(name);
  }
}
