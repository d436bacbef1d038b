/**
 * Worst-case delta of one underlying in USD, over held lots and everything open or in doubt, and
 * the local proof that an order reduces. Floats: these are estimates that limits compare with; the
 * lots they are made from are exact.
 */
import { gridFloat } from '../../streams/facts/decimal.ts';
import type { OrderIntent } from '../../streams/facts/intent.ts';
import type { InstrumentView, MarketView, Side } from '../../streams/facts/market.ts';
import type { ExposureView } from './exposure.ts';
import { referenceUsdFloat } from './gates/gate.ts';

/** USD delta of one lot held long. NaN when the underlying has no price. */
export function deltaUsdPerLotFloat(seen: InstrumentView): number {
  const { instrument, ticker } = seen;
  const lot = gridFloat(instrument.amount, 1);
  if (instrument.amountUnit === 'usd') return lot;
  const underlying = referenceUsdFloat(seen);
  if (instrument.kind !== 'option') return lot * underlying;
  // Without greeks an option counts with the largest delta it can have.
  const bound = instrument.optionType === 'put' ? -1 : 1;
  return lot * (ticker?.greeks?.deltaFloat ?? bound) * underlying;
}

export interface DeltaRange {
  /** Delta if nothing pending fills. */
  readonly heldUsdFloat: number;
  /** max |delta| over every way the pending orders can fill. */
  readonly worstUsdFloat: number;
}

export interface DeltaQuestion {
  readonly baseCurrency: string;
  readonly market: MarketView;
  readonly exposure: ExposureView;
  /** Further legs that would be pending. */
  readonly pending: readonly OrderIntent[];
  /** An order taken as filled: its own reservation is left out. */
  readonly filled?: OrderIntent;
  /** An order taken as never made: its own reservation is left out. */
  readonly without?: OrderIntent;
}

/** NaN anywhere means unknown: callers compare so that unknown fails. */
export function deltaRange(question: DeltaQuestion): DeltaRange {
  const { baseCurrency, market, exposure, filled } = question;
  const own = filled ?? question.without;
  const ownLots = own === undefined ? 0 : exposure.reservedLots(own.intentId);
  let held = 0;
  let up = 0;
  let down = 0;
  const add = (perLot: number, buyLots: number, sellLots: number): void => {
    up += Math.max(perLot * buyLots, -perLot * sellLots, perLot * (buyLots - sellLots), 0);
    down += Math.min(perLot * buyLots, -perLot * sellLots, perLot * (buyLots - sellLots), 0);
  };
  for (const row of exposure.rows) {
    if (row.instrument.row.base_currency !== baseCurrency) continue;
    let { pendingBuyLots, pendingSellLots } = row;
    if (own !== undefined && own.instrument.name === row.instrument.name) {
      if (own.side === 'buy') pendingBuyLots -= ownLots;
      else pendingSellLots -= ownLots;
    }
    if (row.signedLots === 0 && pendingBuyLots === 0 && pendingSellLots === 0) continue;
    const seen = market.get(row.instrument.name);
    const perLot = seen === undefined ? Number.NaN : deltaUsdPerLotFloat(seen);
    held += perLot * row.signedLots;
    add(perLot, pendingBuyLots, pendingSellLots);
  }
  const perLotOf = (intent: OrderIntent): number => {
    const seen = market.get(intent.instrument.name);
    return seen === undefined ? Number.NaN : deltaUsdPerLotFloat(seen);
  };
  for (const leg of question.pending) {
    if (leg.instrument.row.base_currency !== baseCurrency) continue;
    const buy = leg.side === 'buy';
    add(perLotOf(leg), buy ? leg.qtyLots : 0, buy ? 0 : leg.qtyLots);
  }
  if (filled !== undefined) {
    held += perLotOf(filled) * (filled.side === 'buy' ? filled.qtyLots : -filled.qtyLots);
  }
  return {
    heldUsdFloat: held,
    worstUsdFloat: Math.max(Math.abs(held + up), Math.abs(held + down)),
  };
}

/** Delta if everything pending fills, USD, signed: which way the inventory of an underlying leans. */
export function leaningUsdFloat(
  baseCurrency: string,
  market: MarketView,
  exposure: ExposureView,
): number {
  let delta = 0;
  for (const { instrument, signedLots, pendingBuyLots, pendingSellLots } of exposure.rows) {
    if (instrument.row.base_currency !== baseCurrency) continue;
    const lots = signedLots + pendingBuyLots - pendingSellLots;
    if (lots !== 0) delta += signedDeltaUsdFloat(market.get(instrument.name), lots);
  }
  return delta;
}

/** NaN when the instrument or its price is not known. */
export function signedDeltaUsdFloat(seen: InstrumentView | undefined, lots: number): number {
  return seen === undefined ? Number.NaN : deltaUsdPerLotFloat(seen) * lots;
}

/** Lots an order of this side could take off the position, past what pending orders already take. */
export function reducibleLotsOf(
  exposure: ExposureView,
  instrumentName: string,
  side: Side,
): number {
  const row = exposure.row(instrumentName);
  if (row === undefined) return 0;
  return side === 'sell'
    ? row.signedLots - row.pendingSellLots
    : -row.signedLots - row.pendingBuyLots;
}

/** Lots of the position that no other pending order is already reducing. */
function reducibleLots(
  intent: OrderIntent,
  exposure: ExposureView,
  earlier: readonly OrderIntent[],
) {
  let left = reducibleLotsOf(exposure, intent.instrument.name, intent.side);
  left += exposure.reservedLots(intent.intentId);
  for (const leg of earlier) {
    if (leg.instrument.name === intent.instrument.name && leg.side === intent.side) {
      left -= leg.qtyLots;
    }
  }
  return left;
}

/**
 * The local proof (CLOSE, and HEDGE with the venue's flag): the order opposes the position and is
 * no larger than what is left to reduce. A HEDGE without the flag: worst-case |delta| of the
 * underlying shrinks and stays within the bound. Unknown prices prove nothing.
 */
export function provesReduction(
  intent: OrderIntent,
  view: { readonly market: MarketView; readonly exposure: ExposureView },
  earlier: readonly OrderIntent[],
  hedgeBoundUsd: number | undefined,
): boolean {
  if (intent.reduceOnly) return intent.qtyLots <= reducibleLots(intent, view.exposure, earlier);
  if (intent.class !== 'HEDGE') return false;
  const question = {
    baseCurrency: intent.instrument.row.base_currency,
    market: view.market,
    exposure: view.exposure,
    pending: earlier,
  };
  const before = deltaRange({ ...question, without: intent }).worstUsdFloat;
  const after = deltaRange({ ...question, filled: intent }).worstUsdFloat;
  return after < before && (hedgeBoundUsd === undefined || after <= hedgeBoundUsd);
}
