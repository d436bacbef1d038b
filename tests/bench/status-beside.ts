/**
 * Row 9, the part that counts: what 500 reads a second of the status port cost an order. The path
 * of row 4 with its durable ledger, in rounds with and without a reader in a thread of its own.
 */
import { once } from 'node:events';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { productionPorts } from '../../daemon/ports/production/index.ts';
import type { HttpServer, Ports } from '../../streams/ports/index.ts';
import { perpetualInstrument } from '../fixtures/instruments.ts';
import { type BenchVenue, backgroundNames, startVenue } from './dispatch.ts';
import { startBenchDaemon } from './dispatch-daemon.ts';
import {
  type BenchOptions,
  type BenchRow,
  interleave,
  roundsOf,
  type Sample,
  spreadOf,
} from './harness.ts';
import type { ReaderSetup } from './status-reader.ts';

const readsPerSecond = 500;
const fullTicks = 600;
const quickTicks = 100;
const pauseMs = 2;
const path = '/ws/us';

async function withReader<T>(setup: ReaderSetup, work: () => Promise<T>): Promise<T> {
  const worker = new Worker(new URL('./status-reader.js', import.meta.url), { workerData: setup });
  try {
    await once(worker, 'online');
    const result = await work();
    worker.postMessage('how many');
    const [{ answered, failed }] = (await once(worker, 'message')) as [
      { answered: number; failed: number },
    ];
    if (answered === 0 || failed > 0) throw new Error(`${answered} answered, ${failed} failed`);
    return result;
  } finally {
    await worker.terminate();
  }
}

async function measured(
  options: BenchOptions,
  venue: BenchVenue,
  port: number,
): Promise<Record<'quiet' | 'read', Sample[]>> {
  const ticks = options.quick ? quickTicks : fullTicks;
  const round = (): Promise<Sample> => venue.round({ path, ticks, pauseMs, backgroundPerS: 0 });
  return interleave(roundsOf(options), {
    quiet: round,
    read: () => withReader({ port, path: '/api/v1/status', perSecond: readsPerSecond }, round),
  });
}

/** `serve` opens the status port in this process. */
export async function statusBesideRow(
  options: BenchOptions,
  serve: (ports: Ports) => Promise<HttpServer>,
): Promise<BenchRow> {
  const ports = productionPorts({
    log: { level: 'silent', destination: 'stderr' },
    environment: {},
  });
  const venue = await startVenue();
  const server = await serve(ports);
  try {
    const instruments = ['BTC-PERPETUAL', ...backgroundNames].map((name) =>
      perpetualInstrument({ name }),
    );
    const directory = join(options.scratch, 'status-beside');
    const daemon = await startBenchDaemon({ ports, url: venue.url(path), directory, instruments });
    try {
      await venue.snapshots(path);
      const { quiet, read } = await measured(options, venue, server.port);
      const of = (samples: readonly Sample[], key: 'p50Us' | 'p99Us') =>
        spreadOf(samples.map((sample) => sample[key] ?? Number.NaN));
      const over = (key: 'p50Us' | 'p99Us') =>
        spreadOf(read.map((one, at) => (one[key] ?? 0) / (quiet[at]?.[key] ?? Number.NaN)));
      return {
        name: `9 tick → dispatch, ${readsPerSecond} status reads/s besides`,
        unit: 'p50 µs',
        floor: of(quiet, 'p50Us'),
        ours: of(read, 'p50Us'),
        ratio: over('p50Us'),
        peer: '–',
        floorP99Us: of(quiet, 'p99Us'),
        oursP99Us: of(read, 'p99Us'),
        targets: [
          { name: 'p99 × unread', value: over('p99Us').median, limit: 1.05, holds: 'at most' },
        ],
        notes: [
          'floor: the same path while nobody reads; venue and reader share the cores with it',
        ],
      };
    } finally {
      await daemon.close();
    }
  } finally {
    await server.close(0);
    await venue.close();
  }
}
