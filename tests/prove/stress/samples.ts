/** What the daemon says of itself under load: once a second its status, and its metrics at the end. */
import { readFileSync } from 'node:fs';
import { ask } from '../../fixtures/system/ask.ts';
import type { TrialSystem } from '../phase2/trial-system.ts';
import { sleepMs } from '../restart-loop/clock.ts';

export interface Sample {
  readonly atS: number;
  readonly mode: string;
  readonly reasons: readonly string[];
  readonly health: string;
  /** Market events decided on since the start. */
  readonly events: number;
  readonly queueDepth: number;
  readonly queueCapacity: number;
  readonly enqueueFailures: number;
  readonly gateBacklog: number;
  readonly loopDelayP99Ms: number | null;
  readonly streamLagMs: number | null;
  readonly rssMib: number;
  readonly dispatched: number;
}

/** The value of a metric without labels; 0 when it was never set. */
export function metricOf(text: string, name: string): number {
  return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1] ?? 0);
}

export async function metricsText(system: TrialSystem): Promise<string> {
  const { text } = await ask(`${system.endpoints().status_url.replace(/\/api.*$/, '')}/metrics`);
  return text;
}

function rssMib(pid: number): number {
  const text = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Math.round(Number(/VmRSS:\s+(\d+)/.exec(text)?.[1] ?? 0) / 1_024);
}

async function sample(system: TrialSystem, atS: number): Promise<Sample | undefined> {
  const status = await system.status();
  if (status === undefined) return undefined;
  const { ingress } = status;
  return {
    atS,
    mode: status.trading_mode,
    reasons: status.mode_reasons,
    health: ingress.health,
    events: ingress.admitted + ingress.duplicates + ingress.quarantined,
    queueDepth: status.wal_queue_depth,
    queueCapacity: status.wal_queue_capacity,
    enqueueFailures: status.wal_queue_enqueue_failures,
    gateBacklog: metricOf(await metricsText(system), 'holdfast_gate_backlog'),
    loopDelayP99Ms: status.loop_delay_p99_ms,
    streamLagMs: status.ws_event_lag_ms,
    rssMib: rssMib(system.daemon.pid),
    dispatched: status.orders.dispatched,
  };
}

/** Samples for that long; `each` runs beside every sample. Throws when the daemon ends. */
export async function sampled(
  system: TrialSystem,
  seconds: number,
  each: () => Promise<void>,
): Promise<Sample[]> {
  const samples: Sample[] = [];
  const startedMs = performance.now();
  for (;;) {
    const atS = (performance.now() - startedMs) / 1_000;
    if (!system.daemon.isAlive) throw new Error(`the daemon ended: ${system.daemon.said}`);
    const one = await sample(system, atS);
    if (one !== undefined) samples.push(one);
    if (atS >= seconds) return samples;
    await each();
    await sleepMs(1_000);
  }
}

/** One row of a latency table, from the buckets of a histogram; upper bounds, so never too kind. */
export interface LatencyRow {
  readonly name: string;
  readonly count: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly p999Ms: number;
}

/** All label sets of a histogram together; undefined when it never counted. */
export function latencyOf(text: string, name: string): LatencyRow | undefined {
  const buckets = new Map<number, number>();
  for (const [, labels = '', value] of text.matchAll(
    new RegExp(`^${name}_bucket\\{([^}]*)\\} (\\S+)`, 'gm'),
  )) {
    const bound = /le="([^"]+)"/.exec(labels)?.[1] ?? '';
    const upper = bound === '+Inf' ? Number.POSITIVE_INFINITY : Number(bound);
    buckets.set(upper, (buckets.get(upper) ?? 0) + Number(value));
  }
  const bounds = [...buckets.keys()].sort((a, b) => a - b);
  const count = buckets.get(Number.POSITIVE_INFINITY) ?? 0;
  if (count === 0) return undefined;
  const quantile = (share: number): number => {
    const bound = bounds.find((upper) => (buckets.get(upper) ?? 0) >= share * count);
    return Math.round((bound ?? Number.NaN) * 1e6) / 1e3;
  };
  return { name, count, p50Ms: quantile(0.5), p99Ms: quantile(0.99), p999Ms: quantile(0.999) };
}
