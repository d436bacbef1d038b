/** Instruments of a recording as they become known: listed rows first, inferred ones where none is. */
import { type Instrument, type InstrumentRow, instrumentOf } from '../../facts/instrument.ts';
import {
  inferredRow,
  instrumentRowsOf,
  type ObservedSteps,
  observedStep,
} from './deribit-instruments.ts';
import type { CaptureLine } from './deribit-lines.ts';
import type { Provenance } from './provenance.ts';

export class InstrumentSurvey {
  readonly #rows = new Map<string, InstrumentRow>();
  readonly #observed = new Map<string, ObservedSteps>();
  readonly #instruments = new Map<string, Instrument>();

  /** Rows learned from get_instruments replies. */
  get listedRows(): number {
    return this.#rows.size;
  }

  /** Learns rows when the line is a get_instruments reply. */
  list(line: CaptureLine): void {
    if (line.kind !== 'http-reply' || !line.url.includes('get_instruments')) return;
    for (const row of instrumentRowsOf(line.message)) this.#rows.set(row.name, row);
  }

  /** Notes that the instrument's grids must hold this price and amount. */
  observe(name: string, price: number, amount: number): void {
    const observed = this.#observed.get(name) ?? { priceUnits: 0, amountUnits: 0 };
    this.#observed.set(name, observed);
    observed.priceUnits = observedStep(observed.priceUnits, price);
    observed.amountUnits = observedStep(observed.amountUnits, amount);
  }

  /** The instrument, from its listed row or an inferred one. Throws IMPORT_INVALID when neither works. */
  instrument(name: string, provenance: Provenance): Instrument {
    const known = this.#instruments.get(name);
    if (known !== undefined) return known;
    let row = this.#rows.get(name);
    if (row === undefined) {
      const observed = this.#observed.get(name) ?? { priceUnits: 0, amountUnits: 0 };
      const inferred = inferredRow(name, observed);
      provenance.infer(name, inferred.note);
      row = inferred.row;
    }
    const instrument = instrumentOf(row);
    this.#instruments.set(name, instrument);
    return instrument;
  }
}
