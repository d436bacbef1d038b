/**
 * Evidence rows to the store, against `@clickhouse/client` inserting the same rows of the same two
 * tables into the same engine from ready-made objects. Ours starts from journal records: parsing,
 * projection and encoding are in. A second part ships a backlog the way the daemon does it and
 * measures what that costs the daemon's own loop.
 */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { ClickHouseLogLevel, createClient } from '@clickhouse/client';
import { encodeBatch, type ShipRecord } from '../../actors/evidence/store/index.ts';
import { hideSecret, productionPorts } from '../../daemon/ports/production/index.ts';
import {
  connectStore,
  type StoreProcessConfig,
  StoreSupervisor,
  type StoreView,
} from '../../daemon/store/index.ts';
import { makeBreakers } from '../../daemon/system/breakers.ts';
import { openJournal } from '../../streams/journal/index.ts';
import { tradeBytes } from '../fixtures/store/facts.ts';
import {
  type BenchOptions,
  type BenchRow,
  interleave,
  roundsOf,
  type Sample,
  spreadOf,
} from './harness.ts';

const batchRecords = 10_000;
const tables = ['facts', 'market_ticks'] as const;
const modulePath = fileURLToPath(new URL('../../daemon/store/main.js', import.meta.url));
const ports = productionPorts({ log: { level: 'silent', destination: 'stderr' } });

function configOf(directory: string, journal: StoreProcessConfig['journal']): StoreProcessConfig {
  return {
    engine: { kind: 'embedded', directory, host: '127.0.0.1', port: 0 },
    database: 'holdfast',
    journal,
    retentionHours: { ticks: null, analytics: null, snapshots: null, ledger: null },
  };
}

async function seen(store: StoreSupervisor, holds: (view: StoreView) => boolean): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const check = (view: StoreView): void => {
      if (view.state === 'unavailable') reject(new Error(view.reason ?? 'the store cannot run'));
      if (holds(view)) resolve();
    };
    store.onChange(check);
    check(store.view);
  });
}

function writerPassword(pid: number | null): string {
  const name = 'HOLDFAST_STORE_WRITER_PASSWORD=';
  const entries = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
  return entries.find((entry) => entry.startsWith(name))?.slice(name.length) ?? '';
}

/** The rows of the batch as objects, the way a plain client user would hold them. */
async function objectsOf(records: readonly ShipRecord[]): Promise<Map<string, object[]>> {
  const batch = await encodeBatch(records, {
    clock: ports.clock,
    sourceId: 'b',
    stream: 'traffic',
  });
  return new Map(
    batch.tables.map(({ table, columns, chunks }) => [
      table,
      Buffer.concat([...chunks])
        .toString('utf8')
        .trimEnd()
        .split('\n')
        .map((line) => {
          const values = JSON.parse(line) as unknown[];
          return Object.fromEntries(columns.map((name, index) => [name, values[index]]));
        }),
    ]),
  );
}

async function compareInserts(options: BenchOptions, store: StoreSupervisor): Promise<Sample[][]> {
  const endpoint = store.readEndpoint;
  if (endpoint === undefined) throw new Error('the store is not ready');
  const password = writerPassword(store.view.pid);
  const database = connectStore({ ...endpoint, user: 'writer', password: hideSecret(password) });
  const bare = createClient({
    url: endpoint.url,
    database: 'holdfast',
    username: 'writer',
    password,
    log: { level: ClickHouseLogLevel.OFF },
  });
  const records = Array.from({ length: batchRecords }, (_, offset) => ({
    offset,
    bytes: tradeBytes(offset),
  }));
  const objects = await objectsOf(records);
  const batches = options.quick ? 2 : 5;
  let token = 0;
  const timed = async (work: () => Promise<void>): Promise<Sample> => {
    for (const table of tables) await database.command(`TRUNCATE TABLE ${table}`);
    const from = performance.now();
    for (let batch = 0; batch < batches; batch += 1) await work();
    const seconds = (performance.now() - from) / 1_000;
    return { perSecond: (batches * batchRecords * tables.length) / seconds };
  };
  try {
    const samples = await interleave(roundsOf(options), {
      floor: () =>
        timed(async () => {
          for (const table of tables) {
            await bare.insert({ table, values: objects.get(table) ?? [], format: 'JSONEachRow' });
          }
        }),
      ours: () =>
        timed(async () => {
          const encoding = { clock: ports.clock, sourceId: 'b', stream: 'traffic' };
          const batch = await encodeBatch(records, encoding);
          token += 1;
          for (const table of batch.tables) await database.insert({ ...table, token: `${token}` });
        }),
    });
    return [samples.floor, samples.ours];
  } finally {
    await bare.close();
    await database.close();
  }
}

interface Backlog {
  readonly rowsPerSecond: number;
  readonly daemonUsPerRow: number;
  readonly daemonLoopP99Ms: number;
  readonly storeLoopP99Ms: number;
}

/** Ships 100,000 facts (200,000 rows) as the daemon would, and watches this process meanwhile. */
async function shipBacklog(options: BenchOptions): Promise<Backlog> {
  const facts = options.quick ? 30_000 : 100_000;
  const directory = join(options.scratch, 'backlog-journal');
  const journal = await openJournal(ports, directory);
  const traffic = journal.stream('traffic');
  for (let from = 0; from < facts; from += 2_000) {
    const slice = Array.from({ length: 2_000 }, (_, index) => tradeBytes(from + index));
    await Promise.all(slice.map((bytes) => traffic.append(bytes)));
  }
  const config = configOf(join(options.scratch, 'backlog-store'), { directory, sourceId: 'bench' });
  const store = new StoreSupervisor({ ports, modulePath, config, breakers: makeBreakers(ports) });
  try {
    await seen(store, (view) => view.state === 'ready');
    const resolutionMs = 5;
    const delay = monitorEventLoopDelay({ resolution: resolutionMs });
    delay.enable();
    const cpuBefore = process.cpuUsage();
    const from = performance.now();
    let storeLoopP99Ms = 0;
    await seen(store, ({ health }) => {
      storeLoopP99Ms = Math.max(storeLoopP99Ms, health?.loopDelayP99Ms ?? 0);
      return health?.streams.find((stream) => stream.stream === 'traffic')?.shippedOffset === facts;
    });
    const seconds = (performance.now() - from) / 1_000;
    const cpu = process.cpuUsage(cpuBefore);
    const rows = facts * tables.length;
    return {
      rowsPerSecond: rows / seconds,
      daemonUsPerRow: (cpu.user + cpu.system) / rows,
      daemonLoopP99Ms: Math.max(0, delay.percentile(99) / 1e6 - resolutionMs),
      storeLoopP99Ms,
    };
  } finally {
    await store.stop();
    await journal.close();
  }
}

/** Row 6 of the targets. Rejects when the embedded engine is not installed. */
export async function storeBench(options: BenchOptions): Promise<readonly BenchRow[]> {
  const config = configOf(join(options.scratch, 'store'), null);
  const store = new StoreSupervisor({ ports, modulePath, config, breakers: makeBreakers(ports) });
  let samples: Sample[][];
  try {
    await seen(store, (view) => view.state === 'ready');
    samples = await compareInserts(options, store);
  } finally {
    await store.stop();
  }
  const [floor = [], ours = []] = samples.map((variant) =>
    variant.map(({ perSecond }) => perSecond),
  );
  const ratio = spreadOf(ours.map((value, round) => value / (floor[round] ?? value)));
  const backlog = await shipBacklog(options);
  return [
    {
      name: '6 evidence rows',
      unit: 'rows/s',
      floor: spreadOf(floor),
      ours: spreadOf(ours),
      ratio,
      peer: '–',
      targets: [
        { name: '× floor', limit: 0.9, value: ratio.median, holds: 'at least' },
        { name: 'µs/row on the loop', limit: 1, value: backlog.daemonUsPerRow, holds: 'at most' },
        { name: 'loop p99 ms', limit: 5, value: backlog.daemonLoopP99Ms, holds: 'at most' },
        { name: 'backlog rows/s', limit: 20_000, value: backlog.rowsPerSecond, holds: 'at least' },
      ],
      notes: [
        `a backlog ships at ${Math.round(backlog.rowsPerSecond)} rows/s; loop delay p99 of the ` +
          `daemon ${backlog.daemonLoopP99Ms.toFixed(2)} ms, worst second of the store process ` +
          `${backlog.storeLoopP99Ms.toFixed(1)} ms (its engine threads share the cores)`,
      ],
    },
  ];
}
