/**
 * Row 4: from the moment a tick leaves the venue until the order that answers it arrives there,
 * over real sockets, measured by the venue. Floor: an echo with the same bytes written and synced
 * in its path; without ledger: a bare echo. Also with background ticks on other instruments.
 */
import { once } from 'node:events';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { LedgerStream } from '../../actors/execution/index.ts';
import { productionPorts } from '../../daemon/ports/production/index.ts';
import type { Instrument } from '../../streams/facts/instrument.ts';
import { perpetualInstrument } from '../fixtures/instruments.ts';
import { startBenchDaemon } from './dispatch-daemon.ts';
import { echoClient } from './dispatch-echo.ts';
import type { RoundRequest, VenueSetup } from './dispatch-venue.ts';
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

/** Between an order and the next tick: a quiet market with an idle loop. */
const pauseMs = 2;
const fullTicks = 400;
const quickTicks = 100;
const fullBackgrounds = [0, 1_000, 5_000] as const;
const quickBackgrounds = [0, 1_000] as const;
/** Bytes of one block, header and frames included: measured before the floor is built. */
const probeTicks = 50;
export const backgroundNames = ['ETH-PERPETUAL', 'SOL_USDC-PERPETUAL', 'XRP_USDC-PERPETUAL'];

type Reply = { readonly tookUs: number[] } | { readonly error: string };

export interface BenchVenue {
  readonly url: (path: string) => string;
  snapshots(path: string): Promise<void>;
  round(request: RoundRequest): Promise<Sample>;
  close(): Promise<void>;
}

export async function startVenue(): Promise<BenchVenue> {
  const setup: VenueSetup = { backgroundNames };
  const worker = new Worker(new URL('./dispatch-venue.js', import.meta.url), { workerData: setup });
  const [{ port }] = (await once(worker, 'message')) as [{ port: number }];
  return {
    url: (path) => `ws://127.0.0.1:${port}${path}`,
    snapshots: async (path) => {
      worker.postMessage({ snapshots: path });
      const [{ ready }] = (await once(worker, 'message')) as [{ ready: boolean }];
      if (!ready) throw new Error(`nobody is connected to ${path}`);
    },
    round: async (request) => {
      worker.postMessage(request);
      const [reply] = (await once(worker, 'message')) as [Reply];
      if ('error' in reply) throw new Error(`${request.path}: ${reply.error}`);
      const tookUs = Float64Array.from(reply.tookUs);
      const totalS = tookUs.reduce((sum, us) => sum + us, 0) / 1e6;
      return {
        perSecond: tookUs.length / totalS,
        p50Us: percentile(tookUs, 0.5),
        p99Us: percentile(tookUs, 0.99),
      };
    },
    close: async () => void (await worker.terminate()),
  };
}

/** Nothing is durable: what the path costs without its disk. */
function ledgerInMemory(): LedgerStream {
  let next = 0;
  return {
    get nextOffset() {
      return next;
    },
    append: () => Promise.resolve(next++),
    appendNow: (records) => {
      next += records.length;
      return next - records.length;
    },
    read: () => [],
  };
}

interface Client {
  readonly path: string;
  /** What it refused: said when no order came. */
  readonly refusals?: () => string;
  close(): Promise<void> | void;
}

/** `work`: the echo that also does what no order path can leave out. */
const clientNames = [
  'echo',
  'synced echo',
  'work',
  'synced work',
  'us',
  'us without ledger',
] as const;
type ClientName = (typeof clientNames)[number];

function spreadP(samples: readonly Sample[], key: 'p50Us' | 'p99Us') {
  return spreadOf(samples.map((sample) => sample[key] ?? Number.NaN));
}

function ratioOf(ours: readonly Sample[], floor: readonly Sample[], key: 'p50Us' | 'p99Us') {
  return spreadOf(
    ours.map((one, at) => (one[key] ?? Number.NaN) / (floor[at]?.[key] ?? Number.NaN)),
  );
}

function rowOf(
  name: string,
  ours: readonly Sample[],
  floor: readonly Sample[],
  limits: { readonly p50: number; readonly p99?: number },
  notes: readonly string[],
): BenchRow {
  const ratio = ratioOf(ours, floor, 'p50Us');
  const tail = ratioOf(ours, floor, 'p99Us');
  const targets: Target[] = [
    { name: 'p50 × floor', value: ratio.median, limit: limits.p50, holds: 'at most' },
  ];
  if (limits.p99 !== undefined) {
    targets.push({ name: 'p99 × floor', value: tail.median, limit: limits.p99, holds: 'at most' });
  }
  return {
    name,
    unit: 'p50 µs',
    floor: spreadP(floor, 'p50Us'),
    ours: spreadP(ours, 'p50Us'),
    ratio,
    peer: 'nobody publishes one',
    floorP99Us: spreadP(floor, 'p99Us'),
    oursP99Us: spreadP(ours, 'p99Us'),
    targets,
    notes,
  };
}

/** How much of the distance to the floor nobody could save. */
function unavoidable(work: readonly Sample[], floor: readonly Sample[]): string {
  const p50 = spreadP(work, 'p50Us').median.toFixed(0);
  const ratio = ratioOf(work, floor, 'p50Us').median.toFixed(2);
  return `the floor with the unavoidable work (tick parsed, ids hashed, block made): p50 ${p50} µs, ${ratio} × floor`;
}

/** All clients on one venue; each is quiet while another is measured. */
async function openClients(
  venue: BenchVenue,
  options: BenchOptions,
): Promise<Record<ClientName, Client> & { readonly blockBytes: number }> {
  const ports = productionPorts({
    log: { level: 'silent', destination: 'stderr' },
    environment: {},
  });
  const instruments: readonly Instrument[] = [
    perpetualInstrument(),
    ...backgroundNames.map((name) => perpetualInstrument({ name })),
  ];
  const daemon = async (
    path: string,
    ledger?: LedgerStream,
  ): Promise<Client & { bytes: number }> => {
    const directory = join(options.scratch, `dispatch${path.replaceAll('/', '-')}`);
    const url = venue.url(path);
    const own = ledger === undefined ? {} : { ledger };
    const running = await startBenchDaemon({ ports, url, directory, instruments, ...own });
    await venue.snapshots(path);
    await venue.round({ path, ticks: probeTicks, pauseMs, backgroundPerS: 0 }).catch((cause) => {
      throw new Error(`no order: ${running.refusals}`, { cause });
    });
    return {
      path,
      bytes: running.blockBytes,
      refusals: () => running.refusals,
      close: () => running.close(),
    };
  };
  const us = await daemon('/ws/us');
  const blockBytes = us.bytes;
  const echo = async (path: string, work: boolean, synced: boolean): Promise<Client> => {
    const file = join(options.scratch, `${path.slice(1).replaceAll('/', '-')}.bin`);
    const own = synced ? { path: file } : {};
    return { path, ...(await echoClient(venue.url(path), { blockBytes, work, ...own })) };
  };
  return {
    blockBytes,
    us,
    'us without ledger': await daemon('/ws/bare', ledgerInMemory()),
    echo: await echo('/echo/bare', false, false),
    'synced echo': await echo('/echo/synced', false, true),
    work: await echo('/echo/work', true, false),
    'synced work': await echo('/echo/synced-work', true, true),
  };
}

/** Row 4 of the performance targets, once per background rate. */
export async function dispatchBench(options: BenchOptions): Promise<readonly BenchRow[]> {
  const ticks = options.quick ? quickTicks : fullTicks;
  const backgrounds = options.quick ? quickBackgrounds : fullBackgrounds;
  const venue = await startVenue();
  try {
    const clients = await openClients(venue, options);
    const rows: BenchRow[] = [];
    try {
      for (const backgroundPerS of backgrounds) {
        const measure = (name: ClientName) => async (): Promise<Sample> => {
          const { path, refusals } = clients[name];
          try {
            return await venue.round({ path, ticks, pauseMs, backgroundPerS });
          } catch (cause) {
            throw new Error(`${name} gave no order: ${refusals?.() ?? ''}`, { cause });
          }
        };
        const samples = await interleave(roundsOf(options), {
          echo: measure('echo'),
          'synced echo': measure('synced echo'),
          work: measure('work'),
          'synced work': measure('synced work'),
          us: measure('us'),
          'us without ledger': measure('us without ledger'),
        });
        const load = backgroundPerS === 0 ? '' : `, ${backgroundPerS} ticks/s besides`;
        rows.push(
          rowOf(
            `4 tick → dispatch, durable${load}`,
            samples.us,
            samples['synced echo'],
            {
              p50: 1.25,
              p99: 1.4,
            },
            [
              `synchronous commit; ${clients.blockBytes} bytes a decision in both`,
              unavoidable(samples['synced work'], samples['synced echo']),
            ],
          ),
          rowOf(
            `4 tick → dispatch, no ledger${load}`,
            samples['us without ledger'],
            samples.echo,
            {
              p50: 1.25,
            },
            [unavoidable(samples.work, samples.echo)],
          ),
        );
      }
    } finally {
      for (const name of clientNames) await clients[name].close();
    }
    return rows;
  } finally {
    await venue.close();
  }
}
