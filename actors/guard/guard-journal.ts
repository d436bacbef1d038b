/**
 * How the engine of the guard writes down what it does. What restricts is taken from the disk reserve
 * and past a full queue; when it cannot be written all the same, an invariant is broken. What loosens
 * takes no reserve: where there is no room for its record it does not happen, and that is all.
 */
import { HoldfastError } from '../../streams/facts/errors.ts';
import type { Log } from '../../streams/ports/telemetry.ts';
import type { GuardFact, GuardFactType, GuardRecord, RecordedFact } from './guard-record.ts';

export interface GuardJournalOptions {
  readonly record: GuardRecord;
  readonly log: Log;
  /** A record that had to be written was not: Kill. */
  readonly onBroken: () => void;
}

/** The journal refused and is whole: nothing was written, and later there may be room. */
function isRefusal(cause: unknown): boolean {
  return (
    cause instanceof HoldfastError &&
    (cause.code === 'DISK_FULL' || cause.code === 'JOURNAL_QUEUE_FULL')
  );
}

export class GuardJournal {
  readonly #options: GuardJournalOptions;
  /** Asked again every tick: told once. */
  #refused: GuardFactType | undefined;

  constructor(options: GuardJournalOptions) {
    this.#options = options;
  }

  /** One block, durable when it returns. Undefined: it could not be written, and that is a breach. */
  restricts(...facts: readonly GuardFact[]): RecordedFact | undefined {
    try {
      return this.#options.record.durable(facts, { reserve: true });
    } catch (cause) {
      this.#broken(facts[0]?.type, cause);
      return undefined;
    }
  }

  /** Durable when it returns. Undefined: it must not take effect. */
  loosens(type: GuardFactType, payload: object): RecordedFact | undefined {
    try {
      const fact = this.#options.record.durable([{ type, payload }], { reserve: false });
      this.#refused = undefined;
      return fact;
    } catch (cause) {
      if (!isRefusal(cause)) this.#broken(type, cause);
      else if (this.#refused !== type) {
        this.#refused = type;
        this.#options.log.warn('guard.loosening_refused', { type, cause: String(cause) });
      }
      return undefined;
    }
  }

  #broken(type: GuardFactType | undefined, cause: unknown): void {
    this.#options.log.error('guard.record_failed', { type, cause: String(cause) });
    this.#options.onBroken();
  }
}
