/**
 * Positions from recorded fills: signed lots are exact, average price and profit are analytics.
 * Inverse contracts profit in coin by the difference of reciprocals; everything else linearly.
 */
import { gridFloat } from '../../streams/facts/decimal.ts';
import type { Instrument } from '../../streams/facts/instrument.ts';
import type { Side } from '../../streams/facts/market.ts';
import type { PositionState, PositionsView } from '../../streams/facts/positions.ts';
import type { VenueDelivery } from '../../streams/facts/venue-records.ts';

export interface Fill {
  readonly instrument: Instrument;
  readonly side: Side;
  readonly priceTicks: number;
  readonly lots: number;
  readonly feeFloat: number;
  readonly indexFloat: number | null;
  readonly tsUs: number;
}

type MutablePosition = { -readonly [K in keyof PositionState]: PositionState[K] };

/** Profit of closing `lots` bought (or, for short, sold) at `entry` and left at `exit`. */
function profitFloat(instrument: Instrument, lots: number, entry: number, exit: number): number {
  const amount = gridFloat(instrument.amount, lots);
  return instrument.amountUnit === 'usd'
    ? amount * (1 / entry - 1 / exit)
    : amount * (exit - entry);
}

/** Settlement in coin is worth the index; in dollars it is worth itself. */
function usdPerSettlementFloat(fill: Fill): number {
  const { row } = fill.instrument;
  return row.settlement_currency === row.base_currency ? (fill.indexFloat ?? 0) : 1;
}

export class Positions implements PositionsView {
  readonly #byName = new Map<string, MutablePosition>();

  get(instrumentName: string): PositionState | undefined {
    return this.#byName.get(instrumentName);
  }

  get all(): Iterable<PositionState> {
    return this.#byName.values();
  }

  lots(instrumentName: string): number {
    return this.#byName.get(instrumentName)?.signedLots ?? 0;
  }

  /** Applies one fill. The caller has recorded it, once. */
  apply(fill: Fill): PositionState {
    const position = this.#positionOf(fill.instrument);
    const price = gridFloat(fill.instrument.price, fill.priceTicks);
    const change = fill.side === 'buy' ? fill.lots : -fill.lots;
    const held = position.signedLots;
    const next = held + change;
    const reducing = held !== 0 && Math.sign(change) !== Math.sign(held);
    if (reducing) {
      const closed = Math.min(Math.abs(held), fill.lots) * Math.sign(held);
      const profit = profitFloat(fill.instrument, closed, position.averagePriceFloat, price);
      position.realisedPnlFloat += profit;
      position.realisedUsdFloat += profit * usdPerSettlementFloat(fill);
      if (Math.sign(next) === -Math.sign(held)) position.averagePriceFloat = price;
    } else {
      position.averagePriceFloat = averageFloat(fill.instrument, position, fill.lots, price);
    }
    if (next === 0) position.averagePriceFloat = 0;
    position.signedLots = next;
    position.feesFloat += fill.feeFloat;
    position.realisedUsdFloat -= fill.feeFloat * usdPerSettlementFloat(fill);
    position.updatedUs = Math.max(position.updatedUs, fill.tsUs);
    return position;
  }

  /** What the venue delivered is gone at its delivery value; whatever else was held stays. */
  deliver({ instrument, signedLots, indexFloat, tsUs }: VenueDelivery): PositionState {
    const position = this.#positionOf(instrument);
    const { row } = instrument;
    const exit = deliveryPriceFloat(instrument, indexFloat);
    const profit = profitFloat(instrument, signedLots, position.averagePriceFloat, exit);
    const inCoin = row.settlement_currency === row.base_currency;
    position.realisedPnlFloat += profit;
    position.realisedUsdFloat += profit * (inCoin ? indexFloat : 1);
    position.signedLots -= signedLots;
    if (position.signedLots === 0) position.averagePriceFloat = 0;
    position.updatedUs = Math.max(position.updatedUs, tsUs);
    return position;
  }

  /** Takes over what reconciliation proved. */
  adopt(instrument: Instrument, signedLots: number, averagePriceFloat: number, tsUs: number): void {
    const position = this.#positionOf(instrument);
    position.signedLots = signedLots;
    position.averagePriceFloat = signedLots === 0 ? 0 : averagePriceFloat;
    position.updatedUs = Math.max(position.updatedUs, tsUs);
  }

  #positionOf(instrument: Instrument): MutablePosition {
    const known = this.#byName.get(instrument.name);
    if (known !== undefined) return known;
    const position: MutablePosition = {
      instrument,
      signedLots: 0,
      averagePriceFloat: 0,
      realisedPnlFloat: 0,
      feesFloat: 0,
      realisedUsdFloat: 0,
      updatedUs: 0,
    };
    this.#byName.set(instrument.name, position);
    return position;
  }
}

/** What one unit is worth at delivery: an option its intrinsic value, a future the index. */
function deliveryPriceFloat({ row, strike, optionType }: Instrument, indexFloat: number): number {
  if (strike === null || optionType === null) return indexFloat;
  const usd = optionType === 'call' ? indexFloat - strike : strike - indexFloat;
  return Math.max(0, usd) / (row.margin === 'inverse' ? indexFloat : 1);
}

/** Inverse contracts average over coin (harmonically), the others over amount. */
function averageFloat(
  instrument: Instrument,
  position: PositionState,
  lots: number,
  price: number,
): number {
  const held = Math.abs(position.signedLots);
  if (held === 0) return price;
  if (instrument.amountUnit === 'usd') {
    return (held + lots) / (held / position.averagePriceFloat + lots / price);
  }
  return (held * position.averagePriceFloat + lots * price) / (held + lots);
}
