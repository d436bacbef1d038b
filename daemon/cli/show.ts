/** `holdfast show system | scheduler | accounts | diagnostics`: what the status port says besides the status. */
import { HoldfastError } from '../../streams/facts/errors.ts';
import {
  type AccountsV1,
  accountsSchema,
  type DiagnosticsV1,
  diagnosticsSchema,
  type SchedulerV1,
  type SystemStatusV1,
  schedulerSchema,
  systemStatusSchema,
} from '../http/operations-schema.ts';
import { type DaemonOptions, getJson, statusUrl } from './client.ts';
import { type CommandEnvironment, printJson, renderTable } from './terminal.ts';

export const shownThings = ['system', 'scheduler', 'accounts', 'diagnostics'] as const;
export type ShownThing = (typeof shownThings)[number];

function amount(value: number | null): string {
  return value === null ? 'unknown' : String(Number(value.toPrecision(8)));
}

function systemText({ system_status, blockers, degraded, ...rest }: SystemStatusV1): string {
  const rows = [...blockers, ...degraded].map(({ code, severity, message, suggested_fix = '' }) => [
    code,
    severity,
    message,
    suggested_fix,
  ]);
  const { configured, connected } = rest.integrations;
  const head = `${system_status}  autonomy ${rest.autonomy_allowed ? 'allowed' : 'not allowed'}, ${connected}/${configured} integrations connected, ${rest.scheduler.circuit_breakers_open} breakers open`;
  if (rows.length === 0) return head;
  return `${head}\n\n${renderTable(['code', 'severity', 'message', 'fix'], rows)}`;
}

function schedulerText({ active, loops, breakers }: SchedulerV1): string {
  const loopRows = loops.map((loop) => [
    loop.name,
    `${loop.interval_ms} ms`,
    loop.last_tick_at ?? 'never',
    String(loop.ticks),
    String(loop.late_ticks),
    loop.late ? 'LATE' : '',
  ]);
  const breakerRows = breakers.map((row) => [
    row.key,
    row.state,
    String(row.failures),
    row.last_error_code ?? '',
    row.next_probe_at ?? '',
  ]);
  return [
    active ? 'the loops turn' : 'a loop is late',
    renderTable(['loop', 'interval', 'last tick', 'ticks', 'late ticks', ''], loopRows),
    renderTable(['breaker', 'state', 'failures', 'last error', 'next probe'], breakerRows),
  ].join('\n\n');
}

function accountsText({ accounts }: AccountsV1): string {
  return accounts
    .map((one) => {
      const currencies = one.currencies.map((row) => [
        row.currency,
        amount(row.equity_float),
        amount(row.available_float),
        amount(row.maintenance_margin_float),
        amount(row.margin_use_ratio),
      ]);
      const limits = one.limits.map((row) => [
        row.limit,
        row.scope,
        amount(row.current_float),
        row.max === null ? 'not set' : amount(row.max),
        amount(row.distance_float),
        row.unit,
      ]);
      return [
        `${one.venue} ${one.account}: ${one.positions.length} positions, ${one.orders.length} orders`,
        renderTable(['currency', 'equity', 'available', 'maintenance', 'margin use'], currencies),
        renderTable(['limit', 'of', 'now', 'max', 'distance', 'unit'], limits),
      ].join('\n\n');
    })
    .join('\n\n');
}

function diagnosticsText(shown: DiagnosticsV1): string {
  const queues = shown.queues.map(({ name, depth, capacity, refused }) => [
    name,
    String(depth),
    capacity === null ? '' : String(capacity),
    refused === null ? '' : String(refused),
  ]);
  const errors = shown.last_errors.map(({ at, level, event, code }) => [
    at,
    level,
    event,
    code ?? '',
  ]);
  return [
    `build ${shown.build_id}, config ${shown.runtime_config_hash.slice(0, 12)}, policy ${shown.policy_rev.slice(0, 12)}, store ${shown.store.kind} ${shown.store.state}`,
    `loop p99 ${amount(shown.loop_delay_ms.p99)} ms, memory ${Math.round(shown.memory.rss_bytes / 1_048_576)} MiB, cpu ${amount(shown.cpu_s)} s`,
    renderTable(['queue', 'depth', 'capacity', 'refused'], queues),
    ...(errors.length === 0 ? [] : [renderTable(['at', 'level', 'event', 'code'], errors)]),
  ].join('\n\n');
}

const pages = {
  system: {
    path: '/api/system/status',
    render: (value: unknown) => systemText(systemStatusSchema.parse(value)),
  },
  scheduler: {
    path: '/api/scheduler/status',
    render: (value: unknown) => schedulerText(schedulerSchema.parse(value)),
  },
  accounts: {
    path: '/api/accounts',
    render: (value: unknown) => accountsText(accountsSchema.parse(value)),
  },
  diagnostics: {
    path: '/api/diagnostics',
    render: (value: unknown) => diagnosticsText(diagnosticsSchema.parse(value)),
  },
} as const satisfies Record<ShownThing, unknown>;

/** Exit code 0 when the daemon answered. Rejects with SCHEMA_INVALID when it speaks another version. */
export async function showCommand(
  environment: CommandEnvironment,
  what: ShownThing,
  options: DaemonOptions,
): Promise<number> {
  const { path, render } = pages[what];
  const { value } = await getJson(environment, statusUrl(environment, options), path);
  let text: string;
  try {
    text = render(value);
  } catch (cause) {
    const message = 'the daemon speaks another version: use its own CLI';
    throw new HoldfastError('SCHEMA_INVALID', message, { cause });
  }
  if (environment.json) printJson(environment.terminal, value);
  else environment.terminal.out(text);
  return 0;
}
