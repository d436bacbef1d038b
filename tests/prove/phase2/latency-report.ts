/** Writes measured latencies: the samples as JSON, a table into `docs/performance.md`. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { packageRoot } from '../../fixtures/system/profile-files.ts';
import { type Provenance, provenanceOf, table } from '../page.ts';
import { type Latency, type LatencyPlan, measureLatencies } from './latencies.ts';

const begin = '<!-- latencies:begin -->';
const end = '<!-- latencies:end -->';
const command = 'npm run prove -- latencies';

export function quantile(samples: readonly number[], share: number): number {
  const sorted = [...samples].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}

function rowOf({ name, targetMs, samplesMs, from, to }: Latency): string[] {
  const p99 = quantile(samplesMs, 0.99);
  return [
    name,
    String(samplesMs.length),
    `${quantile(samplesMs, 0.5)} ms`,
    `${p99} ms`,
    `${quantile(samplesMs, 1)} ms`,
    p99 <= targetMs ? `met: p99 ≤ ${targetMs} ms` : `**MISSED**: p99 ${p99} ms > ${targetMs} ms`,
    `${from} … ${to}`,
  ];
}

function sectionOf(latencies: readonly Latency[], load: string, provenance: Provenance): string {
  const { date_utc, runtime } = provenance;
  return [
    begin,
    `Measured ${date_utc.slice(0, 10)} with \`${command}\`, ${runtime}, ${load}. Real processes over loopback sockets; samples in \`evidence/phase2/latencies.json\`.`,
    '',
    table(['what', 'samples', 'p50', 'p99', 'max', 'target', 'from … to'], latencies.map(rowOf)),
    end,
  ].join('\n');
}

function writeInto(path: string, section: string): void {
  const text = readFileSync(path, 'utf8');
  const from = text.indexOf(begin);
  const to = text.indexOf(end);
  if (from < 0 || to < from) throw new Error(`${path} has no ${begin} … ${end}`);
  writeFileSync(path, text.slice(0, from) + section + text.slice(to + end.length));
}

function loadText(): string {
  return (loadavg()[0] ?? 0).toFixed(1);
}

/** Fields of `/proc/self/stat` after the name of the command; the policy is the 41st in all. */
const policyField = 38;

/** How the machine schedules these processes: it decides what load does to them. */
function schedulingText(): string {
  const stat = readFileSync('/proc/self/stat', 'utf8');
  const policy = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[policyField];
  return policy === '0' ? 'ordinary scheduling' : 'real-time scheduling (`chrt -r`)';
}

/** True when every target was met. */
export async function proveLatencies(plan: LatencyPlan, write: boolean): Promise<boolean> {
  const before = loadText();
  const latencies = await measureLatencies(plan);
  const cores = cpus().length;
  const load = `load ${before} before and ${loadText()} after on ${cores} cores, ${schedulingText()}`;
  const provenance = provenanceOf(command, '1');
  for (const latency of latencies) console.error(rowOf(latency).slice(0, 6).join('  '));
  if (write) {
    const directory = join(packageRoot, 'evidence/phase2');
    mkdirSync(directory, { recursive: true });
    const record = { ...provenance, load, latencies };
    writeFileSync(join(directory, 'latencies.json'), `${JSON.stringify(record, null, 2)}\n`);
    writeInto(join(packageRoot, 'docs/performance.md'), sectionOf(latencies, load, provenance));
  }
  return latencies.every(({ samplesMs, targetMs }) => quantile(samplesMs, 0.99) <= targetMs);
}
