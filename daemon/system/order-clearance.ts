/**
 * Open orders that a restriction wants gone: cancelled through the chokepoint, then looked for at the
 * venue over another channel, and cancelled again, until the venue itself shows none. What comes out
 * is evidence: how many, how long, and that it was confirmed.
 */
import type { Execution } from '../../actors/execution/index.ts';
import type { VenueOrder } from '../../streams/facts/venue-records.ts';
import type { CancelTimer, Clock, Log, Metrics } from '../../streams/ports/index.ts';

export type ClearanceScope = 'not_reduce_only' | 'all';

export interface ClearanceReport {
  readonly scope: ClearanceScope;
  readonly cause: string;
  readonly outcome: 'confirmed' | 'forbidden' | 'unconfirmed';
  readonly cancels: number;
  readonly readings: number;
  readonly venueOpen: number | null;
  readonly durationUs: number;
}

export interface OrderClearanceOptions {
  readonly clock: Pick<Clock, 'after' | 'monotonicUs'>;
  readonly log: Pick<Log, 'warn' | 'error'>;
  readonly metrics: Metrics;
  readonly execution: () =>
    | Pick<Execution, 'openOrders' | 'cancel' | 'cancelVenueOrder'>
    | undefined;
  /** The venue's own list, whole, over HTTP. */
  readonly venueOrders: () => Promise<readonly VenueOrder[]>;
  readonly onReport: (report: ClearanceReport) => void;
  readonly traceId: () => string;
}

/** The first look comes at once; later ones wait twice as long each, up to the last, ms. */
const pauseMs = { first: 20, last: 2_000 };
/** After this it is given up, and said: the sweep goes on by itself, ms. */
const patienceMs = 120_000;

interface Run {
  scope: ClearanceScope;
  readonly cause: string;
  readonly startedUs: number;
  readonly traceId: string;
  cancels: number;
  readings: number;
  venueOpen: number | null;
  pauseMs: number;
}

export class OrderClearance {
  readonly #options: OrderClearanceOptions;
  #run: Run | undefined;
  #next: CancelTimer = () => undefined;
  #stopped = false;

  constructor(options: OrderClearanceOptions) {
    this.#options = options;
  }

  /** Cancels now, and goes on until it is confirmed. A run that is on is widened and looks again. */
  clear(scope: ClearanceScope, cause: string): void {
    if (this.#options.execution() === undefined || this.#stopped) return;
    const { clock, traceId } = this.#options;
    const standing = this.#run;
    if (standing !== undefined) {
      if (scope === 'all') standing.scope = 'all';
      standing.pauseMs = pauseMs.first;
      this.#cancelKnown(standing);
      return;
    }
    const run: Run = {
      scope,
      cause,
      startedUs: clock.monotonicUs(),
      traceId: traceId(),
      cancels: 0,
      readings: 0,
      venueOpen: null,
      pauseMs: pauseMs.first,
    };
    this.#run = run;
    const isForbidden = this.#cancelKnown(run);
    if (isForbidden) this.#finish(run, 'forbidden');
    else void this.#look(run);
  }

  stop(): void {
    this.#stopped = true;
    this.#next();
  }

  /** Every order we know of. One refusal must not keep the rest alive. Returns: the mode forbids it. */
  #cancelKnown(run: Run): boolean {
    const { execution, log } = this.#options;
    const known = execution();
    let isForbidden = false;
    // All of them first: an order that is cancelled leaves the list that is walked.
    const open = known === undefined ? [] : [...known.openOrders];
    for (const order of open) {
      if (run.scope === 'not_reduce_only' && order.reduceOnly) continue;
      const outcome = known?.cancel(order.intentId, 'guard', run.traceId);
      log.warn('guard.cancel', {
        intent_id: order.intentId,
        cause: run.cause,
        outcome: outcome?.kind,
      });
      if (outcome?.kind === 'sent') run.cancels += 1;
      if (outcome?.kind === 'blocked' && outcome.code === 'TradingModeForbidsClass')
        isForbidden = true;
    }
    return isForbidden;
  }

  /** An order the venue has not answered yet is in none of its lists, and may still come to rest. */
  #isUnderWay(run: Run): boolean {
    for (const order of this.#options.execution()?.openOrders ?? [])
      if (order.venueOrderId === null && (run.scope === 'all' || !order.reduceOnly)) return true;
    return false;
  }

  async #look(run: Run): Promise<void> {
    const { clock, venueOrders, execution, log } = this.#options;
    try {
      const open = (await venueOrders()).filter(
        ({ reduceOnly }) => run.scope === 'all' || !reduceOnly,
      );
      run.readings += 1;
      run.venueOpen = open.length;
      for (const order of open) {
        const outcome = execution()?.cancelVenueOrder(order, 'guard');
        if (outcome?.kind === 'sent') run.cancels += 1;
      }
    } catch (cause) {
      run.venueOpen = null;
      log.warn('clearance.read_failed', { cause: String(cause) });
    }
    if (this.#stopped || this.#run !== run) return;
    if (run.venueOpen === 0 && !this.#isUnderWay(run)) {
      this.#finish(run, 'confirmed');
      return;
    }
    if (clock.monotonicUs() - run.startedUs > patienceMs * 1_000) {
      this.#finish(run, 'unconfirmed');
      return;
    }
    this.#next = clock.after(run.pauseMs, () => void this.#look(run));
    run.pauseMs = Math.min(pauseMs.last, run.pauseMs * 2);
  }

  #finish(run: Run, outcome: ClearanceReport['outcome']): void {
    const { clock, log, metrics, onReport } = this.#options;
    this.#run = undefined;
    const { scope, cause, cancels, readings, venueOpen } = run;
    const durationUs = clock.monotonicUs() - run.startedUs;
    metrics.histogram('holdfast_orders_cleared_seconds').observe(durationUs / 1e6, outcome);
    const report = { scope, cause, outcome, cancels, readings, venueOpen, durationUs };
    log[outcome === 'unconfirmed' ? 'error' : 'warn']('guard.orders_cleared', report);
    onReport(report);
  }
}
