/**
 * Runs one reconciliation: collect, compare, correct, until both sides agree or a difference has
 * stood in two complete collections. Only agreement is a proof; a run that does not settle, or
 * cannot read, proves nothing and changes nothing.
 */
import { initialTransition } from 'xstate';
import { pureTransition } from '../../machines/pure-transition.ts';
import {
  type ReconcileVerdict,
  type ReconciliationEvent,
  reconciliationMachine,
} from '../../machines/reconciliation.ts';
import type { Adoptable } from '../../streams/facts/adoption.ts';
import { asHoldfastError } from '../../streams/facts/errors.ts';
import { canonicalHash } from '../../streams/facts/hash.ts';
import type { Ports } from '../../streams/ports/index.ts';
import type { ReconcileProof } from '../guard/index.ts';
import { type CollectOptions, collect, tradesFromUs } from './collect.ts';
import { type Comparison, compare } from './compare.ts';
import type {
  Collection,
  Difference,
  LedgerView,
  ReconcileActions,
  ReconcileQueries,
  ReconcileReport,
} from './contract.ts';

/** Collections of one run: a busy account needs a few until nothing moves under the reading. */
export const attemptsMax = 8;
/** Between two collections, ms: a late stream message arrives well within it. */
export const attemptGapMs = 250;

export interface ReconcilerOptions {
  readonly ports: Pick<Ports, 'clock' | 'telemetry'>;
  readonly queries: ReconcileQueries;
  readonly ledger: LedgerView;
  readonly actions: ReconcileActions;
  /** As the policy in force says, µs. */
  readonly lookbackUs: () => number;
  readonly inFlightUs: () => number;
  /** The guard's, taken before the first read of each collection. */
  readonly ticket: () => number;
}

/** What a finished run hands over; `proof` exactly when it is proven. */
export interface ReconcileResult {
  readonly report: ReconcileReport;
  readonly proof: ReconcileProof | undefined;
  readonly details: {
    readonly ticket: number;
    readonly fromUs: number;
    readonly venueOrders: number;
    readonly venuePositions: number;
    readonly venueTrades: number;
    readonly durationUs: number;
  };
}

type MachineSnapshot = ReturnType<typeof initialTransition<typeof reconciliationMachine>>[0];

/** State of one run. */
interface Run {
  readonly cause: string;
  readonly startedUs: number;
  ticket: number;
  fromUs: number;
  collection: Collection | undefined;
  differences: readonly Difference[];
  adoptable: readonly Adoptable[];
  readonly actions: string[];
  missedFills: number;
  newestTradeUs: number;
}

const differenceKey = (difference: Difference): string => canonicalHash(difference);

/** What the comparison calls for; `previous`: the differences of the collection before. */
export function verdictOf(
  comparison: Comparison,
  previous: readonly Difference[],
): ReconcileVerdict {
  const { missedFills, deliveries, observed, ghosts, differences, moved } = comparison;
  if (missedFills.length + deliveries.length + observed.length + ghosts.length > 0)
    return 'correct';
  const before = new Set(previous.map(differenceKey));
  if (differences.some((difference) => before.has(differenceKey(difference)))) return 'different';
  return differences.length > 0 || moved.size > 0 ? 'again' : 'equal';
}

/** What may be taken over and was there in the collection before as well. */
function standing(comparison: Comparison, previous: readonly Difference[]): Adoptable[] {
  const before = new Set(previous.map(differenceKey));
  return [...comparison.adoptable]
    .filter(([difference]) => before.has(differenceKey(difference)))
    .map(([, adoptable]) => adoptable);
}

export class Reconciler {
  readonly #options: ReconcilerOptions;
  #machine: MachineSnapshot;

  constructor(options: ReconcilerOptions) {
    this.#options = options;
    [this.#machine] = initialTransition(reconciliationMachine, { attemptsMax });
  }

  get state(): MachineSnapshot['value'] {
    return this.#machine.value;
  }

  get running(): boolean {
    return this.#machine.hasTag('running');
  }

  /** Coalesced into one run after this one; the cause of the first is kept. */
  remember(cause: string): void {
    this.#send({ type: 'reconcile.requested', cause });
  }

  /** The cause of a request that came during the run. */
  get requestedAgain(): string | undefined {
    return this.#machine.context.requestedAgain;
  }

  /** One run, never rejects. The caller makes sure that runs do not overlap. */
  async run(cause: string): Promise<ReconcileResult> {
    this.#send({ type: 'reconcile.requested', cause });
    const run: Run = {
      cause,
      startedUs: this.#options.ports.clock.monotonicUs(),
      ticket: 0,
      fromUs: 0,
      collection: undefined,
      differences: [],
      adoptable: [],
      actions: [],
      missedFills: 0,
      newestTradeUs: 0,
    };
    while (this.running) {
      try {
        await this.#attempt(run);
      } catch (thrown) {
        const error = asHoldfastError(thrown);
        this.#options.ports.telemetry.log.warn('reconcile.read_failed', {
          code: error.code,
          message: error.message,
        });
        this.#send({ type: 'reconcile.readFailed', cause: error.code });
      }
      if (this.running) await this.#options.ports.clock.sleep(attemptGapMs);
    }
    return this.#resultOf(run);
  }

  async #attempt(run: Run): Promise<void> {
    const { ports, ledger, queries } = this.#options;
    const lookbackUs = this.#options.lookbackUs();
    const inFlightUs = this.#options.inFlightUs();
    const options: CollectOptions = { queries, ledger, clock: ports.clock, lookbackUs, inFlightUs };
    run.ticket = this.#options.ticket();
    run.fromUs = tradesFromUs(ledger, ports.clock.nowUs(), lookbackUs);
    run.collection = await collect(options);
    this.#send({ type: 'reconcile.collected' });
    const comparison = compare(run.collection, ledger);
    const verdict = verdictOf(comparison, run.differences);
    run.adoptable = standing(comparison, run.differences);
    run.differences = comparison.differences;
    run.newestTradeUs = Math.max(run.newestTradeUs, comparison.newestTradeUs);
    this.#send({ type: 'reconcile.compared', verdict });
    if (verdict !== 'correct') return;
    await this.#correct(run, comparison);
    this.#send({ type: 'reconcile.corrected' });
  }

  /** In order of authority. Every correction is idempotent: a crash in between repeats it. */
  async #correct(run: Run, comparison: Comparison): Promise<void> {
    const { actions } = this.#options;
    for (const trade of comparison.missedFills) {
      if (!actions.recordMissedFill(trade)) continue;
      run.missedFills += 1;
      run.actions.push(`RecordMissedFill ${trade.instrument.name} ${trade.tradeId}`);
    }
    for (const delivery of comparison.deliveries) {
      if (actions.recordDelivery(delivery))
        run.actions.push(`RecordDelivery ${delivery.deliveryId}`);
    }
    for (const order of comparison.observed) actions.observeOrder(order);
    for (const ghost of comparison.ghosts) {
      const canceled = await actions.cancelOrder(ghost, 'ghost');
      run.actions.push(`CancelStaleOrder ${ghost.orderId} ${canceled ? 'canceled' : 'refused'}`);
    }
  }

  #resultOf(run: Run): ReconcileResult {
    const { clock } = this.#options.ports;
    const proven = this.#machine.value === 'proven';
    const different = this.#machine.context.failure === 'different';
    const { collection } = run;
    const report: ReconcileReport = {
      outcome: proven ? 'proven' : different ? 'differences' : 'failed',
      cause: run.cause,
      differences: run.differences,
      adoptable: different ? run.adoptable : [],
      attempts: this.#machine.context.attempt,
      missedFills: run.missedFills,
      actions: run.actions,
      finishedUs: clock.nowUs(),
    };
    if (proven && collection !== undefined)
      this.#options.actions.recordProof(run.newestTradeUs, collection.openOrders);
    return {
      report,
      proof: proven && collection !== undefined ? this.#proofOf(run, collection) : undefined,
      details: {
        ticket: run.ticket,
        fromUs: run.fromUs,
        venueOrders: collection?.openOrders.length ?? 0,
        venuePositions: collection?.positions.length ?? 0,
        venueTrades: collection?.trades.length ?? 0,
        durationUs: clock.monotonicUs() - run.startedUs,
      },
    };
  }

  #proofOf(run: Run, collection: Collection): ReconcileProof {
    // An object: canonical JSON orders its keys.
    const held = [...collection.after.positions].filter(([, lots]) => lots !== 0);
    const positions = Object.fromEntries(held);
    const orders = [...collection.after.orders.keys()].sort();
    const { clock } = this.#options.ports;
    return {
      ticket: run.ticket,
      proofId: canonicalHash([run.fromUs, run.newestTradeUs, positions, orders]),
      exposureSafe: this.#options.ledger.exposureSafe(),
      collectedFromUs: run.startedUs,
      provenAtUs: clock.monotonicUs(),
    };
  }

  #send(event: ReconciliationEvent): void {
    this.#machine = pureTransition(reconciliationMachine, this.#machine, event);
  }
}
