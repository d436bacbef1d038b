/** The account as the venue last said it: what `/api/accounts` shows beside what the ledger knows. */
import type { VenueAccount } from '../../streams/facts/venue-records.ts';

export class AccountFigures {
  #rows: readonly VenueAccount[] = [];
  #readUs: number | undefined;

  note(rows: readonly VenueAccount[], readMonotonicUs: number): void {
    this.#rows = rows;
    this.#readUs = readMonotonicUs;
  }

  get rows(): readonly VenueAccount[] {
    return this.#rows;
  }

  /** Monotonic; undefined before the first reading. */
  get readUs(): number | undefined {
    return this.#readUs;
  }
}
