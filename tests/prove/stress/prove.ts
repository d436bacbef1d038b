/**
 * Ten times the busiest second of the real recordings, without a pause, against the shipped daemon
 * over real sockets while it trades: nothing sent twice, nothing booked wrongly, no queue beyond its
 * bound, the mode what it must be. Writes `evidence/simulation/stress.{json,md}`.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { packageRoot } from '../../fixtures/system/profile-files.ts';
import { booksChecks } from '../both-books.ts';
import {
  type Check,
  checksTable,
  pageOf,
  provenanceOf,
  provenanceTable,
  table,
  verdict,
} from '../page.ts';
import { crosser, quotes } from '../phase2/trial-policy.ts';
import { type TrialSystem, withTrial } from '../phase2/trial-system.ts';
import { VenueWord } from '../restart-loop/venue-word.ts';
import { measuredPeak } from './peak.ts';
import { type LatencyRow, latencyOf, metricsText, type Sample, sampled } from './samples.ts';

const module = fileURLToPath(new URL('./busy-venue.js', import.meta.url));
/** Measured on the recordings where they are not at hand. */
const knownPeak = 1_289;
const factor = 10;
/** Timers of a busy loop fire late: this much of the rate may be missing over the whole time. */
const rateTolerance = 0.02;
/** What the gate holds before it refuses (`defaultQueueCapacity`). */
const gateCapacity = 65_536;

const histograms = [
  'holdfast_tick_to_dispatch_seconds',
  'holdfast_gate_chain_seconds',
  'holdfast_dispatch_round_trip_seconds',
  'holdfast_ledger_sync_seconds',
  'holdfast_journal_sync_seconds',
  'holdfast_event_loop_delay_seconds',
] as const;

export interface StressRequest {
  readonly seconds: number;
  readonly seed: string;
  readonly write: boolean;
}

interface Outcome {
  readonly samples: readonly Sample[];
  readonly latencies: readonly LatencyRow[];
  readonly checks: readonly Check[];
  readonly perSecond: number;
}

function largest(samples: readonly Sample[], of: (sample: Sample) => number | null): number {
  return Math.max(...samples.map((sample) => of(sample) ?? 0));
}

function loadChecks(samples: readonly Sample[], perSecond: number, wanted: number): Check[] {
  const restricted = samples.filter(({ mode }) => mode !== 'Active');
  const reasons = [...new Set(restricted.flatMap((sample) => sample.reasons))];
  const queue = largest(samples, ({ queueDepth, queueCapacity }) => queueDepth / queueCapacity);
  const backlog = largest(samples, ({ gateBacklog }) => gateBacklog);
  const failures = largest(samples, ({ enqueueFailures }) => enqueueFailures);
  const red = samples.filter(({ health }) => health === 'RED').length;
  return [
    {
      name: 'messages a second, over the whole time',
      expected: `≥ ${wanted}`,
      observed: perSecond.toFixed(0),
      ok: perSecond >= wanted * (1 - rateTolerance),
    },
    {
      name: 'mode',
      expected: 'Active at every look',
      observed: `Active at ${samples.length - restricted.length} of ${samples.length}${reasons.length > 0 ? `; ${reasons.join()}` : ''}`,
      ok: restricted.length === 0,
    },
    {
      name: 'modes without a reason',
      expected: '0',
      observed: String(restricted.filter((sample) => sample.reasons.length === 0).length),
      ok: restricted.every((sample) => sample.reasons.length > 0),
    },
    {
      name: 'journal queues',
      expected: '≤ 100 % full, 0 refused',
      observed: `${(queue * 100).toFixed(2)} % full, ${failures} refused`,
      ok: queue <= 1 && failures === 0,
    },
    {
      name: 'backlog of the ingestion gate',
      expected: `≤ ${gateCapacity}, never RED`,
      observed: `${backlog}, RED at ${red} looks`,
      ok: backlog <= gateCapacity && red === 0,
    },
  ];
}

async function underLoad(system: TrialSystem, seconds: number, wanted: number): Promise<Outcome> {
  await system.untilActive();
  const venue = new VenueWord(system.venue.address);
  const samples = await sampled(system, seconds, async () => {
    // The venue remembers its last thousand trades: they are collected on the way.
    await venue.account().catch(() => undefined);
  });
  const text = await metricsText(system);
  const latencies = histograms.flatMap((name) => latencyOf(text, name) ?? []);
  const [first] = samples;
  const last = samples.at(-1);
  const passedS = (last?.atS ?? 0) - (first?.atS ?? 0);
  const perSecond = ((last?.events ?? 0) - (first?.events ?? 0)) / Math.max(1e-9, passedS);
  const checks = loadChecks(samples, perSecond, wanted);
  return {
    samples,
    latencies,
    perSecond,
    checks: [...checks, ...(await booksChecks(system, venue))],
  };
}

function page(request: StressRequest, outcome: Outcome, load: string, wanted: number): string {
  const { samples, latencies, checks, perSecond } = outcome;
  const peak = measuredPeak();
  const latencyRows = latencies.map(({ name, count, p50Ms, p99Ms, p999Ms }) => [
    `\`${name}\``,
    count,
    `≤ ${p50Ms} ms`,
    `≤ ${p99Ms} ms`,
    `≤ ${p999Ms} ms`,
  ]);
  const source =
    peak === undefined
      ? `${knownPeak} messages in the busiest second (recordings not at hand: as measured before)`
      : `${peak.messages} messages in ${peak.seconds.toFixed(0)} s, ${peak.meanPerSecond.toFixed(0)} a second on average, ${peak.peakPerSecond} in the busiest second (${peak.recordings.join(', ')} together)`;
  return pageOf([
    '# Stress: ten times the busiest recorded second',
    provenanceTable(provenanceOf(commandOf(request), request.seed)),
    `Recorded: ${source}. Played: ${wanted} a second for ${request.seconds} s against the shipped daemon, in a process of its own, over real sockets, while two strategies trade. ${load}.`,
    verdict(checks),
    checksTable(checks),
    '## Latencies under load',
    'Upper bounds of histogram buckets, from the daemon’s own metrics.',
    table(['what', 'samples', 'p50', 'p99', 'p99.9'], latencyRows),
    '## What the daemon said',
    table(
      ['', 'largest'],
      [
        ['messages a second, measured', perSecond.toFixed(0)],
        ['loop delay p99, ms', largest(samples, ({ loopDelayP99Ms }) => loopDelayP99Ms).toFixed(1)],
        ['stream lag, ms', largest(samples, ({ streamLagMs }) => streamLagMs).toFixed(1)],
        ['resident memory, MiB', largest(samples, ({ rssMib }) => rssMib)],
      ],
    ),
  ]);
}

function commandOf({ seconds, seed }: StressRequest): string {
  return `npm run prove -- stress --seconds ${seconds} --seed ${seed}`;
}

/** True when every check passed. */
export async function proveStress(request: StressRequest): Promise<boolean> {
  const wanted = (measuredPeak()?.peakPerSecond ?? knownPeak) * factor;
  const directory = mkdtempSync(join(tmpdir(), 'holdfast-stress-'));
  const before = loadavg()[0] ?? 0;
  let outcome: Outcome | undefined;
  try {
    const venue = { module, arguments: ['--rate', String(wanted)] };
    const strategies = [crosser, quotes('ETH-PERPETUAL')];
    await withTrial(directory, { seed: request.seed, strategies, venue }, async (system) => {
      outcome = await underLoad(system, request.seconds, wanted);
    });
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
  if (outcome === undefined) return false;
  const load = `Load ${before.toFixed(1)} before and ${(loadavg()[0] ?? 0).toFixed(1)} after, on ${cpus().length} cores`;
  for (const { name, observed, ok } of outcome.checks)
    console.error(`${ok ? 'ok  ' : 'FAIL'} ${name}: ${observed}`);
  for (const row of outcome.latencies) console.error(JSON.stringify(row));
  if (request.write) {
    const target = join(packageRoot, 'evidence/simulation');
    mkdirSync(target, { recursive: true });
    const provenance = provenanceOf(commandOf(request), request.seed);
    const record = { ...provenance, load, wanted, peak: measuredPeak() ?? null, ...outcome };
    writeFileSync(join(target, 'stress.json'), `${JSON.stringify(record, null, 1)}\n`);
    writeFileSync(join(target, 'stress.md'), page(request, outcome, load, wanted));
  }
  return outcome.checks.every(({ ok }) => ok);
}
