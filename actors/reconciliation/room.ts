/**
 * The reconciliation room: reconciles at start, on an interval and on request, sweeps on an
 * interval of its own, and tells the guard what was proven or what stands against it. Requests
 * during a run are coalesced into one run after it.
 */
import type { Adoptable, AdoptedBy } from '../../streams/facts/adoption.ts';
import type { GuardPolicy } from '../../streams/facts/policy/guard.ts';
import { wellFormed } from '../../streams/facts/text.ts';
import { usPerSecond } from '../../streams/facts/time.ts';
import type { Ports } from '../../streams/ports/index.ts';
import type { ControlRecord, Guard } from '../guard/index.ts';
import { type AdoptionNames, chooseAdopted } from './adopt.ts';
import type {
  LedgerView,
  ReconcileActions,
  ReconcileQueries,
  ReconcileReport,
} from './contract.ts';
import { type ReconcileResult, Reconciler } from './reconciler.ts';
import { Sweeper } from './sweep.ts';

/** In the order of what an adoption holds. */
const adoptedKinds = ['trade', 'order', 'position'] as const;

export interface ReconciliationOptions {
  readonly ports: Pick<Ports, 'clock' | 'telemetry'>;
  readonly queries: ReconcileQueries;
  readonly ledger: LedgerView;
  readonly actions: ReconcileActions;
  readonly guard: Pick<Guard, 'reconcileTicket' | 'latchReconciled' | 'latchSet'>;
  readonly record: Pick<ControlRecord, 'soon'>;
  /** The policy in force, asked at each use. */
  readonly policy: () => Pick<
    GuardPolicy,
    'reconcile_interval_s' | 'reconcile_trade_lookback_s' | 'sweep_interval_s' | 'stale_order_s'
  >;
  /** `order_ack_timeout_ms`: a younger intent may still be on its way. */
  readonly inFlightMs: () => number;
  /** `in_doubt_fence_skew_ms`. */
  readonly fenceMs: () => number;
}

/** An operator's command: by whose word, in which account, and what exactly. */
export interface AdoptionRequest extends AdoptedBy, AdoptionNames {
  readonly account: string;
}

export interface AdoptionOutcome {
  readonly accepted: boolean;
  readonly message: string;
}

export interface Reconciliation {
  /** Runs now, or once more after the run that is on. Resolves with the run that covers the request. */
  request(cause: string): Promise<ReconcileReport>;
  /**
   * Takes over what is named, when the venue shows it in two complete readings of now, and looks
   * again. Refused as a whole otherwise. Rejects with JOURNAL_* and CONFLICT; nothing is changed then.
   */
  adopt(request: AdoptionRequest): Promise<AdoptionOutcome>;
  /** What could be taken over, of the last run that could read. */
  readonly adoptable: readonly Adoptable[];
  /** The last finished run. */
  readonly last: ReconcileReport | undefined;
  /** Monotonic µs of the last proof; undefined: never. */
  readonly provenAtUs: number | undefined;
  start(): void;
  stop(): void;
}

export function createReconciliation(options: ReconciliationOptions): Reconciliation {
  return new ReconciliationRoom(options);
}

class ReconciliationRoom implements Reconciliation {
  readonly #options: ReconciliationOptions;
  readonly #reconciler: Reconciler;
  readonly #sweeper: Sweeper;
  #current: Promise<ReconcileReport> | undefined;
  #next: Promise<ReconcileReport> | undefined;
  #sweeping = false;
  #stopped = false;
  readonly #timers = new Map<() => number, () => void>();
  last: ReconcileReport | undefined;
  adoptable: readonly Adoptable[] = [];
  provenAtUs: number | undefined;

  constructor(options: ReconciliationOptions) {
    const { ports, queries, ledger, actions, policy, guard } = options;
    const inFlightUs = (): number => options.inFlightMs() * 1_000;
    this.#options = options;
    this.#reconciler = new Reconciler({
      ports,
      queries,
      ledger,
      actions,
      lookbackUs: () => policy().reconcile_trade_lookback_s * usPerSecond,
      inFlightUs,
      ticket: () => guard.reconcileTicket(),
    });
    this.#sweeper = new Sweeper({
      ports,
      queries,
      ledger,
      actions,
      staleUs: () => policy().stale_order_s * usPerSecond,
      inFlightUs,
      fenceUs: () => options.fenceMs() * 1_000,
      onGhost: (order, canceled) =>
        options.record.soon('order.ghost_canceled', {
          instrument: order.instrument.name,
          venue_order_id: order.orderId,
          label: order.label,
          remaining_lots: order.lots - order.filledLots,
          canceled,
        }),
    });
  }

  request(cause: string): Promise<ReconcileReport> {
    if (this.#current === undefined) {
      this.#current = this.#run(cause);
      return this.#current;
    }
    this.#reconciler.remember(cause);
    this.#next ??= this.#current.then(() => {
      this.#next = undefined;
      this.#current = this.#run(cause);
      return this.#current;
    });
    return this.#next;
  }

  async adopt(request: AdoptionRequest): Promise<AdoptionOutcome> {
    const { ledger, actions } = this.#options;
    const { adoptionId, role, account } = request;
    const refused = (message: string): AdoptionOutcome => ({ accepted: false, message });
    if (account !== ledger.account) return refused(`this is the account ${ledger.account}`);
    // The answer got lost, or the process died before it: what it did stands.
    if (ledger.hasAdoption(adoptionId)) return { accepted: true, message: 'adopted before' };
    const { outcome, adoptable } = await this.request('operator adopts');
    if (outcome === 'failed') return refused('the venue could not be read, nothing is adopted');
    const choice = chooseAdopted(request, adoptable);
    if (choice.kind === 'refused') return refused(`nothing is adopted: ${choice.cause}`);
    const reason = wellFormed(request.reason);
    actions.adopt({ adoptionId, role, reason, ...choice.what });
    const kinds = [choice.what.trades, choice.what.orders, choice.what.positions];
    const counter = this.#options.ports.telemetry.metrics.counter('holdfast_adoptions_total');
    for (const [at, kind] of adoptedKinds.entries())
      counter.increment(kinds[at]?.length ?? 0, kind);
    await this.request('operator adopted');
    return { accepted: true, message: `adopted: ${choice.names.join(', ')}` };
  }

  start(): void {
    this.#repeat(
      () => this.#options.policy().reconcile_interval_s,
      () => {
        // A run that is on already covers the interval.
        if (this.#current === undefined) void this.request('interval');
      },
    );
    this.#repeat(
      () => this.#options.policy().sweep_interval_s,
      () => void this.#sweep(),
    );
    void this.request('start');
  }

  stop(): void {
    this.#stopped = true;
    for (const cancel of this.#timers.values()) cancel();
    this.#timers.clear();
  }

  /** Again after each interval, as long as the policy in force says it is then. */
  #repeat(intervalS: () => number, act: () => void): void {
    if (this.#stopped) return;
    const { clock } = this.#options.ports;
    this.#timers.set(
      intervalS,
      clock.after(intervalS() * 1_000, () => {
        act();
        this.#repeat(intervalS, act);
      }),
    );
  }

  async #run(cause: string): Promise<ReconcileReport> {
    const result = await this.#reconciler.run(cause);
    const { report, proof } = result;
    this.#note(result);
    this.last = report;
    if (report.outcome !== 'failed') this.adoptable = report.adoptable;
    if (proof !== undefined) {
      this.provenAtUs = proof.provenAtUs;
      this.#options.guard.latchReconciled(proof);
    }
    const mismatch = report.differences.some(({ kind }) => kind !== 'intent_unresolved');
    if (report.outcome === 'differences' && mismatch) {
      this.#options.guard.latchSet('INVENTORY_MISMATCH_RECONCILE_REQUIRED');
    }
    if (this.#next === undefined) this.#current = undefined;
    return report;
  }

  /** An uneventful proof on the interval is a metric, not a fact. */
  #note(result: ReconcileResult): void {
    const { report, proof, details } = result;
    const { log, metrics } = this.#options.ports.telemetry;
    metrics.counter('holdfast_reconcile_runs_total').increment(1, report.outcome);
    metrics.histogram('holdfast_reconcile_seconds').observe(details.durationUs / usPerSecond);
    for (const { kind } of report.differences) {
      metrics.counter('holdfast_reconcile_findings_total').increment(1, kind);
    }
    const eventful =
      report.cause !== 'interval' ||
      report.outcome !== this.last?.outcome ||
      report.actions.length > 0;
    if (!eventful) return;
    const write = report.outcome === 'proven' ? log.info : log.warn;
    write.call(log, 'reconcile.finished', { ...report, ticket: details.ticket });
    this.#options.record.soon('reconcile.finished', {
      outcome: report.outcome,
      cause: report.cause,
      ticket: details.ticket,
      proof_id: proof?.proofId ?? null,
      lookback_from_us: details.fromUs,
      venue_orders: details.venueOrders,
      venue_positions: details.venuePositions,
      venue_trades: details.venueTrades,
      retries: Math.max(0, report.attempts - 1),
      missed_fills: report.missedFills,
      actions: report.actions,
      differences: report.differences,
      duration_us: details.durationUs,
    });
  }

  async #sweep(): Promise<void> {
    if (this.#sweeping) return; // A slow sweep is not overtaken.
    this.#sweeping = true;
    try {
      const report = await this.#sweeper.sweep();
      const found = report.ghosts + report.stale + report.missedFills + report.absent;
      if (found > 0) this.#options.ports.telemetry.log.warn('sweep.found', { ...report });
    } catch (cause) {
      this.#options.ports.telemetry.log.warn('sweep.failed', { cause: String(cause) });
    } finally {
      this.#sweeping = false;
    }
  }
}
