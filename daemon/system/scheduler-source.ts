/** `/api/scheduler/status`: whether the loops turn, and what is left alone because it fails. Reads only. */
import type { BreakerView } from '../../actors/supervision/index.ts';
import { isoFromUs, usPerMs } from '../../streams/facts/time.ts';
import type { BreakerRow, LoggedError, SchedulerV1 } from '../http/operations-schema.ts';
import type { StoreView } from '../store/supervise.ts';
import type { System } from '../system.ts';

/** Why the two are off, whatever the state. */
const notBuilt = {
  supervisor_loop_active: 'runners that fail are not restarted by this build',
  timeout_worker_active: 'heartbeats of runners are not judged by this build',
};

const iso = (us: number | null): string | null => (us === null ? null : isoFromUs(Math.floor(us)));

/** Every breaker of the daemon, and the one that the store process tells of. */
export function breakerRows(system: System, store: StoreView | undefined): BreakerRow[] {
  const told = store?.health?.breaker;
  const all: BreakerView[] = [...system.breakers.all, ...(told ? [told] : [])];
  const nowUs = system.options.ports.clock.nowUs();
  return all.map(({ key, state, failures, openings, lastCode, probeInMs }) => ({
    key,
    state,
    failures,
    openings_in_a_row: openings,
    last_error_code: lastCode,
    next_probe_at: probeInMs === null ? null : iso(nowUs + probeInMs * usPerMs),
  }));
}

export function schedulerOf(
  system: System,
  store: StoreView | undefined,
  errors: readonly LoggedError[],
  traceId: string,
): SchedulerV1 {
  const loops = system.loops.all;
  const ticks = loops.flatMap(({ lastTickUs }) => (lastTickUs === null ? [] : [lastTickUs]));
  return {
    active: loops.length > 0 && !loops.some(({ isLate }) => isLate),
    supervisor_loop_active: false,
    timeout_worker_active: false,
    last_tick_at: ticks.length === 0 ? null : iso(Math.max(...ticks)),
    loops: loops.map((loop) => ({
      name: loop.name,
      interval_ms: loop.intervalMs,
      last_tick_at: iso(loop.lastTickUs),
      next_tick_at: isoFromUs(Math.floor(loop.nextTickUs)),
      ticks: loop.ticks,
      late_ticks: loop.lateTicks,
      late: loop.isLate,
    })),
    breakers: breakerRows(system, store),
    internal_errors: errors.filter(({ code }) => code === 'INTERNAL'),
    unknown: notBuilt,
    trace_id: traceId,
  };
}
