/**
 * How each room is made and wired to the others. Order and lifetime are the system's; here stands
 * only what a room is given and whom it tells.
 */
import {
  createExecution,
  type Execution,
  type FeeState,
  type GuardGate,
  type PermissionRequest,
} from '../../actors/execution/index.ts';
import {
  createGuard,
  executionGate,
  feeFactor,
  type Guard,
  recoverGuard,
} from '../../actors/guard/index.ts';
import { createGate, type Gate } from '../../actors/ingress/index.ts';
import { createMarketRoom, type MarketRoom } from '../../actors/market/index.ts';
import {
  createReconciliation,
  type Reconciliation,
  venueReads,
} from '../../actors/reconciliation/index.ts';
import { createVenueRoom, type VenueRoom } from '../../actors/venue/index.ts';
import type { GuardInputName } from '../../streams/facts/reason-codes/index.ts';
import { usPerSecond } from '../../streams/facts/time.ts';
import { CapabilityOffice } from '../../streams/venues/deribit/index.ts';
import type { System } from '../system.ts';
import { matchingRefusal, noteAnswer } from './breakers.ts';
import { wantedChannels } from './channels.ts';
import { GapLatch } from './gap-latch.ts';
import { inDoubtReads } from './in-doubt-reads.ts';
import { ledgerView, reconcileActions, reconcileMark } from './ledger-view.ts';
import { OrderClearance } from './order-clearance.ts';
import { ownerEffects } from './owner-effects.ts';
import { positionLimitReached } from './position-limit.ts';
import { stageView } from './stage.ts';
import { venueHandlers } from './venue-handlers.ts';

/** The currencies of the venue's accounts that reconciliation reads. */
const currencies = ['BTC', 'ETH', 'USDC'] as const;
/** Inputs this build feeds; the guard restricts when one of them goes missing. */
const configuredInputs: readonly GuardInputName[] = [
  'day_loss_usd',
  'key_scope',
  'position_limit',
  'in_doubt_orders',
  'bunker_mode',
  'fee_cache',
];
/** A venue that says two things under one identity is not believed for this long, seconds. */
const conflictHoldS = 60;
/** Window of conflated market changes, for people and slow consumers. */
const conflateMs = 100;

export function makeGuard(system: System): Guard {
  const { ports, config } = system.options;
  const control = system.journal.stream('control');
  const recovered = recoverGuard(control.read(0), (cause) => {
    ports.telemetry.log.error('guard.unreadable_fact', { cause: String(cause) });
  });
  const guard = createGuard({
    ports: { ...ports, clock: system.loops.clock('guard') },
    policy: system.policy.guard,
    policyRev: system.policyRev,
    stage: config.profile.stage,
    control,
    pins: system.pins,
    configured: new Set([
      ...configuredInputs,
      ...(config.profile.wiring.watchdog.required ? (['watchdog_heartbeat'] as const) : []),
    ]),
    recovered,
    effects: ownerEffects({
      clearance: system.clearance,
      execution: () => system.execution,
      isOverLimit: () =>
        positionLimitReached(
          system.execution.positions,
          system.market.view,
          system.policy.execution,
        ),
      reconcile: (cause) => system.requestReconcile(cause),
    }),
  });
  guard.set('certificate', 'MISSING');
  return guard;
}

/** Clears open orders for the guard, and writes down what the venue confirmed. */
export function makeClearance(system: System): OrderClearance {
  const { clock, telemetry, random } = system.options.ports;
  return new OrderClearance({
    clock,
    log: telemetry.log,
    metrics: telemetry.metrics,
    execution: () => system.execution,
    venueOrders: () => system.venue.http.openOrders(),
    traceId: () => random.hex(16),
    onReport: ({ venueOpen, durationUs, ...report }) =>
      system.controlRecord.soon('orders.cleared', {
        ...report,
        venue_open: venueOpen,
        duration_us: Math.round(durationUs),
      }),
  });
}

export function makeMarket(system: System): MarketRoom {
  const { ports } = system.options;
  const gaps = new GapLatch(system.guard);
  return createMarketRoom({
    ports,
    params: { conflateMs },
    onGap: (gap) => {
      ports.telemetry.log.warn('market.gap', { kind: gap.kind, instrument: gap.instrument.name });
      gaps.onGap(gap);
      if (gap.kind === 'book') system.venue.repair(gap.channel);
    },
    onMended: (instrument) => gaps.onMended(instrument),
  });
}

export function makeGate(system: System): Gate {
  const { ports, worldFingerprint } = system.options;
  const { log } = ports.telemetry;
  return createGate({
    ports,
    context: {
      pins: system.pins,
      producer: 'ingress.gate',
      policyRev: () => system.policyRev,
      traceId: ports.random.hex(16),
    },
    traffic:
      worldFingerprint === undefined
        ? system.journal.stream('traffic')
        : { byReference: { worldFingerprint } },
    receipts: system.journal.stream('audit'),
    onConflict: (entry) => {
      log.error('gate.identity_conflict', { ...entry });
      system.guard.override('gate', 'ForceReduceOnly', conflictHoldS);
    },
    onHealth: (health, cause) => log.warn('gate.health', { health, cause }),
    onFailed: (error) => system.fail(error),
  });
}

/** Room for the sessions of one process: a session of the next must not repeat their identities. */
const sessionsPerLife = 1_000_000;

export function makeVenue(system: System): VenueRoom {
  const { ports, config, venueUrls, clientSecret } = system.options;
  return createVenueRoom({
    admitsRead: () => system.execution.admitsRead(),
    ports: { ...ports, clock: system.loops.clock('venue') },
    urls: venueUrls,
    credentials: { clientId: config.profile.wiring.venue.client_id, secret: clientSecret },
    epochBefore: system.journal.epoch * sessionsPerLife,
    channels: () => {
      const { channels, underlyings } = wantedChannels(config, system.market.view);
      system.underlyings = underlyings;
      return channels;
    },
    handlers: { ...venueHandlers(system), onMarket: (event) => system.onMarket(event) },
  });
}

/** Epoch time: an age survives a restart. A clock set back makes nothing younger than now. */
function feeState({ feeAge, policy, options }: System): FeeState {
  const { guard } = policy;
  const sinceUs = feeAge.readUs ?? Number.NEGATIVE_INFINITY;
  const ageS = Math.max(0, options.ports.clock.nowUs() - sinceUs) / usPerSecond;
  const hardStale = !(ageS <= guard.fee_cache_hard_s);
  return { ageS, hardStale, factorFloat: feeFactor(ageS, guard) };
}

export function makeExecution(system: System): Execution {
  const { ports, config, venueUrls } = system.options;
  const { name, account } = config.profile.wiring.venue;
  return createExecution({
    ports,
    pins: system.pins,
    owner: { venue: name, account },
    policy: () => system.policy.execution,
    stage: stageView(config, venueUrls),
    attributionMode: 'paper',
    market: system.market.view,
    guard: gateOf(system),
    ledger: system.journal.stream('ledger'),
    audit: system.journal.stream('audit'),
    office: new CapabilityOffice(),
    session: system.venue.session,
    queries: inDoubtReads(system.venue.http, ports.clock),
    venueOffsetUs: () => Math.round(-(system.venue.measured.clockDriftMs ?? 0) * 1_000),
    inputBasis: () => system.gate.basis,
    surfaceFitJson: (instrument) => system.surfaceFits.of(instrument),
    fees: () => feeState(system),
    impactBlockedUntilUs: (name) => system.ownImpact.blockedUntilUs(name),
    marginUse: () => {
      const { value } = system.guard.input('mm_util');
      return typeof value === 'number' ? value : undefined;
    },
    listener: {
      onFill: (trade, order) => {
        system.ownImpact.onFill(trade);
        system.onActivity(1, 0);
        // A fill can be told after the account was closed: by a reconciliation, or of a cancelled order.
        if (order?.intent.class === 'OPEN' && system.guard.mode === 'Kill')
          ports.clock.soon(() => system.guard.exposureLearnt());
      },
      onSubmitted: ({ sent, legs }) => {
        system.onActivity(0, sent);
        if (legs.some((leg) => leg.kind === 'sent' && leg.class === 'OPEN'))
          system.breakers.began('venue_matching');
      },
      onAnswered: (_order, reply) => noteAnswer(system.breakers, reply),
      onGhost: () => system.requestReconcile('ghost order'),
      onFlattened: ({ durationMs, ...report }) =>
        system.controlRecord.soon('account.flattened', {
          ...report,
          duration_us: Math.round(durationMs * 1_000),
        }),
    },
  });
}

export function makeReconciliation(system: System): Reconciliation {
  const { clock } = system.options.ports;
  const { account } = system.options.config.profile.wiring.venue;
  const mark = reconcileMark(system.journal, clock);
  const exposureSafe = (): boolean =>
    !positionLimitReached(system.execution.positions, system.market.view, system.policy.execution);
  return createReconciliation({
    ports: system.options.ports,
    queries: venueReads(system.venue.http, currencies, clock),
    ledger: ledgerView(account, system.execution, mark, exposureSafe),
    actions: reconcileActions(system.execution, mark),
    guard: system.guard,
    record: system.controlRecord,
    policy: () => system.policy.guard,
    inFlightMs: () => system.policy.execution.order_ack_timeout_ms,
    fenceMs: () => system.policy.execution.in_doubt_fence_skew_ms,
  });
}

function gateOf(system: System): GuardGate {
  const gate = executionGate(system.guard, () => system.lookAtEvidence());
  return {
    ...gate,
    refusal: (view: Parameters<typeof gate.refusal>[0], request: PermissionRequest) =>
      gate.refusal(view, request) ?? matchingRefusal(system.breakers, request),
    report: (condition) => {
      if (condition.kind === 'wal_write_error') system.counts.writeErrors.ledger += 1;
      gate.report(condition);
      if (condition.kind === 'reconcile') system.requestReconcile(condition.cause);
    },
  };
}
