/**
 * Our own fills against the public tape, an instrument at a time: one detector each, made with its first
 * own fill. An impact closes the instrument to OPEN; a tape that hides our fills is a gap and latches.
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
  /** The policy in force. A detector ends with the window it began with. */
  readonly limits: GuardPolicy;
}

/** A tape that hides a fill shows by time alone, ms. */
const lookMs = 1_000;

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
  /** Bounded by the instruments we trade. */
  readonly #detectors = new Map<string, { detector: SelfImpactDetector; lastOwnUs: number }>();

  constructor(options: OwnImpactOptions) {
    this.#options = options;
  }

  /** Begins to look at the clock. Returns the stop. */
  watch(): CancelTimer {
    return this.#options.clock.every(lookMs, () => {
      for (const name of this.#detectors.keys()) this.#judge(name);
    });
  }

  onPublicTrade(trade: TradeEvent): void {
    const known = this.#detectors.get(trade.instrument.name);
    if (known === undefined) return;
    known.detector.publicTrade(turnoverUsdFloat(trade), this.#options.clock.monotonicUs());
  }

  onFill(trade: VenueTrade): void {
    const { clock, limits } = this.#options;
    const { name } = trade.instrument;
    const nowUs = clock.monotonicUs();
    const known = this.#detectors.get(name) ?? {
      detector: new SelfImpactDetector(limits),
      lastOwnUs: nowUs,
    };
    known.lastOwnUs = nowUs;
    this.#detectors.set(name, known);
    known.detector.ownTrade(trade.side, turnoverUsdFloat(trade), nowUs);
    this.#judge(name);
  }

  /** Until when the instrument takes no OPEN, monotonic µs; 0: it does. */
  blockedUntilUs(instrumentName: string): number {
    return this.#detectors.get(instrumentName)?.detector.blockedUntilUs ?? 0;
  }

  #judge(name: string): void {
    const known = this.#detectors.get(name);
    if (known === undefined) return;
    const { clock, guard, limits } = this.#options;
    const nowUs = clock.monotonicUs();
    if (known.detector.judge(nowUs) === 'feed_stale') {
      guard.latchSet('WS_TRADES_GAP_RECONCILE_REQUIRED');
      this.#detectors.delete(name);
      return;
    }
    // Nothing of ours is in the window any more, and nothing blocks: the tape is nobody's business here.
    const quietUs = nowUs - known.lastOwnUs;
    const windowUs = 2 * limits.feedback_loop_window_s * usPerSecond;
    if (quietUs > windowUs && nowUs >= known.detector.blockedUntilUs) this.#detectors.delete(name);
  }
}
