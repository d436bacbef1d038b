/**
 * Counts what must never happen. A duplicate: an intent that was handed over before came to the
 * chokepoint again, or the venue shows a second order for one intent. Illegal: something came to
 * the chokepoint that the gates let through and may not, or the venue calls our order malformed.
 * Each is counted, logged with its ids, and told to the guard: a broken invariant restricts.
 */
import type { OrderIntent } from '../../streams/facts/intent.ts';
import type { Counter, Log } from '../../streams/ports/telemetry.ts';
import type { GuardGate } from './guard-gate.ts';

/** Venue refusals that say the order itself was wrong: quantisation or preflight failed us. */
const malformedCodes: ReadonlySet<number> = new Set([
  -32602, 10002, 10021, 10043, 11029, 11050, 11055,
]);

export interface DispatchTallyOptions {
  readonly guard: Pick<GuardGate, 'report'>;
  readonly log: Log;
  readonly duplicates: Counter;
  readonly illegal: Counter;
}

export class DispatchTally {
  readonly #options: DispatchTallyOptions;
  #duplicates = 0;
  #illegal = 0;

  constructor(options: DispatchTallyOptions) {
    this.#options = options;
  }

  /** Second dispatches of one intent, attempted or seen at the venue, since start. Must stay 0. */
  get duplicates(): number {
    return this.#duplicates;
  }

  /** Orders that should never have come this far, since start. Must stay 0. */
  get illegal(): number {
    return this.#illegal;
  }

  duplicate(intent: OrderIntent, cause: string): void {
    this.#duplicates += 1;
    this.#options.duplicates.increment();
    this.#tell('duplicate dispatch', intent, cause);
  }

  illegalAttempt(intent: OrderIntent, cause: string): void {
    this.#illegal += 1;
    this.#options.illegal.increment();
    this.#tell('illegal order attempt', intent, cause);
  }

  /** The venue refused the order: counted when the refusal says that it was malformed. */
  venueRefused(intent: OrderIntent, code: number, message: string): void {
    if (malformedCodes.has(code)) this.illegalAttempt(intent, `venue ${code}: ${message}`);
  }

  #tell(what: string, intent: OrderIntent, cause: string): void {
    const { log, guard } = this.#options;
    const { intentId, groupId, traceId } = intent;
    log.error(what, { intent_id: intentId, group_id: groupId, trace_id: traceId, cause });
    guard.report({ kind: 'degraded', cause: `${what}: ${cause}` });
  }
}
