/** `holdfast status` and `holdfast health`: may it trade, why not, since when, what clears it. */
import type { StatusV1 } from '../http/status-schema.ts';
import { renderAdoptable } from './adopt.ts';
import { type DaemonOptions, readHealth, readStatus } from './client.ts';
import { ownerScreen } from './owner-screen.ts';
import { type CommandEnvironment, printJson, renderTable } from './terminal.ts';

function duration(seconds: number): string {
  if (seconds < 60) return `${seconds.toFixed(0)} s`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 60 ? `${minutes} min` : `${(minutes / 60).toFixed(1)} h`;
}

function shown(value: number | null, unit = ''): string {
  return value === null ? 'unknown' : `${Number(value.toFixed(1))}${unit}`;
}

/** Prices span eight orders of magnitude: an option's 0.0125 and a perpetual's 84231.5. */
function price(value: number | null): string {
  return value === null ? 'unknown' : String(Number(value.toPrecision(8)));
}

/** The whole screen of `holdfast status`, also the picture in the README. */
export function renderStatus(status: StatusV1): string {
  const { venue, orders, ingress, store } = status;
  const lines = [
    ...ownerScreen(status),
    '',
    `stage      ${status.deployment_environment} (${status.execution}), profile ${status.profile}, up ${duration(status.uptime_s)}, run ${status.run_id}`,
    `venue      ${venue.name} ${venue.session_state}, ${venue.books_valid}/${venue.instruments} books valid, last event ${shown(venue.last_market_event_age_ms, ' ms')} ago`,
    `risk       ${status.risk_state}, latch ${status.open_permission_blocked_latch ? 'set' : 'clear'}, evidence ${status.evidence_chain_state}, margin ${shown(status.mm_util)}, disk ${shown(status.disk_used_pct)}`,
    `orders     ${orders.dispatched} sent, ${orders.fills} fills, ${orders.open} open, ${orders.in_doubt} in doubt, ${orders.rejected_by_gates} rejected by gates, ${orders.duplicate_dispatch_count} duplicates`,
    `ingest     ${ingress.health}, ${ingress.admitted} admitted, ${ingress.duplicates} duplicates, ${ingress.quarantined} quarantined`,
    `store      ${store.kind} ${store.state}, ${store.rows_written ?? 'unknown'} rows, lag ${store.lag_records ?? 'unknown'} records`,
    `loop       p99 delay ${shown(status.loop_delay_p99_ms, ' ms')}, journal queue ${status.wal_queue_depth}/${status.wal_queue_capacity}`,
  ];
  const adoptable = renderAdoptable(status.reconciliation);
  if (adoptable !== undefined) lines.push('', adoptable);
  if (status.runners.length > 0) {
    lines.push(
      '',
      renderTable(
        ['runner', 'state', 'decisions', 'late', 'failures', 'cause'],
        status.runners.map((runner) => [
          runner.runner_id,
          runner.state,
          String(runner.decisions),
          String(runner.late),
          String(runner.failures),
          runner.cause ?? '',
        ]),
      ),
    );
  }
  if (status.positions.length > 0) {
    lines.push(
      '',
      renderTable(
        ['position', 'amount', 'unit', 'average', 'realised USD'],
        status.positions.map((position) => [
          position.instrument,
          position.amount,
          position.unit,
          price(position.average_price_float),
          shown(position.realised_pnl_usd_float),
        ]),
      ),
    );
  }
  return lines.join('\n');
}

/** Exit code 0: Active. 10: ReduceOnly. 11: Kill. Others: could not be asked. */
export async function statusCommand(
  environment: CommandEnvironment,
  options: DaemonOptions,
): Promise<number> {
  const status = await readStatus(environment, options);
  if (environment.json) printJson(environment.terminal, status);
  else environment.terminal.out(renderStatus(status));
  return { Active: 0, ReduceOnly: 10, Kill: 11 }[status.trading_mode];
}

/** Exit code 0 when the daemon answers. */
export async function healthCommand(
  environment: CommandEnvironment,
  options: DaemonOptions,
): Promise<number> {
  const health = await readHealth(environment, options);
  if (environment.json) printJson(environment.terminal, health);
  else environment.terminal.out(`ok  build ${health.build_id}  up ${duration(health.uptime_s)}`);
  return health.ok ? 0 : 1;
}
