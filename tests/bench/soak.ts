/**
 * Memory over a long run: the generated market and the whole daemon under virtual time, measured
 * after a full collection every simulated minute. What must stay flat is the slope of the heap once
 * caches and windows are full; what each order leaves behind for good is counted apart.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { SoakRun, type SoakSample } from '../fixtures/soak/soak-run.ts';
import { type Bench, type BenchRow, spreadOf } from './harness.ts';

const fullMinutes = 20;
const quickMinutes = 4;
/** Windows (60 s), rings and compiled code fill up first; nothing is concluded from these minutes. */
const warmUpMinutes = 3;
/**
 * Heap growth that counts as flat, KB a simulated minute. Up to a stated number of ended orders is
 * kept whole for late messages, on both sides of the wire (about 5 KB an order, some 25 a minute),
 * and the venue fills its bounded histories: trades of each market, an hour of each index.
 */
const slopeMaxKb = 300;
const kb = 1_024;

/** Least squares of `values` against 0, 1, 2, …: units a step. */
export function slopeOf(values: readonly number[]): number {
  const meanX = (values.length - 1) / 2;
  const meanY = values.reduce((sum, value) => sum + value, 0) / values.length;
  let products = 0;
  let squares = 0;
  for (const [x, y] of values.entries()) {
    products += (x - meanX) * (y - meanY);
    squares += (x - meanX) ** 2;
  }
  return squares === 0 ? 0 : products / squares;
}

function lineOf(sample: SoakSample, wallS: number): string {
  const mb = (bytes: number): string => (bytes / kb / kb).toFixed(1).padStart(6);
  const { minute, heapBytes, rssBytes, externalBytes, events, decisions, fills, refused } = sample;
  return `  minute ${String(minute).padStart(2)}  heap ${mb(heapBytes)} MB  rss ${mb(rssBytes)} MB  external ${mb(externalBytes)} MB  ${events} events  ${decisions} decisions  ${fills} fills  ${refused} refused  ${sample.mode}  ${wallS.toFixed(1)} s`;
}

interface SoakResult {
  readonly samples: readonly SoakSample[];
  readonly violations: readonly string[];
  readonly wallS: number;
}

async function soaked(directory: string, minutes: number): Promise<SoakResult> {
  const startedMs = performance.now();
  const seconds = (): number => (performance.now() - startedMs) / 1_000;
  const run = await SoakRun.open({ seed: 'soak', directory });
  const samples: SoakSample[] = [];
  for (let minute = 0; minute < minutes; minute += 1) {
    const sample = await run.minute();
    samples.push(sample);
    console.log(lineOf(sample, seconds()));
  }
  const violations = await run.rest();
  await run.close();
  return { samples, violations, wallS: seconds() };
}

function rowOf({ samples, violations, wallS }: SoakResult): BenchRow {
  const settled = samples.slice(Math.min(warmUpMinutes, samples.length - 2));
  const heapKb = settled.map(({ heapBytes }) => heapBytes / kb);
  const rssKb = settled.map(({ rssBytes }) => rssBytes / kb);
  const first = samples[0] as SoakSample;
  const last = samples.at(-1) as SoakSample;
  const orders = (last.dispatched - first.dispatched) / Math.max(1, samples.length - 1);
  return {
    name: `soak, ${samples.length} simulated minutes`,
    unit: 'heap KB',
    floor: spreadOf([heapKb[0] ?? 0]),
    ours: spreadOf(heapKb),
    ratio: spreadOf([(heapKb.at(-1) ?? 0) / (heapKb[0] ?? 1)]),
    peer: '–',
    targets: [
      { name: 'heap KB/min', limit: slopeMaxKb, value: slopeOf(heapKb), holds: 'at most' },
      { name: 'broken promises', limit: 0, value: violations.length, holds: 'at most' },
      { name: 'fills', limit: 1, value: last.fills, holds: 'at least' },
    ],
    notes: [
      `${last.events} events, ${last.decisions} decisions, ${last.dispatched} orders (${orders.toFixed(0)} a minute), ${last.fills} fills, ${last.refused} refused`,
      `rss ${slopeOf(rssKb).toFixed(0)} KB/min, ${((samples.length * 60) / wallS).toFixed(0)}× real time, ends ${last.mode}`,
      ...violations,
    ],
  };
}

/** The floor is the heap after the warm-up, the ratio what became of it by the end. */
export const soakBench: Bench = async ({ quick, scratch }) => {
  const directory = mkdtempSync(join(scratch, 'soak-'));
  try {
    const result = await soaked(directory, quick ? quickMinutes : fullMinutes);
    const path = '.holdfast/bench/soak.json';
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, `${JSON.stringify(result, undefined, 2)}\n`);
    return [rowOf(result)];
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
};
