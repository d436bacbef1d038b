/** What the status port answers besides the status: system, scheduler, accounts, diagnostics. */
import { usPerSecond } from '../../streams/facts/time.ts';
import type { OperationsSource } from '../http/operations-routes.ts';
import type { DiagnosticsV1 } from '../http/operations-schema.ts';
import { accountsOf } from './accounts-source.ts';
import type { ErrorRing } from './error-ring.ts';
import { contractVersion } from './identity.ts';
import { breakerRows, schedulerOf } from './scheduler-source.ts';
import type { StatusSourceOptions } from './status-source.ts';
import { systemStatusOf } from './system-status-source.ts';

export interface OperationsSourceOptions extends StatusSourceOptions {
  readonly errors: ErrorRing;
}

function queuesOf({ journal, gate, execution }: StatusSourceOptions['system']) {
  const streams = (['ledger', 'traffic', 'control', 'audit'] as const).map((name) => {
    const { queueDepth, queueCapacity, enqueueFailures } = journal.stream(name);
    const base = { depth: queueDepth, capacity: queueCapacity, refused: enqueueFailures };
    return { name: `journal.${name}`, ...base };
  });
  const bare = (name: string, depth: number) => ({ name, depth, capacity: null, refused: null });
  return [
    ...streams,
    bare('ingress.backlog', gate.backlog),
    bare('ingress.quarantine', gate.quarantine.size),
    bare('execution.in_doubt', execution.inDoubtCount),
  ];
}

function storeOf({ store }: StatusSourceOptions): DiagnosticsV1['store'] {
  const { kind, view } = store();
  const streams = view?.health?.streams;
  return {
    kind,
    state: view?.state ?? 'off',
    code: view?.code ?? null,
    reason: view?.reason ?? null,
    restarts: view?.restarts ?? 0,
    probe_age_ms: view?.health?.probeAgeMs ?? null,
    lag_records: streams?.reduce((sum, { lagRecords }) => sum + lagRecords, 0) ?? null,
  };
}

function diagnosticsOf(options: OperationsSourceOptions, traceId: string): DiagnosticsV1 {
  const { system, buildId, startedUs, store, errors } = options;
  const { ports, runId, config } = system.options;
  const { clock, host } = ports;
  const { p50Ms, p99Ms, maxMs } = host.loopDelay();
  const { rssBytes, heapUsedBytes } = host.memory();
  return {
    build_id: buildId,
    contract_version: contractVersion,
    node: host.nodeVersion,
    platform: host.platform,
    pid: host.pid,
    run_id: runId,
    uptime_s: (clock.monotonicUs() - startedUs) / usPerSecond,
    runtime_config_hash: config.runtimeConfigHash,
    policy_rev: system.policyRev,
    journal_epoch: system.journal.epoch,
    queues: queuesOf(system),
    loop_delay_ms: { p50: p50Ms, p99: p99Ms, max: maxMs },
    memory: { rss_bytes: rssBytes, heap_used_bytes: heapUsedBytes },
    cpu_s: host.cpuSeconds(),
    store: storeOf(options),
    breakers: breakerRows(system, store().view),
    last_errors: [...errors.newest],
    trace_id: traceId,
  };
}

export function operationsSource(options: OperationsSourceOptions): OperationsSource {
  const { system, store, errors } = options;
  return {
    system: (traceId) => systemStatusOf(system, store().view, errors.newest, traceId),
    scheduler: (traceId) => schedulerOf(system, store().view, errors.newest, traceId),
    accounts: (traceId) => accountsOf(system, traceId),
    diagnostics: (traceId) => diagnosticsOf(options, traceId),
  };
}
