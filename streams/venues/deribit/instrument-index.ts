/** The instruments of one venue by name. Expired ones stay known: late fills still name them. */
import type { Instrument, InstrumentState } from '../../facts/instrument.ts';
import type { InstrumentListing } from './codec/instruments.ts';

export class InstrumentIndex {
  readonly #byName = new Map<string, Instrument>();
  readonly #states = new Map<string, InstrumentState>();

  /** Adds or replaces; answers the instruments that are new or have another revision. */
  put(listings: readonly InstrumentListing[]): Instrument[] {
    const changed: Instrument[] = [];
    for (const { instrument, state } of listings) {
      this.#states.set(instrument.name, state);
      // The same revision keeps the same object, so that identity comparisons stay valid.
      if (this.#byName.get(instrument.name)?.revision === instrument.revision) continue;
      this.#byName.set(instrument.name, instrument);
      changed.push(instrument);
    }
    return changed;
  }

  /** Adds instruments that come from elsewhere than the venue's list (a sealed world, a test). */
  add(instruments: readonly Instrument[]): void {
    this.put(instruments.map((instrument) => ({ instrument, state: 'open', createdUs: 0 })));
  }

  /** Instruments known from elsewhere that the list may lack: old rows still name them. */
  remember(instruments: Iterable<Instrument>): void {
    for (const instrument of instruments)
      if (!this.#byName.has(instrument.name)) this.#byName.set(instrument.name, instrument);
  }

  readonly find = (name: string): Instrument | undefined => this.#byName.get(name);

  stateOf(name: string): InstrumentState | undefined {
    return this.#states.get(name);
  }

  get all(): Iterable<Instrument> {
    return this.#byName.values();
  }

  get size(): number {
    return this.#byName.size;
  }
}
