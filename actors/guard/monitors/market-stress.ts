/**
 * Cortex and basis of every underlying that is traded, looked at together: both watch the
 * underlying's perpetual. An underlying whose perpetual cannot be seen restricts until it can.
 */

import { gridFloat } from '../../../streams/facts/decimal.ts';
import type { BookSideName, BookView, InstrumentView } from '../../../streams/facts/market.ts';
import type { GuardPolicy } from '../../../streams/facts/policy/guard.ts';
import { usPerMs } from '../../../streams/facts/time.ts';
import type { Clock } from '../../../streams/ports/clock.ts';
import type { Guard } from '../guard-types.ts';
import { BasisDetector, type BasisReading, basisBps } from './basis.ts';
import { CortexDetector, type CortexReading } from './cortex.ts';
import { noDemand } from './demand.ts';

/** Levels a side that count as depth. */
const depthLevels = 5;

function sideUsdFloat(book: BookView, side: BookSideName): number {
  const { instrument } = book;
  let usd = 0;
  for (let at = 0; at < Math.min(depthLevels, book.depth(side)); at += 1) {
    const amount = gridFloat(instrument.amount, book.lotsAt(side, at));
    const price = gridFloat(instrument.price, book.ticksAt(side, at));
    usd += instrument.amountUnit === 'usd' ? amount : amount * price;
  }
  return usd;
}

/** Spread and depth of a perpetual; undefined where its book may not be believed. */
export function bookReading(
  book: BookView,
): Pick<CortexReading, 'spreadBpsFloat' | 'depthUsdFloat'> {
  if (!book.valid) return { spreadBpsFloat: undefined, depthUsdFloat: undefined };
  const depthUsdFloat = Math.min(sideUsdFloat(book, 'bids'), sideUsdFloat(book, 'asks'));
  // A side that is empty has no spread: its depth of nothing says enough.
  if (depthUsdFloat === 0) return { spreadBpsFloat: Number.POSITIVE_INFINITY, depthUsdFloat };
  const [bid, ask] = [book.ticksAt('bids', 0), book.ticksAt('asks', 0)];
  return { spreadBpsFloat: ((ask - bid) / ((ask + bid) / 2)) * 10_000, depthUsdFloat };
}

/** Mark, last and index of a perpetual, with the age of its ticker. */
export function priceReading(seen: InstrumentView | undefined, nowUs: number): BasisReading {
  const ticker = seen?.ticker;
  return {
    markFloat: ticker?.markFloat,
    lastFloat: ticker?.lastFloat ?? undefined,
    indexFloat: ticker?.indexFloat,
    ageMs:
      ticker === undefined
        ? Number.POSITIVE_INFINITY
        : (nowUs - ticker.receivedMonotonicUs) / usPerMs,
  };
}

/** One underlying as it is seen now. */
export interface UnderlyingReading {
  readonly underlying: string;
  readonly perpetual: InstrumentView | undefined;
  /** The volatility index, percent; undefined: missing or stale; null: the venue has none for it. */
  readonly volatilityFloat: number | undefined | null;
}

export interface MarketStressWatch {
  readonly clock: Pick<Clock, 'every' | 'monotonicUs'>;
  readonly guard: Pick<Guard, 'override'>;
  readonly read: () => readonly UnderlyingReading[];
  readonly limits: GuardPolicy;
  /** What was seen, for metrics. */
  readonly onSeen?: (underlying: string, seen: CortexReading, basisBps: number | undefined) => void;
}

/** Far finer than the windows of seconds, ms. */
const lookMs = 250;

/** Looks on an interval. Returns the stop. */
export function watchMarketStress(watch: MarketStressWatch): () => void {
  const { clock, guard, read, limits } = watch;
  const detectors = new Map<string, { cortex: CortexDetector; basis: BasisDetector }>();
  return clock.every(lookMs, () => {
    const nowUs = clock.monotonicUs();
    const readings = read();
    for (const { underlying, perpetual, volatilityFloat } of readings) {
      const { cortex, basis } = detectors.get(underlying) ?? {
        cortex: new CortexDetector(limits),
        basis: new BasisDetector(limits),
      };
      detectors.set(underlying, { cortex, basis });
      const book =
        perpetual === undefined
          ? { spreadBpsFloat: undefined, depthUsdFloat: undefined }
          : bookReading(perpetual.book);
      const seen = { ...book, volatilityFloat };
      const market = cortex.observe(seen, nowUs);
      guard.override(`cortex.${underlying}`, market.level, market.cooldownS, market.cause);
      const quoted = priceReading(perpetual, nowUs);
      const prices = basis.observe(quoted, nowUs);
      guard.override(`basis.${underlying}`, prices.level, prices.cooldownS, prices.cause);
      watch.onSeen?.(underlying, seen, basisBps(quoted));
    }
    for (const underlying of detectors.keys()) {
      if (readings.some((reading) => reading.underlying === underlying)) continue;
      detectors.delete(underlying);
      guard.override(`cortex.${underlying}`, noDemand.level);
      guard.override(`basis.${underlying}`, noDemand.level);
    }
  });
}
