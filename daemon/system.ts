/**
 * The supervision tree: who is made, by whom, with what, and in which order it starts and stops.
 *
 *   journal ─► guard ─► market room ◄─ gate ◄─ venue room ─► execution ◄─ runners
 *                 ▲                                │              │
 *                 └────────── monitors ◄───────────┴─ reconciliation
 *
 * Everything here runs under `Ports`: on real sockets and disks, or under virtual time.
 */
import { join } from 'node:path';
import type { Execution } from '../actors/execution/index.ts';
import { ControlRecord, type Guard } from '../actors/guard/index.ts';
import type { Gate } from '../actors/ingress/index.ts';
import type { MarketRoom } from '../actors/market/index.ts';
import type { Reconciliation } from '../actors/reconciliation/index.ts';
import type { Runner } from '../actors/strategy/index.ts';
import { Loops } from '../actors/supervision/index.ts';
import type { VenueRoom } from '../actors/venue/index.ts';
import { asHoldfastError, type HoldfastError } from '../streams/facts/errors.ts';
import type { MarketEvent } from '../streams/facts/market.ts';
import type { Pins } from '../streams/facts/pins.ts';
import { guardPolicyInForce } from '../streams/facts/policy/guard.ts';
import { type Journal, type JournalOptions, openJournal } from '../streams/journal/index.ts';
import type { Ports, Secret } from '../streams/ports/index.ts';
import type { LoadedConfig } from './config/load.ts';
import type { LaunchPolicy } from './config/schema.ts';
import { AccountFigures } from './system/account-figures.ts';
import { makeBreakers, type SystemBreakers, watchMatching } from './system/breakers.ts';
import { FeeAge } from './system/fee-age.ts';
import { type GuardWatch, watchSystem } from './system/guard-watch.ts';
import { pinsOf, type Scenario } from './system/identity.ts';
import { marketPath } from './system/market-path.ts';
import type { OrderClearance } from './system/order-clearance.ts';
import { OwnImpact } from './system/own-impact.ts';
import { PolicyState } from './system/policy-state.ts';
import { RunRecords } from './system/records.ts';
import {
  makeClearance,
  makeExecution,
  makeGate,
  makeGuard,
  makeMarket,
  makeReconciliation,
  makeVenue,
} from './system/rooms.ts';
import { makeRunners } from './system/runners.ts';
import { hasUnanswered, settle } from './system/settle.ts';
import { SurfaceFits } from './system/surface-fits.ts';

export interface SystemOptions {
  readonly ports: Ports;
  readonly config: LoadedConfig;
  readonly runId: string;
  readonly scenario: Scenario;
  readonly dataDirectory: string;
  readonly venueUrls: { readonly ws: string; readonly http: string };
  readonly clientSecret: Secret;
  /** A replay's traffic is the sealed world itself, by reference. */
  readonly worldFingerprint?: string;
  /** Sizes of the journal's streams; production leaves them as they are. */
  readonly journal?: JournalOptions;
  /** A broken invariant or a failed journal: dispatch is closed already; the process must end. */
  readonly onFatal: (error: HoldfastError) => void;
}

/** A session that is told to close is down within this, or is left behind. */
const linkDownMs = 500;

/** What this run did so far. */
export interface SystemCounts {
  fills: number;
  dispatched: number;
  lastActivityUs: number;
  readonly writeErrors: { ledger: number; evidence: number };
}

export class System {
  readonly options: SystemOptions;
  readonly pins: Pins;
  readonly journal: Journal;
  readonly guard: Guard;
  readonly market: MarketRoom;
  readonly gate: Gate;
  readonly venue: VenueRoom;
  readonly ownImpact: OwnImpact;
  readonly execution: Execution;
  readonly reconciliation: Reconciliation;
  readonly runners: readonly Runner[];
  readonly records: RunRecords;
  readonly controlRecord: ControlRecord;
  /** Base currencies of what is traded: their markets are watched. */
  underlyings: readonly string[] = [];
  readonly feeAge: FeeAge;
  readonly accountFigures = new AccountFigures();
  readonly surfaceFits = new SurfaceFits();
  /** For who keeps it: a reload is seen at the next look. */
  readonly guardPolicy = guardPolicyInForce(() => this.policy.guard);
  readonly breakers: SystemBreakers;
  readonly loops: Loops;
  readonly policies: PolicyState;
  readonly clearance: OrderClearance;
  readonly counts: SystemCounts = {
    fills: 0,
    dispatched: 0,
    lastActivityUs: Number.NEGATIVE_INFINITY,
    writeErrors: { ledger: 0, evidence: 0 },
  };
  /** The hot path: gate, market, runners. */
  readonly onMarket: (event: MarketEvent) => void;
  #watch: GuardWatch | undefined;
  #stopImpactWatch: () => void = () => undefined;
  #reconciling = false;
  #stopping = false;

  constructor(options: SystemOptions, journal: Journal) {
    const { config, runId, scenario, ports } = options;
    this.options = options;
    this.journal = journal;
    this.breakers = makeBreakers(ports);
    this.loops = new Loops(ports.clock, ports.telemetry.metrics);
    this.feeAge = new FeeAge(ports, join(options.dataDirectory, 'fees.json'));
    this.pins = pinsOf(scenario, runId, config);
    this.policies = new PolicyState({
      ports,
      config,
      dataDirectory: options.dataDirectory,
      record: () => this.controlRecord,
      loops: this.loops,
      onPolicy: ({ guard }, rev, atUs) => this.guard.applyPolicy(guard, rev, atUs),
    });
    const context = {
      ports,
      control: journal.stream('control'),
      pins: this.pins,
      policyRev: () => this.policyRev,
    };
    this.records = new RunRecords(context);
    this.controlRecord = new ControlRecord({ ...context, producer: 'daemon.control' });
    this.clearance = makeClearance(this);
    this.guard = makeGuard(this);
    watchMatching(this.breakers, this.guard);
    this.market = makeMarket(this);
    this.gate = makeGate(this);
    this.venue = makeVenue(this);
    this.ownImpact = new OwnImpact({
      clock: this.loops.clock('own impact'),
      guard: this.guard,
      limits: this.guardPolicy,
    });
    this.execution = makeExecution(this);
    this.runners = makeRunners({
      ports,
      strategies: config.profile.policy.strategies,
      pinsOf: (runnerId) => pinsOf(scenario, runId, config, runnerId),
      market: this.market.view,
      execution: this.execution,
      records: this.records,
    });
    this.onMarket = marketPath(this.gate, this.market, this.runners, (trade) =>
      this.ownImpact.onPublicTrade(trade),
    );
    this.reconciliation = makeReconciliation(this);
    journal.onFatal((error) => this.fail(error));
  }

  get policy(): LaunchPolicy {
    return this.policies.current;
  }

  get policyRev(): string {
    return this.policies.rev;
  }

  get policyComputedUs(): number | null {
    return this.policies.computedAtUs;
  }

  /** Recovers the ledger, then starts to look, to connect and to listen. OPEN stays latched. */
  start(): void {
    const { ports } = this.options;
    this.#reportLostRecords();
    ports.telemetry.log.info('ledger.recovered', { ...this.execution.recover() });
    // What has expired since is in no list of the venue any more, and its rows still name it.
    this.venue.instruments.remember(this.execution.ledgerInstruments);
    this.policies.start();
    this.#watch = watchSystem(this);
    this.#stopImpactWatch = this.ownImpact.watch();
    this.guard.start();
    this.venue.start();
    for (const runner of this.runners) runner.start();
  }

  /**
   * No new decisions; what is in flight settles or stays recorded; the link goes down while the
   * guard can still record it; the journal is synced last.
   */
  async stop(cause: string, deadlineMs: number): Promise<void> {
    const { clock } = this.options.ports;
    this.#stopping = true;
    for (const runner of this.runners) runner.stop(cause);
    await settle(clock, deadlineMs, () => !hasUnanswered(this.execution));
    this.reconciliation.stop();
    this.clearance.stop();
    this.execution.stop();
    this.venue.stop();
    await settle(clock, linkDownMs, () => this.venue.session.phase === 'down');
    this.#watch?.stop();
    this.breakers.stop();
    this.#stopImpactWatch();
    this.guard.stop();
    this.policies.stop();
    this.market.close();
    this.gate.flush();
    await this.journal.close();
  }

  /** Closes dispatch first, then tells: for broken invariants and failed journals. */
  fail(thrown: unknown): void {
    this.#stopping = true;
    this.execution.stop();
    this.options.onFatal(asHoldfastError(thrown));
  }

  /** The link is up for the first time: reconciliation begins, and goes on by itself. */
  startReconciling(): void {
    if (this.#stopping) return;
    if (this.#reconciling) void this.reconciliation.request('link up');
    else this.reconciliation.start();
    this.#reconciling = true;
  }

  /** Before the first link there is nothing to ask; the start latch stands until then anyway. */
  requestReconcile(cause: string): void {
    if (this.#reconciling && !this.#stopping) void this.reconciliation.request(cause);
  }

  /** The watchdog was heard; what it is told in return. */
  heartbeat(): { readonly trading_mode: string; readonly guard_age_ms: number } {
    this.#watch?.watchdogHeard();
    const { mode, computedAtMonotonicUs } = this.guard.snapshot;
    const ageUs = this.options.ports.clock.monotonicUs() - computedAtMonotonicUs;
    return { trading_mode: mode, guard_age_ms: Math.max(0, ageUs / 1_000) };
  }

  /** An evidence error was just counted: no OPEN may slip in before the monitor's next look. */
  lookAtEvidence(): void {
    this.#watch?.evidence.look();
  }

  /** Acknowledged records that the disk did not keep: state is doubtful until it is proven. */
  #reportLostRecords(): void {
    for (const [stream, { acknowledgedLost }] of Object.entries(this.journal.recovery.streams)) {
      if (acknowledgedLost === 0) continue;
      this.options.ports.telemetry.log.error('journal.records_lost', { stream, acknowledgedLost });
      this.guard.raiseUntilProven(`journal.${stream}`, {
        riskState: 'Degraded',
        owner: 'EXEC_WAL_WRITE_FAILED',
      });
    }
  }

  /** Counts what execution did: fills booked, orders handed over. */
  onActivity(fills: number, sent: number): void {
    this.counts.fills += fills;
    this.counts.dispatched += sent;
    if (fills + sent > 0) this.counts.lastActivityUs = this.options.ports.clock.monotonicUs();
  }
}

/** Opens and recovers the journal, then builds the system on it. Rejects with JOURNAL_*, SECRET_*. */
export async function createSystem(options: SystemOptions): Promise<System> {
  const directory = join(options.dataDirectory, 'journal');
  const journal = await openJournal(options.ports, directory, options.journal);
  try {
    return new System(options, journal);
  } catch (error) {
    await journal.close().catch(() => undefined);
    throw error;
  }
}
