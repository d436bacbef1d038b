/**
 * Journal append against its floor: the same number of callers waiting for 512-byte records, the
 * same group commit, into a preallocated file, without framing, crc, hash, offsets or recovery.
 * Like is compared with like: sync on the loop, or on the thread pool.
 */
import fs from 'node:fs';
import { join } from 'node:path';
import { productionPorts } from '../../daemon/ports/production/index.ts';
import { openJournal, type StreamConfig } from '../../streams/journal/index.ts';
import {
  type BenchOptions,
  type BenchRow,
  interleave,
  percentile,
  roundsOf,
  type Sample,
  spreadOf,
  type Target,
} from './harness.ts';

const recordBytes = 512;
const mib = 1024 * 1024;
const fullFileBytes = 64 * mib;
const quickFileBytes = 16 * mib;
/** Of the streams that are not measured. */
const idleSegmentBytes = 2 * mib;
/** Fewer than half a segment: the floor prepares no next file, so we must not either. */
const maxFileShare = 0.45;
const waitingCounts = [1, 16, 256] as const;

type Append = (record: Uint8Array) => Promise<unknown>;

/** Keeps `waiting` appends outstanding until `total` are acknowledged. */
async function drive(append: Append, waiting: number, total: number): Promise<Sample> {
  const record = Buffer.alloc(recordBytes, 0x61);
  const latenciesUs = new Float64Array(total);
  let started = 0;
  const caller = async (): Promise<void> => {
    while (started < total) {
      const slot = started;
      started += 1;
      const from = performance.now();
      await append(record);
      latenciesUs[slot] = (performance.now() - from) * 1000;
    }
  };
  const from = performance.now();
  await Promise.all(Array.from({ length: waiting }, caller));
  const seconds = (performance.now() - from) / 1000;
  return {
    perSecond: total / seconds,
    p50Us: percentile(latenciesUs, 0.5),
    p99Us: percentile(latenciesUs, 0.99),
  };
}

function fileBytesOf(options: BenchOptions): number {
  return options.quick ? quickFileBytes : fullFileBytes;
}

type FloorStyle = 'pool' | 'sync-on-pool' | 'loop';

/** Group commit with nothing around it: one buffer, one write, one fdatasync, all waiters resolved. */
function bareAppend(
  path: string,
  style: FloorStyle,
  fileBytes: number,
): { append: Append; close: () => void } {
  const fd = fs.openSync(path, 'w+');
  const zeros = Buffer.alloc(1 << 20);
  for (let at = 0; at < fileBytes; at += zeros.length) fs.writeSync(fd, zeros, 0, zeros.length, at);
  fs.fsyncSync(fd);
  const buffer = Buffer.alloc(512 * recordBytes);
  let used = 0;
  let position = 0;
  let waiters: Array<() => void> = [];
  let state: 'idle' | 'scheduled' | 'busy' = 'idle';
  let pending: Uint8Array[] = [];
  const commit = (): void => {
    state = 'busy';
    used = 0;
    for (const record of pending) {
      buffer.set(record, used);
      used += record.length;
    }
    pending = [];
    const done = waiters;
    waiters = [];
    if (position + used > fileBytes) position = 0;
    const at = position;
    position += used;
    const finish = (error: Error | null): void => {
      if (error !== null) throw error;
      state = 'idle';
      for (const resolve of done) resolve();
      if (waiters.length > 0) schedule();
    };
    if (style === 'pool') {
      fs.write(fd, buffer, 0, used, at, (error) => {
        if (error !== null) throw error;
        fs.fdatasync(fd, finish);
      });
      return;
    }
    fs.writeSync(fd, buffer, 0, used, at);
    if (style === 'sync-on-pool') {
      fs.fdatasync(fd, finish);
      return;
    }
    fs.fdatasyncSync(fd);
    finish(null);
  };
  const schedule = (): void => {
    if (state !== 'idle') return;
    state = 'scheduled';
    setImmediate(commit);
  };
  const append: Append = (record) =>
    new Promise<void>((resolve) => {
      pending.push(record);
      waiters.push(resolve);
      schedule();
    });
  return { append, close: () => fs.closeSync(fd) };
}

async function floorRound(
  options: BenchOptions,
  style: FloorStyle,
  waiting: number,
  total: number,
): Promise<Sample> {
  const bare = bareAppend(join(options.scratch, 'floor.bin'), style, fileBytesOf(options));
  try {
    return await drive(bare.append, waiting, total);
  } finally {
    bare.close();
  }
}

async function journalRound(
  options: BenchOptions,
  config: Partial<StreamConfig>,
  waiting: number,
  total: number,
): Promise<Sample> {
  const ports = productionPorts({ log: { level: 'silent', destination: 'stderr' } });
  const directory = join(options.scratch, 'journal');
  fs.rmSync(directory, { recursive: true, force: true });
  const segmentBytes = idleSegmentBytes;
  const journal = await openJournal(ports, directory, {
    streams: {
      traffic: { ...config, segmentBytes: fileBytesOf(options) },
      ledger: { segmentBytes },
      control: { segmentBytes },
      audit: { segmentBytes },
    },
  });
  try {
    const traffic = journal.stream('traffic');
    return await drive((record) => traffic.append(record), waiting, total);
  } finally {
    await journal.close();
  }
}

/** Where the sync runs: on the loop (`ledger`, `control`) or on the pool (`traffic`, `audit`). */
type Place = 'loop' | 'pool';

interface Measured {
  readonly floor: readonly Sample[];
  readonly ours: readonly Sample[];
  readonly notes: readonly string[];
}

const rate = (of: readonly Sample[]): number => spreadOf(of.map((s) => s.perSecond)).median;

async function measured(
  options: BenchOptions,
  place: Place,
  waiting: number,
  total: number,
): Promise<Measured> {
  const rounds = roundsOf(options);
  if (place === 'loop') {
    const samples = await interleave(rounds, {
      floor: () => floorRound(options, 'loop', waiting, total),
      ours: () => journalRound(options, { commit: 'synchronous' }, waiting, total),
    });
    return { ...samples, notes: [] };
  }
  const samples = await interleave(rounds, {
    pool: () => floorRound(options, 'pool', waiting, total),
    'sync-on-pool': () => floorRound(options, 'sync-on-pool', waiting, total),
    ours: () => journalRound(options, {}, waiting, total),
  });
  const name = rate(samples.pool) > rate(samples['sync-on-pool']) ? 'pool' : 'sync-on-pool';
  return {
    floor: samples[name],
    ours: samples.ours,
    notes: [
      `the floor is the faster of two: ${name === 'pool' ? 'write and' : 'only the'} sync there`,
    ],
  };
}

async function rowFor(options: BenchOptions, place: Place, waiting: number): Promise<BenchRow> {
  const commits = options.quick ? 150 : 600;
  const maxRecords = Math.floor((fileBytesOf(options) * maxFileShare) / recordBytes);
  const total = Math.min(waiting * commits, maxRecords);
  const { floor, ours, notes } = await measured(options, place, waiting, total);
  const ratios = ours.map((sample, at) => sample.perSecond / (floor[at]?.perSecond ?? 1));
  const tails = ours.map((sample, at) => (sample.p99Us ?? 0) / (floor[at]?.p99Us ?? 1));
  return {
    name: `3 journal append, sync on the ${place}, ${waiting} waiting`,
    unit: 'records/s',
    floor: spreadOf(floor.map((sample) => sample.perSecond)),
    ours: spreadOf(ours.map((sample) => sample.perSecond)),
    ratio: spreadOf(ratios),
    peer: 'lmdb, better-sqlite3: peer not run',
    floorP99Us: spreadOf(floor.map((sample) => sample.p99Us ?? 0)),
    oursP99Us: spreadOf(ours.map((sample) => sample.p99Us ?? 0)),
    targets: [
      { name: '× floor', value: spreadOf(ratios).median, limit: 0.9, holds: 'at least' },
      { name: 'p99 × floor', value: spreadOf(tails).median, limit: 1.15, holds: 'at most' },
    ],
    notes,
  };
}

/** Rows of one place, and how far group commit at 256 carries beyond one at a time. */
async function rowsFor(options: BenchOptions, place: Place): Promise<readonly BenchRow[]> {
  const rows: BenchRow[] = [];
  for (const waiting of waitingCounts) rows.push(await rowFor(options, place, waiting));
  const single = rows[0]?.ours.median ?? 0;
  return rows.map((row, at) => {
    if (waitingCounts[at] !== 256) return row;
    const value = row.ours.median / single;
    const target: Target = { name: '× single', value, limit: 70, holds: 'at least' };
    return { ...row, targets: [...row.targets, target] };
  });
}

/** Row 3 of the performance targets, in both commit modes. */
export async function journalBench(options: BenchOptions): Promise<readonly BenchRow[]> {
  return [...(await rowsFor(options, 'loop')), ...(await rowsFor(options, 'pool'))];
}
