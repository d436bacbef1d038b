/**
 * `/api/system/status`: may the system take new risk, what stands against it, what is not well beside it.
 * Blockers are the owner view's own codes; nothing is judged here a second time.
 */
import { ownerViewOf } from '../../actors/guard/index.ts';
import { ownerCodeRow } from '../../streams/facts/reason-codes/index.ts';
import type { LoggedError, SystemStatusV1 } from '../http/operations-schema.ts';
import type { StoreView } from '../store/supervise.ts';
import type { System } from '../system.ts';
import { schedulerOf } from './scheduler-source.ts';

type Blocker = SystemStatusV1['blockers'][number];

const unknown = {
  'proof_of_use.providers_used_24h': 'calls of providers are not recorded by this build',
  'runners.per_tier': 'runners have no autonomy tier in this build',
};

function blockersOf(system: System, traceId: string): Blocker[] {
  const { guard, policy, options } = system;
  const { codes } = ownerViewOf(guard, policy.guard, 'STATE_PAPER_MODE');
  const stands = codes.map(({ code, message, severity, condition }) => ({
    code,
    message,
    severity,
    trace_id: traceId,
    suggested_fix: `clears when ${condition}`,
  }));
  const missing = options.config.missingRequired.map((key) => ({
    code: 'ConfigMissing',
    message: `${key} is not set, so its capability is blocked`,
    severity: 'warning',
    trace_id: traceId,
    suggested_fix: `set ${key} in the launch policy`,
  }));
  return [...stands, ...missing];
}

/** What does not block, and is not well. */
function degradedOf(system: System, store: StoreView | undefined, traceId: string): Blocker[] {
  const row = (code: string, message: string, more: Partial<Blocker> = {}): Blocker => ({
    code,
    message,
    severity: 'warning',
    trace_id: traceId,
    ...more,
  });
  const storeIsWell = store === undefined || store.state === 'ready';
  return [
    ...system.breakers.all
      .filter(({ state }) => state !== 'closed')
      .map(({ key, state, lastCode }) =>
        row('CIRCUIT_OPEN', `${key} is ${state}: ${lastCode ?? 'it failed too often'}`),
      ),
    ...(storeIsWell
      ? []
      : [
          row('STORE_UNAVAILABLE', store?.reason ?? 'the store is not ready', {
            related_provider: 'clickhouse',
            suggested_fix: 'evidence waits in the journal; see /api/diagnostics',
          }),
        ]),
    ...(system.gate.health === 'GREEN'
      ? []
      : [row('INGRESS_NOT_GREEN', `the ingestion gate is ${system.gate.health}`)]),
    ...system.runners
      .map((runner) => runner.status())
      .filter(({ state }) => state === 'crashed' || state === 'timeout')
      .map(({ runnerId, state, cause }) =>
        row('RUNNER_DOWN', `${runnerId} is ${state}: ${cause ?? 'no cause'}`),
      ),
    ...system.loops.all
      .filter(({ isLate }) => isLate)
      .map(({ name }) => row('LOOP_LATE', `the loop ${name} has missed a tick`)),
  ];
}

/** The providers this build talks to: the venue, and the store where one is configured. */
function integrationsOf(
  { venue, options }: System,
  store: StoreView | undefined,
): SystemStatusV1['integrations'] {
  const hasStore = options.config.profile.wiring.store.kind !== 'none';
  const connected = [venue.isLive, ...(hasStore ? [store?.state === 'ready'] : [])];
  const up = connected.filter(Boolean).length;
  return { configured: connected.length, connected: up, degraded: connected.length - up };
}

function runnersOf({ runners }: System): SystemStatusV1['runners'] {
  const all = runners.map((runner) => runner.status());
  const perState: Record<string, number> = {};
  for (const { state } of all) perState[state] = (perState[state] ?? 0) + 1;
  return {
    per_state: perState,
    per_tier: null,
    blocked: all
      .filter(({ state }) => state === 'blocked')
      .map(({ runnerId, cause }) => ({ runner_id: runnerId, blockers: [cause ?? 'no cause'] })),
  };
}

export function systemStatusOf(
  system: System,
  store: StoreView | undefined,
  errors: readonly LoggedError[],
  traceId: string,
): SystemStatusV1 {
  const { mode } = system.guard.snapshot;
  const blockers = blockersOf(system, traceId);
  // The mode alone says whether new risk may be taken; a code without its row must not hide that.
  if (mode !== 'Active' && blockers.length === 0) {
    const { message, severity } = ownerCodeRow('EXEC_UNMAPPED_REASON_CODE');
    const code = 'EXEC_UNMAPPED_REASON_CODE';
    blockers.push({ code, message, severity, trace_id: traceId });
  }
  const degraded = degradedOf(system, store, traceId);
  const isBlocked = blockers.length > 0;
  const scheduler = schedulerOf(system, store, errors, traceId);
  const { active, supervisor_loop_active, timeout_worker_active, last_tick_at } = scheduler;
  return {
    system_status: isBlocked ? 'BLOCKED' : degraded.length > 0 ? 'DEGRADED' : 'OK',
    autonomy_allowed: !isBlocked,
    blockers,
    degraded,
    integrations: integrationsOf(system, store),
    scheduler: {
      active,
      supervisor_loop_active,
      timeout_worker_active,
      circuit_breakers_open: scheduler.breakers.filter(({ state }) => state === 'open').length,
      last_tick_at,
      trace_id: traceId,
    },
    proof_of_use: { providers_used_24h: null, provider_last_used_map: {} },
    runners: runnersOf(system),
    unknown,
    trace_id: traceId,
  };
}
