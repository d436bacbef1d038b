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
import { createExecution, type Execution, type GuardGate } from '../actors/execution/index.ts';
import {
  ControlRecord,
  createGuard,
  EffectivePolicyLoop,
  executionGate,
  type Guard,
  recoverGuard,
} from '../actors/guard/index.ts';
import { createGate, type Gate } from '../actors/ingress/index.ts';
import { createMarketRoom, type MarketRoom } from '../actors/market/index.ts';
import {
  createReconciliation,
  type Reconciliation,
  venueReads,
} from '../actors/reconciliation/index.ts';
import type { Runner } from '../actors/strategy/index.ts';
import { createVenueRoom, type VenueRoom } from '../actors/venue/index.ts';
import { asHoldfastError, type HoldfastError } from '../streams/facts/errors.ts';
import { canonicalHash } from '../streams/facts/hash.ts';
import type { MarketEvent } from '../streams/facts/market.ts';
import type { Pins } from '../streams/facts/pins.ts';
import type { GuardInputName } from '../streams/facts/reason-codes/index.ts';
import { type Journal, openJournal } from '../streams/journal/index.ts';
import type { Ports, Secret } from '../streams/ports/index.ts';
import { CapabilityOffice } from '../streams/venues/deribit/index.ts';
import { parseLaunchPolicy, readLaunchPolicy } from './config/launch-policy-file.ts';
import type { LoadedConfig } from './config/load.ts';
import type { LaunchPolicy } from './config/schema.ts';
import { wantedChannels } from './system/channels.ts';
import { type GuardWatch, watchGuard } from './system/guard-watch.ts';
import { pinsOf, type Scenario } from './system/identity.ts';
import { inDoubtReads } from './system/in-doubt-reads.ts';
import { ledgerView, reconcileActions, reconcileMark } from './system/ledger-view.ts';
import { marketPath } from './system/market-path.ts';
import { ownerEffects } from './system/owner-effects.ts';
import { positionLimitReached } from './system/position-limit.ts';
import { RunRecords } from './system/records.ts';
import { makeRunners } from './system/runners.ts';
import { settle } from './system/settle.ts';
import { stageView } from './system/stage.ts';
import { venueHandlers } from './system/venue-handlers.ts';

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
  /** A broken invariant or a failed journal: dispatch is closed already; the process must end. */
  readonly onFatal: (error: HoldfastError) => void;
}

/** The currencies of the venue's accounts that reconciliation reads. */
const currencies = ['BTC', 'ETH', 'USDC'] as const;
/** Inputs this build feeds; the guard restricts when one of them goes missing. */
const configuredInputs: readonly GuardInputName[] = [
  'day_loss_usd',
  'key_scope',
  'position_limit',
  'in_doubt_orders',
];
/** A venue that says two things under one identity is not believed for this long, seconds. */
const conflictHoldS = 60;
/** Window of conflated market changes, for people and slow consumers. */
const conflateMs = 100;

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
  readonly execution: Execution;
  readonly reconciliation: Reconciliation;
  readonly runners: readonly Runner[];
  readonly records: RunRecords;
  readonly counts: SystemCounts = {
    fills: 0,
    dispatched: 0,
    lastActivityUs: Number.NEGATIVE_INFINITY,
    writeErrors: { ledger: 0, evidence: 0 },
  };
  readonly #policyLoop: EffectivePolicyLoop<LaunchPolicy>;
  readonly #controlRecord: ControlRecord;
  #policy: LaunchPolicy;
  #policyRev: string;
  #watch: GuardWatch | undefined;
  #onMarket: (event: MarketEvent) => void = () => undefined;
  #reconciling = false;
  #stopping = false;

  constructor(options: SystemOptions, journal: Journal) {
    const { config, runId, scenario, ports } = options;
    this.options = options;
    this.journal = journal;
    this.pins = pinsOf(scenario, runId, config);
    this.#policy = config.launchPolicy;
    this.#policyRev = canonicalHash(this.#policy);
    const context = {
      ports,
      control: journal.stream('control'),
      pins: this.pins,
      policyRev: () => this.#policyRev,
    };
    this.records = new RunRecords(context);
    this.#controlRecord = new ControlRecord({ ...context, producer: 'daemon.control' });
    this.guard = this.#makeGuard();
    this.#policyLoop = this.#makePolicyLoop();
    this.market = this.#makeMarket();
    this.gate = this.#makeGate();
    this.venue = this.#makeVenue();
    this.execution = this.#makeExecution();
    this.runners = this.#makeRunners();
    this.#onMarket = marketPath(this.gate, this.market, this.runners);
    this.reconciliation = this.#makeReconciliation();
    journal.onFatal((error) => this.fail(error));
  }

  get policy(): LaunchPolicy {
    return this.#policy;
  }

  get policyRev(): string {
    return this.#policyRev;
  }

  get policyComputedUs(): number | null {
    return this.#policyLoop.current?.computedAtUs ?? null;
  }

  /** Recovers the ledger, then starts to look, to connect and to listen. OPEN stays latched. */
  start(): void {
    const { ports, dataDirectory } = this.options;
    ports.telemetry.log.info('ledger.recovered', { ...this.execution.recover() });
    this.#policyLoop.start();
    this.#watch = watchGuard({
      ...this,
      ports,
      dataDirectory,
      policy: () => this.#policy,
      counts: this.counts,
    });
    this.guard.start();
    this.venue.start();
    for (const runner of this.runners) runner.start();
  }

  /** No new decisions; what is in flight settles or stays recorded; the journal is synced. */
  async stop(cause: string, deadlineMs: number): Promise<void> {
    this.#stopping = true;
    for (const runner of this.runners) runner.stop(cause);
    await settle(this.execution, this.options.ports.clock, deadlineMs);
    this.#stopRooms();
    this.gate.flush();
    await this.journal.close();
  }

  /** Closes dispatch first, then tells: for broken invariants and failed journals. */
  fail(thrown: unknown): void {
    this.#stopping = true;
    this.execution.stop();
    this.options.onFatal(asHoldfastError(thrown));
  }

  requestReconcile(cause: string): void {
    if (this.#stopping) return;
    if (this.#reconciling) void this.reconciliation.request(cause);
    else this.reconciliation.start();
    this.#reconciling = true;
  }

  #stopRooms(): void {
    this.reconciliation.stop();
    this.execution.stop();
    this.venue.stop();
    this.#watch?.stop();
    this.guard.stop();
    this.#policyLoop.stop();
    this.market.close();
  }

  #makeGuard(): Guard {
    const { ports, config } = this.options;
    const control = this.journal.stream('control');
    const recovered = recoverGuard(control.read(0), (cause) => {
      ports.telemetry.log.error('guard.unreadable_fact', { cause: String(cause) });
    });
    const guard = createGuard({
      ports,
      policy: this.#policy.guard,
      policyRev: this.#policyRev,
      stage: config.profile.stage,
      control,
      pins: this.pins,
      configured: new Set(configuredInputs),
      recovered,
      effects: ownerEffects({
        log: ports.telemetry.log,
        execution: () => this.execution,
        reconcile: (cause) => this.#reconciling && this.requestReconcile(cause),
        traceId: () => ports.random.hex(16),
      }),
    });
    guard.set('certificate', 'MISSING');
    return guard;
  }

  #makePolicyLoop(): EffectivePolicyLoop<LaunchPolicy> {
    const { ports, config } = this.options;
    return new EffectivePolicyLoop<LaunchPolicy>({
      ports,
      record: this.#controlRecord,
      recomputeS: this.#policy.guard.policy_recompute_s,
      read: () => ({ file: readLaunchPolicy(ports.disk, config.launchPolicyPath), overrides: [] }),
      parse: parseLaunchPolicy,
      onPolicy: ({ policy, policyRev, computedAtMonotonicUs }) => {
        this.#policy = policy;
        this.#policyRev = policyRev;
        this.guard.applyPolicy(policy.guard, policyRev, computedAtMonotonicUs);
      },
    });
  }

  #makeMarket(): MarketRoom {
    const { ports } = this.options;
    return createMarketRoom({
      ports,
      params: { conflateMs },
      onGap: ({ kind, channel, instrument }) => {
        const code =
          kind === 'book' ? 'WS_BOOK_GAP_RECONCILE_REQUIRED' : 'WS_TRADES_GAP_RECONCILE_REQUIRED';
        this.guard.latchSet(code);
        ports.telemetry.log.warn('market.gap', { kind, instrument: instrument.name });
        if (kind === 'book') this.venue.repair(channel);
      },
    });
  }

  #makeGate(): Gate {
    const { ports, worldFingerprint } = this.options;
    const { log } = ports.telemetry;
    return createGate({
      ports,
      context: {
        pins: this.pins,
        producer: 'ingress.gate',
        policyRev: () => this.#policyRev,
        traceId: ports.random.hex(16),
      },
      traffic:
        worldFingerprint === undefined
          ? this.journal.stream('traffic')
          : { byReference: { worldFingerprint } },
      receipts: this.journal.stream('audit'),
      onConflict: (entry) => {
        log.error('gate.identity_conflict', { ...entry });
        this.guard.override('gate', 'ForceReduceOnly', conflictHoldS);
      },
      onHealth: (health, cause) => log.warn('gate.health', { health, cause }),
      onFailed: (error) => this.fail(error),
    });
  }

  #makeVenue(): VenueRoom {
    const { ports, config, venueUrls, clientSecret } = this.options;
    return createVenueRoom({
      ports,
      urls: venueUrls,
      credentials: { clientId: config.profile.wiring.venue.client_id, secret: clientSecret },
      channels: () => wantedChannels(config, this.market.view),
      handlers: { ...venueHandlers(this), onMarket: (event) => this.#onMarket(event) },
    });
  }

  #makeExecution(): Execution {
    const { ports, config, venueUrls } = this.options;
    const { name, account } = config.profile.wiring.venue;
    return createExecution({
      ports,
      pins: this.pins,
      owner: { venue: name, account },
      policy: () => this.#policy.execution,
      stage: stageView(config, venueUrls),
      attributionMode: 'paper',
      market: this.market.view,
      guard: this.#executionGate(),
      ledger: this.journal.stream('ledger'),
      audit: this.journal.stream('audit'),
      office: new CapabilityOffice(),
      session: this.venue.session,
      queries: inDoubtReads(this.venue.http, ports.clock),
      venueOffsetUs: () => -(this.venue.health().clockDriftMs ?? 0) * 1_000,
      listener: {
        onFill: () => this.#onActivity(1, 0),
        onSubmitted: ({ sent }) => this.#onActivity(0, sent),
        onGhost: () => this.requestReconcile('ghost order'),
      },
    });
  }

  #makeRunners(): readonly Runner[] {
    const { ports, config, runId, scenario } = this.options;
    return makeRunners({
      ports,
      strategies: config.profile.policy.strategies,
      pinsOf: (runnerId) => pinsOf(scenario, runId, config, runnerId),
      market: this.market.view,
      execution: this.execution,
      records: this.records,
    });
  }

  #makeReconciliation(): Reconciliation {
    const { clock } = this.options.ports;
    const { guard: policy, execution } = this.#policy;
    const mark = reconcileMark(this.journal, clock);
    const exposureSafe = (): boolean =>
      !positionLimitReached(this.execution.positions, this.market.view, this.#policy.execution);
    return createReconciliation({
      ports: this.options.ports,
      queries: venueReads(this.venue.http, currencies, clock),
      ledger: ledgerView(this.execution, mark, exposureSafe),
      actions: reconcileActions(this.execution, mark),
      guard: this.guard,
      record: this.#controlRecord,
      policy,
      inFlightMs: execution.order_ack_timeout_ms,
      fenceMs: execution.in_doubt_fence_skew_ms,
    });
  }

  #onActivity(fills: number, sent: number): void {
    this.counts.fills += fills;
    this.counts.dispatched += sent;
    if (fills + sent > 0) this.counts.lastActivityUs = this.options.ports.clock.monotonicUs();
  }

  #executionGate(): GuardGate {
    const gate = executionGate(this.guard, () => this.#watch?.evidence.look());
    return {
      ...gate,
      report: (condition) => {
        if (condition.kind === 'wal_write_error') this.counts.writeErrors.ledger += 1;
        gate.report(condition);
        if (condition.kind === 'reconcile') this.requestReconcile(condition.cause);
      },
    };
  }
}

/** Opens and recovers the journal, then builds the system on it. Rejects with JOURNAL_*, SECRET_*. */
export async function createSystem(options: SystemOptions): Promise<System> {
  const journal = await openJournal(options.ports, join(options.dataDirectory, 'journal'));
  try {
    return new System(options, journal);
  } catch (error) {
    await journal.close().catch(() => undefined);
    throw error;
  }
}
