/** Picks the two options of a pair: deterministic, from what the market shows now. */
import { gridFloat } from '../../../streams/facts/decimal.ts';
import type { Instrument } from '../../../streams/facts/instrument.ts';
import type { InstrumentView, Side } from '../../../streams/facts/market.ts';
import type { StrategyView } from '../contract.ts';
import type { OptionPairParameters } from './option-pair.ts';

const usPerSecond = 1_000_000;

interface Leg {
  readonly view: InstrumentView;
  readonly side: Side;
  readonly ticks: number;
}

export interface OptionPair {
  readonly scope: string;
  readonly style: 'vertical' | 'strangle';
  readonly long: Instrument;
  readonly short: Instrument;
  readonly legs: readonly [Leg, Leg];
  /** Widest leg spread over its mark. */
  readonly spreadFraction: number;
}

function byName(a: InstrumentView, b: InstrumentView): number {
  return a.instrument.name < b.instrument.name ? -1 : 1;
}

/** The pool of options to subscribe to: the strikes nearest the money of the nearest expiries. */
export function selectPool(
  parameters: OptionPairParameters,
  instruments: Iterable<InstrumentView>,
): readonly string[] {
  const options = [...instruments]
    .filter(({ instrument }) => instrument.kind === 'option')
    .filter(({ instrument }) => instrument.row.base_currency === parameters.base_currency)
    .sort(byName);
  const expiries = [...new Set(options.map(({ instrument }) => instrument.expiryUs ?? 0))]
    .sort((a, b) => a - b)
    .slice(0, parameters.pool_expiries);
  const pool = options.filter(({ instrument }) => expiries.includes(instrument.expiryUs ?? 0));
  const strikes = [...new Set(pool.map(({ instrument }) => instrument.strike ?? 0))].sort(
    (a, b) => a - b,
  );
  // Venues list strikes around the money: without a price yet, the middle is the best guess.
  const first = Math.max(0, Math.floor((strikes.length - parameters.pool_strikes) / 2));
  const near = new Set(strikes.slice(first, first + parameters.pool_strikes));
  const names = pool.filter(({ instrument }) => near.has(instrument.strike ?? 0));
  const hedge = parameters.hedge_instrument === null ? [] : [parameters.hedge_instrument];
  return [...names.map(({ instrument }) => instrument.name), ...hedge];
}

/** A leg that can be opened at the touch now: deep enough, not too wide. */
function openable(leg: InstrumentView, parameters: OptionPairParameters): boolean {
  const { book, instrument, ticker } = leg;
  if (!book.valid || leg.state !== 'open' || ticker === undefined || ticker.markFloat <= 0)
    return false;
  if (book.depth('bids') === 0 || book.depth('asks') === 0) return false;
  const lots = parameters.leg_amount * parameters.depth_factor * instrument.amount.perUnit;
  if (book.lotsAt('bids', 0) < lots || book.lotsAt('asks', 0) < lots) return false;
  return spreadFraction(leg) <= parameters.spread_fraction_max;
}

function spreadFraction({ book, instrument, ticker }: InstrumentView): number {
  const spread = book.ticksAt('asks', 0) - book.ticksAt('bids', 0);
  return gridFloat(instrument.price, spread) / (ticker?.markFloat ?? Number.NaN);
}

function pairOf(
  long: InstrumentView,
  short: InstrumentView,
  style: OptionPair['style'],
): OptionPair {
  const { expiryUs, row } = long.instrument;
  return {
    scope: `${style}.${row.base_currency}.${expiryUs ?? 0}`,
    style,
    long: long.instrument,
    short: short.instrument,
    legs: [
      { view: long, side: 'buy', ticks: long.book.ticksAt('asks', 0) },
      style === 'vertical'
        ? { view: short, side: 'sell', ticks: short.book.ticksAt('bids', 0) }
        : { view: short, side: 'buy', ticks: short.book.ticksAt('asks', 0) },
    ],
    spreadFraction: Math.max(spreadFraction(long), spreadFraction(short)),
  };
}

/** Calls nearest each other make a vertical; the nearest call and put a strangle. */
function pairsOfExpiry(legs: InstrumentView[], style: OptionPairParameters['style']): OptionPair[] {
  const ofType = (type: 'call' | 'put') =>
    legs
      .filter(({ instrument }) => instrument.optionType === type)
      .sort((a, b) => (a.instrument.strike ?? 0) - (b.instrument.strike ?? 0) || byName(a, b));
  const calls = ofType('call');
  const puts = ofType('put');
  const pairs: OptionPair[] = [];
  for (const [index, low] of calls.entries()) {
    const high = calls[index + 1];
    if (style !== 'strangle' && high !== undefined) pairs.push(pairOf(low, high, 'vertical'));
  }
  for (const call of style === 'vertical' ? [] : calls) {
    for (const put of puts) pairs.push(pairOf(call, put, 'strangle'));
  }
  return pairs;
}

/** The pair with the tightest legs, ties by name; undefined when none can be opened now. */
export function selectPair(
  view: StrategyView,
  parameters: OptionPairParameters,
  nowUs: number,
): OptionPair | undefined {
  const expiryMinUs = nowUs + parameters.expiry_s_min * usPerSecond;
  const byExpiry = new Map<number, InstrumentView[]>();
  for (const leg of view.market.instruments) {
    const { kind, expiryUs, row } = leg.instrument;
    if (kind !== 'option' || row.base_currency !== parameters.base_currency) continue;
    if (expiryUs === null || expiryUs < expiryMinUs || !openable(leg, parameters)) continue;
    const legs = byExpiry.get(expiryUs) ?? [];
    legs.push(leg);
    byExpiry.set(expiryUs, legs);
  }
  const pairs = [...byExpiry.values()].flatMap((legs) => pairsOfExpiry(legs, parameters.style));
  pairs.sort(
    (a, b) =>
      a.spreadFraction - b.spreadFraction ||
      (`${a.long.name}|${a.short.name}` < `${b.long.name}|${b.short.name}` ? -1 : 1),
  );
  return pairs[0];
}
