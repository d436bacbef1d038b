/** The status of the running system, as the status port shows it. Reads only; unknown stays unknown. */
import { type OwnerView, ownerViewOf } from '../../actors/guard/index.ts';
import { gridText } from '../../streams/facts/decimal.ts';
import type { OwnerCode } from '../../streams/facts/reason-codes/index.ts';
import { isoFromUs, usPerMs, usPerSecond } from '../../streams/facts/time.ts';
import type { StatusV1 } from '../http/status-schema.ts';
import type { StatusSource } from '../http/status-server.ts';
import type { StoreView } from '../store/supervise.ts';
import type { System } from '../system.ts';
import { reconciliationShown } from './adoptable-shown.ts';
import { contractVersion } from './identity.ts';

export interface StatusSourceOptions {
  readonly system: System;
  readonly buildId: string;
  readonly startedUs: number;
  readonly store: () => { readonly kind: string; readonly view: StoreView | undefined };
}

/** What is shown when nothing restricts. */
const idleCodes: Readonly<Record<string, OwnerCode>> = {
  MICRO_LIVE: 'STATE_MICRO_LIVE',
};

/** Why a key is null in this build, whatever the state. */
const notMeasured: Readonly<Record<string, string>> = {
  snapshot_coverage_pct: 'computed from the store once coverage reports exist',
  f1_cert_expires_at: 'no certificate was issued for this build',
};

function msOrNull(us: number | null): number | null {
  return us === null ? null : Math.floor(us / usPerMs);
}

/** The owner view as the status shows it. */
export function ownerViewShown({
  primaryCode,
  message,
  sinceUs,
  codes,
}: OwnerView): StatusV1['owner_view'] {
  return {
    primary_code: primaryCode,
    message,
    since_utc: sinceUs === null ? null : isoFromUs(sinceUs),
    codes: codes.map(({ sinceUs: codeSinceUs, target: _target, ...code }) => ({
      ...code,
      since_utc: codeSinceUs === null ? null : isoFromUs(codeSinceUs),
    })),
  };
}

function positionsShown({ execution }: System): StatusV1['positions'] {
  return [...execution.positions.all]
    .filter(({ signedLots }) => signedLots !== 0)
    .map(({ instrument, signedLots, averagePriceFloat, realisedUsdFloat }) => ({
      instrument: instrument.name,
      amount: gridText(instrument.amount, signedLots),
      unit: instrument.amountUnit,
      average_price_float: averagePriceFloat,
      realised_pnl_usd_float: realisedUsdFloat,
    }));
}

function ordersShown({ execution, counts }: System): StatusV1['orders'] {
  const rejected = [...execution.rejectCounts.values()].reduce((sum, count) => sum + count, 0);
  return {
    dispatched: counts.dispatched,
    open: [...execution.openOrders].length,
    in_doubt: execution.inDoubtCount,
    fills: counts.fills,
    rejected_by_gates: rejected,
    duplicate_dispatch_count: execution.duplicateDispatches,
    illegal_order_attempts: execution.illegalAttempts,
  };
}

function guardShown({ guard }: System, nowUs: number) {
  const { snapshot } = guard;
  const [first] = snapshot.reasons;
  const since = first === undefined ? undefined : guard.since(first);
  const policyAge = snapshot.policyAgeS;
  return {
    trading_mode: snapshot.mode,
    mode_reasons: [...snapshot.reasons],
    mode_floor: snapshot.floor,
    mode_since_utc: since === undefined ? null : isoFromUs(since),
    risk_state: snapshot.riskState,
    evidence_chain_state: snapshot.evidence,
    bunker_mode_active: snapshot.bunkerMode,
    connectivity_degraded: snapshot.bunkerMode || snapshot.latched,
    open_permission_blocked_latch: snapshot.latched,
    open_permission_reason_codes: [...snapshot.latchReasons],
    open_permission_requires_reconcile: snapshot.latched,
    policy_rev: snapshot.policyRev,
    policy_age_sec: Number.isFinite(policyAge) ? policyAge : null,
    now_utc: isoFromUs(nowUs),
  };
}

function readingOf({ guard, options }: System, name: 'disk_used_pct' | 'mm_util') {
  const { value, atUs } = guard.input(name);
  const { clock } = options.ports;
  const known = typeof value === 'number' && atUs !== null;
  const epochUs = known ? clock.nowUs() - (clock.monotonicUs() - atUs) : null;
  return { value: known ? value : null, atMs: msOrNull(epochUs) };
}

function venueShown(system: System): StatusV1['venue'] {
  const { venue, market, options } = system;
  const { clock } = options.ports;
  const { wiring } = options.config.profile;
  const freshness = market.freshness(clock.monotonicUs());
  return {
    name: wiring.venue.name,
    environment: wiring.venue.environment,
    session_state: venue.state,
    session_epoch: venue.session.epoch,
    last_market_event_age_ms: Number.isFinite(freshness.overallMs) ? freshness.overallMs : null,
    instruments: freshness.books,
    books_valid: freshness.validBooks,
  };
}

function storeShown({ kind, view }: ReturnType<StatusSourceOptions['store']>): StatusV1['store'] {
  const streams = view?.health?.streams;
  const rows = streams?.flatMap(({ rowsByTable }) => Object.values(rowsByTable));
  return {
    kind,
    state: view?.state ?? 'off',
    lag_records: streams?.reduce((sum, { lagRecords }) => sum + lagRecords, 0) ?? null,
    rows_written: rows?.reduce((sum, count) => sum + count, 0) ?? null,
  };
}

function unknownKeys(status: Record<string, unknown>): Record<string, string> {
  const unknown: Record<string, string> = {};
  for (const [key, value] of Object.entries(status)) {
    if (value === null && key !== 'mode_since_utc')
      unknown[key] = notMeasured[key] ?? 'not measured yet';
  }
  return unknown;
}

function statusOf({ system, buildId, startedUs, store }: StatusSourceOptions): StatusV1 {
  const { options, journal, gate, venue, runners, policy } = system;
  const { clock, host } = options.ports;
  const { profile, runtimeConfigHash, missingRequired } = options.config;
  const ledger = journal.stream('ledger');
  const health = venue.health();
  const disk = readingOf(system, 'disk_used_pct');
  const margin = readingOf(system, 'mm_util');
  const idle = idleCodes[profile.stage] ?? 'STATE_PAPER_MODE';
  const known = {
    status_schema_version: 1 as const,
    contract_version: contractVersion,
    build_id: buildId,
    runtime_config_hash: runtimeConfigHash,
    run_id: options.runId,
    profile: profile.name,
    deployment_environment: profile.stage,
    execution: profile.execution,
    uptime_s: (clock.monotonicUs() - startedUs) / usPerSecond,
    ...guardShown(system, clock.nowUs()),
    last_policy_update_ts: msOrNull(system.policyComputedUs),
    policy_missing_required: [...missingRequired],
    f1_cert_state: 'MISSING' as const,
    f1_cert_expires_at: null,
    disk_used_pct: disk.value,
    disk_used_last_update_ts_ms: disk.atMs,
    mm_util: margin.value,
    mm_util_last_update_ts_ms: margin.atMs,
    snapshot_coverage_pct: null,
    atomic_naked_events_24h: system.execution.nakedEvents24h,
    '429_count_5m': health.http429Count5m,
    '10028_count_5m': health.error10028Count5m,
    wal_queue_depth: ledger.queueDepth,
    wal_queue_capacity: ledger.queueCapacity,
    wal_queue_enqueue_failures: ledger.enqueueFailures,
    venue_http_p95_ms: health.httpP95Ms ?? null,
    ws_event_lag_ms: health.wsLagP95Ms ?? null,
    loop_tick_last_ts_ms: msOrNull(
      clock.nowUs() - (clock.monotonicUs() - system.guard.snapshot.computedAtMonotonicUs),
    ),
    loop_delay_p99_ms: host.loopDelay().p99Ms,
    venue: venueShown(system),
    ingress: {
      health: gate.health,
      admitted: gate.counters.admitted,
      duplicates: gate.counters.duplicates,
      quarantined: gate.counters.quarantined,
    },
    store: storeShown(store()),
    orders: ordersShown(system),
    positions: positionsShown(system),
    reconciliation: reconciliationShown(system),
    runners: runners.map((runner) => {
      const { runnerId, bundle, state, cause, decisions, late, failures } = runner.status();
      return { runner_id: runnerId, bundle, state, cause, decisions, late, failures };
    }),
    owner_view: ownerViewShown(
      ownerViewOf(system.guard, policy.guard, idle, system.reconciliation.adoptable.length),
    ),
  };
  return { ...known, unknown: unknownKeys(known) };
}

/** Reasons why the daemon is not ready to trade; empty: it is. */
export function notReadyReasons(system: System): string[] {
  const { guard, venue, journal } = system;
  const reasons: string[] = [];
  if (!venue.isLive) reasons.push(`venue session is ${venue.state}: ${venue.cause}`);
  if (guard.latch.blocked) reasons.push(`not reconciled: ${guard.latch.reasons.join(', ')}`);
  if (guard.evidence !== 'GREEN') reasons.push('evidence chain is not GREEN');
  if (journal.closedBy !== undefined) reasons.push('the journal is closed');
  return reasons;
}

export function statusSource(options: StatusSourceOptions): StatusSource {
  const { system, buildId, startedUs } = options;
  const { clock, telemetry } = system.options.ports;
  return {
    status: () => statusOf(options),
    health: () => ({
      ok: true,
      build_id: buildId,
      contract_version: contractVersion,
      uptime_s: (clock.monotonicUs() - startedUs) / usPerSecond,
    }),
    ready: () => {
      const reasons = notReadyReasons(system);
      return { ready: reasons.length === 0, reasons };
    },
    metrics: (format) => telemetry.metrics.render(format),
  };
}
