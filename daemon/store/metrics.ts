/** Metrics of the store, derived in the daemon from what the store process tells. */
import { breakerStateValue } from '../../actors/supervision/index.ts';
import type { Metrics } from '../../streams/ports/index.ts';
import type { StoreHealth } from './protocol.ts';

/** The engine answered within this: the store counts as up. */
const upProbeAgeMs = 5_000;
const msPerSecond = 1_000;

/** Publishes one word of the process; `previous` is the last one of the same process, if any. */
export function storeMetrics(
  metrics: Metrics,
): (health: StoreHealth | undefined, previous: StoreHealth | undefined) => void {
  const up = metrics.gauge('holdfast_store_up');
  const lagRecords = metrics.gauge('holdfast_ship_lag_records');
  const lagSeconds = metrics.gauge('holdfast_ship_lag_seconds');
  const shipped = metrics.counter('holdfast_shipped_rows_total');
  const failures = metrics.counter('holdfast_ship_failures_total');
  const breaker = metrics.gauge('holdfast_breaker_state');
  const openings = metrics.counter('holdfast_breaker_openings_total');
  return (health, previous) => {
    if (health?.breaker) {
      const { key, state } = health.breaker;
      breaker.set(breakerStateValue[state], key);
      if (state === 'open' && previous?.breaker?.state !== 'open') openings.increment(1, key);
    }
    up.set(health !== undefined && health.probeAgeMs < upProbeAgeMs ? 1 : 0);
    for (const stream of health?.streams ?? []) {
      const before = previous?.streams.find((other) => other.stream === stream.stream);
      lagRecords.set(stream.lagRecords, stream.stream);
      lagSeconds.set(stream.lagMs / msPerSecond, stream.stream);
      for (const [table, rows] of Object.entries(stream.rowsByTable)) {
        shipped.increment(rows - (before?.rowsByTable[table] ?? 0), table);
      }
      failures.increment(stream.failures - (before?.failures ?? 0), 'insert');
    }
  };
}
