/**
 * Journal append against its floor: the same number of callers waiting for 512-byte records, the
 * same group commit, into a preallocated file, without framing, crc, hash, offsets or recovery.
 * Like is compared with like: sync on the loop, or on the thread pool. Files are made once, before
 * the rounds: making and removing them is not what is measured.
 */
import fs from 'node:fs';
import { join } from 'node:path';
import { productionPorts } from '../../daemon/ports/production/index.ts';
import { type Journal, openJournal, type StreamConfig } from '../../streams/journal/index.ts';
import {
  type BenchOptions,
  type BenchRow,
  interleave,
  percentile,
  roundsOf,
  type Sample,
  type Spread,
  spreadOf,
  type Target,
} from './harness.ts';
import { type Append, BareAppend, type FloorStyle } from './journal-floor.ts';
import { absence, lmdbAppend, sqliteNotRun } from './peers.ts';

const recordBytes = 512;
const mib = 1024 * 1024;
/** Of the streams that are not measured. */
const idleSegmentBytes = 2 * mib;
/** Fewer than half a segment in all rounds: the floor prepares no next file, so we must not either. */
const maxFileShare = 0.45;
const waitingCounts = [1, 16, 256] as const;
/** Commits of one round: about a tenth of a second each. */
const fullCommits = { 1: 800, 16: 500, 256: 150 } as const;
const quickShare = 0.2;
/** Unmeasured commits at the start of each round: caches and device as busy as during it. */
const warmUpShare = 0.1;

/** Keeps `waiting` appends outstanding until `total` are acknowledged. */
async function keep(
  append: Append,
  waiting: number,
  total: number,
  acknowledged: (slot: number, us: number) => void,
): Promise<number> {
  const record = Buffer.alloc(recordBytes, 0x61);
  let started = 0;
  const caller = async (): Promise<void> => {
    while (started < total) {
      const slot = started;
      started += 1;
      const from = performance.now();
      await append(record);
      acknowledged(slot, (performance.now() - from) * 1_000);
    }
  };
  const from = performance.now();
  await Promise.all(Array.from({ length: waiting }, caller));
  return (performance.now() - from) / 1_000;
}

async function drive(append: Append, waiting: number, total: number): Promise<Sample> {
  await keep(append, waiting, Math.ceil(total * warmUpShare), () => undefined);
  const latenciesUs = new Float64Array(total);
  const seconds = await keep(append, waiting, total, (slot, us) => {
    latenciesUs[slot] = us;
  });
  return {
    perSecond: total / seconds,
    p50Us: percentile(latenciesUs, 0.5),
    p99Us: percentile(latenciesUs, 0.99),
  };
}

/** Where the sync runs: on the loop (`ledger`, `control`) or on the pool (`traffic`, `audit`). */
type Place = 'loop' | 'pool';

interface Setting {
  readonly options: BenchOptions;
  readonly place: Place;
  readonly waiting: (typeof waitingCounts)[number];
  /** Records of one round. */
  readonly total: number;
  readonly fileBytes: number;
}

function settingOf(options: BenchOptions, place: Place, waiting: Setting['waiting']): Setting {
  const commits = fullCommits[waiting] * (options.quick ? quickShare : 1);
  const total = Math.round(commits * waiting);
  const rounds = roundsOf(options) + 1;
  const bytes = total * (1 + warmUpShare) * rounds * (recordBytes + 160);
  const fileBytes = Math.max(4, Math.ceil(bytes / maxFileShare / mib)) * mib;
  return { options, place, waiting, total, fileBytes };
}

async function openMeasured({ options, place, fileBytes }: Setting): Promise<Journal> {
  const ports = productionPorts({ log: { level: 'silent', destination: 'stderr' } });
  const directory = join(options.scratch, 'journal');
  fs.rmSync(directory, { recursive: true, force: true });
  const config: Partial<StreamConfig> = place === 'loop' ? { commit: 'synchronous' } : {};
  const segmentBytes = idleSegmentBytes;
  return openJournal(ports, directory, {
    streams: {
      traffic: { ...config, segmentBytes: fileBytes },
      ledger: { segmentBytes },
      control: { segmentBytes },
      audit: { segmentBytes },
    },
  });
}

type Rounds = Record<'floor' | 'other' | 'proof' | 'ours', Sample[]>;

async function measured(setting: Setting): Promise<{ rounds: Rounds; floorName: string }> {
  const { options, place, waiting, total, fileBytes } = setting;
  const bare = (name: string, style: FloorStyle, proof = false): BareAppend =>
    new BareAppend({ path: join(options.scratch, name), style, fileBytes, proof });
  const onLoop = place === 'loop';
  const floor = bare('floor.bin', onLoop ? 'loop' : 'sync-on-pool');
  const other = onLoop ? undefined : bare('other.bin', 'pool');
  const proof = bare('proof.bin', onLoop ? 'loop' : 'sync-on-pool', true);
  const journal = await openMeasured(setting);
  const traffic = journal.stream('traffic');
  try {
    const of = (append: Append) => () => drive(append, waiting, total);
    const rounds = await interleave(roundsOf(options), {
      floor: of(floor.append),
      other: other === undefined ? () => Promise.resolve({ perSecond: 0 }) : of(other.append),
      proof: of(proof.append),
      ours: of((record) => traffic.append(record)),
    });
    if (rate(rounds.floor) >= rate(rounds.other)) return { rounds, floorName: 'only the sync' };
    return { rounds: { ...rounds, floor: rounds.other }, floorName: 'write and sync' };
  } finally {
    await journal.close();
    for (const each of [floor, other, proof]) each?.close();
    for (const name of ['floor.bin', 'other.bin', 'proof.bin']) {
      fs.rmSync(join(options.scratch, name), { force: true });
    }
  }
}

const rate = (of: readonly Sample[]): number => spreadOf(of.map((s) => s.perSecond)).median;

function ratio(ours: readonly Sample[], other: readonly Sample[]): Spread {
  return spreadOf(ours.map((one, at) => one.perSecond / (other[at]?.perSecond ?? Number.NaN)));
}

/** Rounds of its own: the peer keeps a file of its own kind. Undefined where it is not installed. */
async function lmdbRounds({ options, waiting, total }: Setting): Promise<Sample[] | undefined> {
  if (absence('lmdb') !== undefined) return undefined;
  const peer = lmdbAppend(join(options.scratch, 'lmdb'));
  try {
    const few = Math.max(waiting * 20, Math.round(total / 4));
    return (await interleave(roundsOf(options), { peer: () => drive(peer.append, waiting, few) }))
      .peer;
  } finally {
    await peer.close();
    fs.rmSync(join(options.scratch, 'lmdb'), { recursive: true, force: true });
  }
}

async function rowFor(setting: Setting): Promise<BenchRow> {
  const { place, waiting } = setting;
  const { rounds, floorName } = await measured(setting);
  const { floor, ours, proof } = rounds;
  const peer = await lmdbRounds(setting);
  const ratios = ratio(ours, floor);
  const tails = ours.map((sample, at) => (sample.p99Us ?? 0) / (floor[at]?.p99Us ?? 1));
  const targets: Target[] = [
    { name: '× floor', value: ratios.median, limit: 0.9, holds: 'at least' },
    { name: 'p99 × floor', value: spreadOf(tails).median, limit: 1.15, holds: 'at most' },
  ];
  if (peer !== undefined) {
    const value = rate(ours) / rate(peer);
    targets.push({ name: '× lmdb', value, limit: 2.8, holds: 'at least' });
  }
  const bound = ratio(proof, floor).median;
  return {
    name: `3 journal append, sync on the ${place}, ${waiting} waiting`,
    unit: 'records/s',
    floor: spreadOf(floor.map((sample) => sample.perSecond)),
    ours: spreadOf(ours.map((sample) => sample.perSecond)),
    ratio: ratios,
    peer: `${peer === undefined ? absence('lmdb') : `lmdb ${Math.round(rate(peer))}`}; ${sqliteNotRun}`,
    floorP99Us: spreadOf(floor.map((sample) => sample.p99Us ?? 0)),
    oursP99Us: spreadOf(ours.map((sample) => sample.p99Us ?? 0)),
    targets,
    notes: [
      `the floor with a crc per record and one sha256 over the same bytes: ${bound.toFixed(2)} × ` +
        `the floor; ours is ${ratio(ours, proof).median.toFixed(2)} × that`,
      ...(place === 'pool' ? [`the floor is the faster of two: ${floorName} on the pool`] : []),
    ],
  };
}

/** Rows of one place, and how far group commit at 256 carries beyond one at a time. */
async function rowsFor(options: BenchOptions, place: Place): Promise<readonly BenchRow[]> {
  const rows: BenchRow[] = [];
  for (const waiting of waitingCounts) rows.push(await rowFor(settingOf(options, place, waiting)));
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
