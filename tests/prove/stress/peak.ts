/**
 * The busiest second of the real recordings: messages received within any one second, both markets
 * that were recorded at the same time together. Recordings are never part of the project.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { packageRoot } from '../../fixtures/system/profile-files.ts';

const recordings = ['btcusd_perp_20240808.gz', 'ethusd_perp_20240808.gz'] as const;
const directory = join(packageRoot, '../shared/data/binance-coinm');

export interface Peak {
  readonly recordings: readonly string[];
  readonly messages: number;
  readonly seconds: number;
  readonly meanPerSecond: number;
  readonly peakPerSecond: number;
}

/** Receive times in nanoseconds begin each line. */
function timesMsOf(file: string): number[] {
  const lines = gunzipSync(readFileSync(join(directory, file)))
    .toString('utf8')
    .split('\n');
  return lines.filter((line) => line !== '').map((line) => Number(line.slice(0, 13)));
}

/** Undefined where the recordings are not on this machine. */
export function measuredPeak(): Peak | undefined {
  if (!existsSync(directory)) return undefined;
  const times = recordings.flatMap(timesMsOf).sort((a, b) => a - b);
  let peak = 0;
  let from = 0;
  for (const [to, ms] of times.entries()) {
    while (ms - (times[from] as number) >= 1_000) from += 1;
    peak = Math.max(peak, to - from + 1);
  }
  const seconds = ((times.at(-1) ?? 0) - (times[0] ?? 0)) / 1_000;
  return {
    recordings,
    messages: times.length,
    seconds,
    meanPerSecond: times.length / seconds,
    peakPerSecond: peak,
  };
}
