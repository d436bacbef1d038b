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
  type Target,
} from './harness.ts';
import { OwnIngest } from './own-ingest.ts';
import { absence, ccxtIngest, ccxtOverSocket, type PeerIngest, tardisIngest } from './peers.ts';

const fullFrames = 300_000;
const quickFrames = 60_000;
/** Peers are slower, and their rate per frame is what counts. */
const peerShare = 0.2;

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

function runPeer(set: FrameSet, loops: number, peer: PeerIngest): PeerIngest {
  for (let loop = 0; loop < loops; loop += 1) for (const frame of set.frames) peer.take(frame);
  return peer;
}

interface PeerRun {
  readonly name: string;
  /** Our rate must be at least this multiple of it. */
  readonly limit: number;
  readonly create: () => PeerIngest;
}

function peersFor(set: FrameSet): readonly PeerRun[] {
  const names = set.instruments.map(({ name }) => name);
  const ccxt = { name: 'ccxt pro', limit: 3.3, create: () => ccxtIngest(names) };
  const tardis = { name: 'tardis-dev', limit: 2.2, create: tardisIngest };
  return absence('tardis-dev') === undefined ? [ccxt, tardis] : [ccxt];
}

/** A prefix of the frames (they are a chain), or fewer loops. */
function peerSet(set: FrameSet): FrameSet {
  if (set.loops > 1) return { ...set, loops: Math.max(1, Math.round(set.loops * peerShare)) };
  return { ...set, frames: set.frames.slice(0, Math.round(set.frames.length * peerShare)) };
}

/** The floor sums prices, we sum ticks: the same number but for the step. */
function assertSameWork(set: FrameSet, ports: Ports): void {
  const bare = runBare(set).bestSum;
  const grid = set.instruments[0]?.price;
  const own = grid === undefined ? 0 : gridFloat(grid, runOwn(set, ports, true).bestSum);
  if (Math.abs(bare - own) > Math.abs(bare) * 1e-9) {
    throw new Error(`best prices differ: floor ${bare}, ours ${own}`);
  }
  // Once: what a second session of the same changes does to a book differs.
  const once = { ...peerSet(set), loops: 1 };
  const wanted = runBare(once).bestSum;
  for (const { name, create } of peersFor(set)) {
    const sum = runPeer(once, 1, create()).bestSum;
    if (Math.abs(sum - wanted) > Math.abs(wanted) * 1e-9) {
      throw new Error(`best prices differ: floor ${wanted}, ${name} ${sum}`);
    }
  }
}

/** One figure per peer, in rounds of their own: ours ÷ peer, and what it did. */
async function againstPeers(
  set: FrameSet,
  options: BenchOptions,
  ports: Ports,
): Promise<{ text: string; targets: Target[] }> {
  const small = peerSet(set);
  const count = small.frames.length * small.loops;
  const texts: string[] = [];
  const targets: Target[] = [];
  for (const { name, limit, create } of peersFor(set)) {
    const { peer, ours } = await interleave(roundsOf(options), {
      peer: async () => timed(count, () => runPeer(small, small.loops, create())),
      ours: async () => timed(count, () => runOwn(small, ports, true)),
    });
    const times = ours.map(({ perSecond }, at) => perSecond / (peer[at]?.perSecond ?? Number.NaN));
    texts.push(`${name} ${Math.round(spreadOf(peer.map((one) => one.perSecond)).median)}`);
    targets.push({ name: `× ${name}`, limit, value: spreadOf(times).median, holds: 'at least' });
  }
  const missing = absence('tardis-dev');
  return { text: [...texts, ...(missing === undefined ? [] : [missing])].join(', '), targets };
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
  const peers = await againstPeers(set, options, ports);
  const row = rowOf(`1 ingest in process, ${set.name}`, samples, 1.0, 1.4, [
    `the same path through JSON.parse alone: ${Math.round(json.median)} frames/s`,
  ]);
  return { ...row, peer: peers.text, targets: [...row.targets, ...peers.targets] };
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
    peer: '–',
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
    const names = set.instruments.map(({ name }) => name);
    const samples = await interleave(roundsOf(options), {
      floor: () => bareRun(url, set.frames.length),
      ours: () => own(url, set.frames.length),
      ccxt: async () => {
        const expected = Math.round(set.frames.length * peerShare);
        const tookMs = await ccxtOverSocket(url, names, expected);
        return { perSecond: expected / (tookMs / 1_000) };
      },
    });
    const row = rowOf(`2 ingest over a WebSocket, ${set.name}`, samples, 0.8, 1.4, []);
    const ccxt = spreadOf(samples.ccxt.map(({ perSecond }) => perSecond)).median;
    return { ...row, peer: `ccxt pro ${Math.round(ccxt)}` };
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
