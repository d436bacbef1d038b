/** Picks the two options of a pair: deterministic, from what the market shows now. */
import { gridFloat } from '../../../streams/facts/decimal.ts';
import type { Instrument } from '../../../streams/facts/instrument.ts';
import type { InstrumentView, Side } from '../../../streams/facts/market.ts';
import { usPerSecond } from '../../../streams/facts/time.ts';
import type { StrategyView } from '../contract.ts';
import type { OptionPairParameters } from './option-pair.ts';

interface Leg {
  readonly view: InstrumentView;
  readonly side: Side;
  readonly ticks: number;
}

export interface OptionPair {
  readonly scope: string;
  readonly style: 'vertical' | 'strangle' | 'diagonal';
  readonly long: Instrument;
  /** The leg that is sold; of a strangle the put, bought as well. */
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

/** A leg that can be opened at the touch now, and left again: fresh, deep, not too wide. */
function openable(leg: InstrumentView, parameters: OptionPairParameters, nowUs: number): boolean {
  const { book, instrument, ticker } = leg;
  if (!book.valid || leg.state !== 'open' || ticker === undefined || ticker.markFloat <= 0)
    return false;
  if (book.depth('bids') === 0 || book.depth('asks') === 0) return false;
  if (nowUs - book.tsUs > parameters.book_age_s_max * usPerSecond) return false;
  const lots = parameters.leg_amount * parameters.depth_factor * instrument.amount.perUnit;
  if (book.lotsAt('bids', 0) < lots || book.lotsAt('asks', 0) < lots) return false;
  return (
    spreadFraction(leg) <= parameters.spread_fraction_max &&
    touchFromMarkTicksFloat(leg) <= parameters.touch_from_mark_ticks_max
  );
}

/** How far the worse touch is from the mark: what is sold at one is bought back at the other. */
function touchFromMarkTicksFloat({ book, instrument, ticker }: InstrumentView): number {
  const mark = (ticker?.markFloat ?? Number.NaN) * instrument.price.perUnit;
  return Math.max(mark - book.ticksAt('bids', 0), book.ticksAt('asks', 0) - mark);
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
      style === 'strangle'
        ? { view: short, side: 'buy', ticks: short.book.ticksAt('asks', 0) }
        : { view: short, side: 'sell', ticks: short.book.ticksAt('bids', 0) },
    ],
    spreadFraction: Math.max(spreadFraction(long), spreadFraction(short)),
  };
}

function ofType(legs: readonly InstrumentView[], type: 'call' | 'put'): InstrumentView[] {
  return legs.filter(({ instrument }) => instrument.optionType === type);
}

function byStrike(a: InstrumentView, b: InstrumentView): number {
  return (a.instrument.strike ?? 0) - (b.instrument.strike ?? 0) || byName(a, b);
}

function byExpiryTime(a: InstrumentView, b: InstrumentView): number {
  return (a.instrument.expiryUs ?? 0) - (b.instrument.expiryUs ?? 0) || byStrike(a, b);
}

/** Calls nearest each other make a vertical; a call and a put a strangle. */
function pairsOfExpiry(
  legs: readonly InstrumentView[],
  style: OptionPairParameters['style'],
): OptionPair[] {
  const calls = ofType(legs, 'call').sort(byStrike);
  const puts = ofType(legs, 'put').sort(byStrike);
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

/** The far option bought, the next nearer one of its type sold: its time value decays first. */
function pairsAcrossExpiries(legs: readonly InstrumentView[]): OptionPair[] {
  return (['call', 'put'] as const).flatMap((type) => {
    const sorted = ofType(legs, type).sort(byExpiryTime);
    return sorted.flatMap((near, index) => {
      const far = sorted
        .slice(index + 1)
        .find(({ instrument }) => instrument.expiryUs !== near.instrument.expiryUs);
      return far === undefined ? [] : [pairOf(far, near, 'diagonal')];
    });
  });
}

/** `any` goes across expiries only when no single expiry offers a pair: a sparse board. */
function pairsOf(
  legs: readonly InstrumentView[],
  style: OptionPairParameters['style'],
): OptionPair[] {
  if (style === 'diagonal') return pairsAcrossExpiries(legs);
  const expiries = new Set(legs.map(({ instrument }) => instrument.expiryUs));
  const pairs = [...expiries].flatMap((expiryUs) =>
    pairsOfExpiry(
      legs.filter(({ instrument }) => instrument.expiryUs === expiryUs),
      style,
    ),
  );
  return pairs.length > 0 || style !== 'any' ? pairs : pairsAcrossExpiries(legs);
}

/** The pair with the tightest legs, ties by name; undefined when none can be opened now. */
export function selectPair(
  view: StrategyView,
  parameters: OptionPairParameters,
  nowUs: number,
): OptionPair | undefined {
  const expiryMinUs = nowUs + parameters.expiry_s_min * usPerSecond;
  const legs = [...view.market.instruments].filter((leg) => {
    const { kind, expiryUs, row } = leg.instrument;
    return (
      kind === 'option' &&
      row.base_currency === parameters.base_currency &&
      expiryUs !== null &&
      expiryUs >= expiryMinUs &&
      openable(leg, parameters, nowUs)
    );
  });
  const pairs = pairsOf(legs, parameters.style);
  pairs.sort(
    (a, b) =>
      a.spreadFraction - b.spreadFraction ||
      (`${a.long.name}|${a.short.name}` < `${b.long.name}|${b.short.name}` ? -1 : 1),
  );
  return pairs[0];
}
