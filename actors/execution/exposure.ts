/**
 * Exposure: what is held, and what open and in-doubt orders could still add, at full size. A
 * reservation is made before anything is recorded and released exactly once, lot by lot as fills
 * are applied and the rest when the order has ended. Exact integers.
 */
import { HoldfastError } from '../../streams/facts/errors.ts';
import type { Instrument } from '../../streams/facts/instrument.ts';
import type { Side } from '../../streams/facts/market.ts';

export interface ExposureRow {
  readonly instrument: Instrument;
  readonly signedLots: number;
  /** Lots that open and in-doubt orders may still buy. */
  readonly pendingBuyLots: number;
  readonly pendingSellLots: number;
}

export interface ExposureView {
  row(instrumentName: string): ExposureRow | undefined;
  readonly rows: Iterable<ExposureRow>;
  /** Lots an intent still holds reserved; 0 when it has none. */
  reservedLots(intentId: string): number;
}

interface MutableRow {
  readonly instrument: Instrument;
  signedLots: number;
  pendingBuyLots: number;
  pendingSellLots: number;
}

interface Reservation {
  readonly row: MutableRow;
  readonly side: Side;
  lots: number;
}

export class ExposureBook implements ExposureView {
  readonly #rows = new Map<string, MutableRow>();
  readonly #reservations = new Map<string, Reservation>();

  get rows(): Iterable<ExposureRow> {
    return this.#rows.values();
  }

  row(instrumentName: string): ExposureRow | undefined {
    return this.#rows.get(instrumentName);
  }

  reservedLots(intentId: string): number {
    return this.#reservations.get(intentId)?.lots ?? 0;
  }

  get reservationCount(): number {
    return this.#reservations.size;
  }

  setPosition(instrument: Instrument, signedLots: number): void {
    const row = this.#rowOf(instrument);
    row.signedLots = signedLots;
    this.#forgetFlat(row);
  }

  /** Sets what an intent may still add. 0 releases; doing it again changes nothing. */
  reserve(intentId: string, instrument: Instrument, side: Side, lots: number): void {
    if (!Number.isSafeInteger(lots) || lots < 0) {
      throw new HoldfastError('INTERNAL', `a reservation of ${lots} lots for ${intentId}`);
    }
    const known = this.#reservations.get(intentId);
    const row = known?.row ?? this.#rowOf(instrument);
    const change = lots - (known?.lots ?? 0);
    if (side === 'buy') row.pendingBuyLots += change;
    else row.pendingSellLots += change;
    if (lots === 0) this.#reservations.delete(intentId);
    else if (known === undefined) this.#reservations.set(intentId, { row, side, lots });
    else known.lots = lots;
    if (lots === 0) this.#forgetFlat(row);
  }

  /** Releases what is left. Harmless when nothing is. */
  release(intentId: string): void {
    const known = this.#reservations.get(intentId);
    if (known !== undefined) this.reserve(intentId, known.row.instrument, known.side, 0);
  }

  /** Limits walk every row: instruments that hold nothing must not pile up over expiries. */
  #forgetFlat(row: MutableRow): void {
    const { signedLots, pendingBuyLots, pendingSellLots } = row;
    if (signedLots === 0 && pendingBuyLots === 0 && pendingSellLots === 0) {
      this.#rows.delete(row.instrument.name);
    }
  }

  #rowOf(instrument: Instrument): MutableRow {
    const known = this.#rows.get(instrument.name);
    if (known !== undefined) return known;
    const row = { instrument, signedLots: 0, pendingBuyLots: 0, pendingSellLots: 0 };
    this.#rows.set(instrument.name, row);
    return row;
  }
}
