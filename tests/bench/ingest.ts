/**
 * Rows 1 and 2: market ingest in process and over a real WebSocket, against the bare floor on the
 * same bytes. Both variants must end with the same best prices, or the bench fails.
 */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { WebSocket } from 'ws';
import { productionPorts } from '../../daemon/ports/production/index.ts';
import { gridFloat } from '../../streams/facts/decimal.ts';
import type { Ports } from '../../streams/ports/index.ts';
import { BareIngest } from './bare-book.ts';
import { type FrameSet, recordedFrames, syntheticFrames } from './book-frames.ts';
import {
  type Bench,
  type BenchOptions,
  type BenchRow,
  interleave,
  roundsOf,
  type Sample,
  spreadOf,
} from './harness.ts';
import { OwnIngest } from './own-ingest.ts';

const fullFrames = 300_000;
const quickFrames = 60_000;

function benchPorts(): Ports {
  return productionPorts({ log: { level: 'silent', destination: 'stderr' }, environment: {} });
}

function timed(count: number, work: () => void): Sample {
  const from = performance.now();
  work();
  return { perSecond: count / ((performance.now() - from) / 1_000) };
}

function runBare(set: FrameSet): BareIngest {
  const bare = new BareIngest();
  for (let loop = 0; loop < set.loops; loop += 1) for (const frame of set.frames) bare.take(frame);
  if (bare.gaps > 0) throw new Error(`the floor met ${bare.gaps} gaps`);
  return bare;
}

function runOwn(set: FrameSet, ports: Ports, fastPath: boolean): OwnIngest {
  const own = new OwnIngest({ ports, instruments: set.instruments, fastPath });
  for (let loop = 0; loop < set.loops; loop += 1) {
    own.nextSession();
    for (const frame of set.frames) own.take(frame);
  }
  if (own.refused > 0) throw new Error(`${own.refused} frames were not applied`);
  return own;
}

/** The floor sums prices, we sum ticks: the same number but for the step. */
function assertSameWork(set: FrameSet, ports: Ports): void {
  const bare = runBare(set).bestSum;
  const grid = set.instruments[0]?.price;
  const own = grid === undefined ? 0 : gridFloat(grid, runOwn(set, ports, true).bestSum);
  if (Math.abs(bare - own) > Math.abs(bare) * 1e-9) {
    throw new Error(`best prices differ: floor ${bare}, ours ${own}`);
  }
}

async function inProcess(set: FrameSet, options: BenchOptions, ports: Ports): Promise<BenchRow> {
  const count = set.frames.length * set.loops;
  assertSameWork(set, ports);
  const samples = await interleave(roundsOf(options), {
    floor: async () => timed(count, () => runBare(set)),
    ours: async () => timed(count, () => runOwn(set, ports, true)),
    json: async () => timed(count, () => runOwn(set, ports, false)),
  });
  const json = spreadOf(samples.json.map(({ perSecond }) => perSecond));
  return rowOf(`1 ingest in process, ${set.name}`, samples, 1.0, 1.4, [
    `the same path through JSON.parse alone: ${Math.round(json.median)} frames/s`,
  ]);
}

function rowOf(
  name: string,
  samples: { readonly floor: Sample[]; readonly ours: Sample[] },
  target: number,
  stretch: number,
  notes: readonly string[],
): BenchRow {
  const ratios = samples.ours.map(
    ({ perSecond }, at) => perSecond / (samples.floor[at]?.perSecond ?? Number.NaN),
  );
  const ratio = spreadOf(ratios);
  return {
    name,
    unit: 'frames/s',
    floor: spreadOf(samples.floor.map(({ perSecond }) => perSecond)),
    ours: spreadOf(samples.ours.map(({ perSecond }) => perSecond)),
    ratio,
    peer: 'ccxt pro, tardis-dev: peer not run',
    targets: [{ name: 'ratio to floor', limit: target, value: ratio.median, holds: 'at least' }],
    notes: [
      ...notes,
      `stretch ${stretch} ×: ${ratio.median >= stretch ? 'reached' : 'not reached'}`,
    ],
  };
}

/** Streams the frames over a socket; resolves with the rate once the last one was taken. */
type SocketRun = (url: string, expected: number) => Promise<Sample>;

const bareRun: SocketRun = (url, expected) =>
  new Promise((resolve, reject) => {
    const bare = new BareIngest();
    const ws = new WebSocket(url, { perMessageDeflate: false, skipUTF8Validation: true });
    let seen = 0;
    let from = 0;
    ws.on('error', reject);
    ws.on('message', (data: Buffer) => {
      if (seen === 0) from = performance.now();
      bare.take(data);
      seen += 1;
      if (seen < expected) return;
      ws.terminate();
      resolve({ perSecond: expected / ((performance.now() - from) / 1_000) });
    });
  });

function ownRun(set: FrameSet, ports: Ports): SocketRun {
  return (url, expected) =>
    new Promise((resolve) => {
      const own = new OwnIngest({ ports, instruments: set.instruments });
      let seen = 0;
      let from = 0;
      const socket = ports.sockets.connect(
        url,
        { openTimeoutMs: 5_000, maxMessageBytes: 1 << 24 },
        {
          onMessage: (data) => {
            if (seen === 0) from = performance.now();
            own.take(data);
            seen += 1;
            if (seen < expected) return;
            socket.terminate();
            if (own.refused > 0) throw new Error(`${own.refused} frames were not applied`);
            resolve({ perSecond: expected / ((performance.now() - from) / 1_000) });
          },
          onClose: () => undefined,
        },
      );
    });
}

async function overSocket(set: FrameSet, options: BenchOptions, ports: Ports): Promise<BenchRow> {
  const worker = new Worker(new URL('./ingest-server.js', import.meta.url), {
    workerData: { frames: set.frames.map((frame) => frame.toString('utf8')) },
  });
  try {
    const [port] = (await once(worker, 'message')) as [number];
    const url = `ws://127.0.0.1:${port}`;
    const own = ownRun(set, ports);
    const samples = await interleave(roundsOf(options), {
      floor: () => bareRun(url, set.frames.length),
      ours: () => own(url, set.frames.length),
    });
    return rowOf(`2 ingest over a WebSocket, ${set.name}`, samples, 0.8, 1.4, []);
  } finally {
    await worker.terminate();
  }
}

/** Rows 1 and 2 of the performance targets. */
export const ingestBench: Bench = async (options) => {
  const ports = benchPorts();
  const count = options.quick ? quickFrames : fullFrames;
  const synthetic = syntheticFrames(count);
  const rows = [await inProcess(synthetic, options, ports)];
  const recorded = recordedFrames(count);
  if (recorded !== undefined) rows.push(await inProcess(recorded, options, ports));
  rows.push(await overSocket(synthetic, options, ports));
  return rows;
};
