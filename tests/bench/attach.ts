/**
 * Row 10: live attach, 20 clients on `orders` and `market`, against a raw `ws` broadcast of the
 * same texts to as many clients, ten to a stream. What is compared is the time of the processor
 * this process spends per message: we are paced on purpose (people watch, they do not trade on it).
 * Records are in the journal before the clock starts; then all of them become visible at once.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type WebSocket, WebSocketServer } from 'ws';
import { type LiveCursor, type LiveSource, LiveStreams } from '../../daemon/http/live/index.ts';
import { startStatusServer } from '../../daemon/http/status-server.ts';
import { TokenTable } from '../../daemon/http/tokens.ts';
import { productionPorts } from '../../daemon/ports/production/index.ts';
import { liveSource } from '../../daemon/system/live-source.ts';
import { LogTee } from '../../daemon/system/log-tee.ts';
import { type Journal, openJournal } from '../../streams/journal/index.ts';
import type { Ports } from '../../streams/ports/index.ts';
import { idleOperations, idleStatusSource } from '../fixtures/system/live-source.ts';
import type { ClientsReply, ClientsRequest } from './attach-clients.ts';
import { type Bench, interleave, roundsOf, type Sample, spreadOf } from './harness.ts';

const clientsPerStream = 10;
const streams = { market: 'traffic', orders: 'ledger' } as const;
const streamNames = ['market', 'orders'] as const;
const stalledPerStream = 1;
const fullRecords = 10_000;
const quickRecords = 2_000;
/** About the size of a book fact. */
const recordBytes = 800;
const ledgerSlice = 500;
/** The floor sends as many at a time as ours does, and lets the sockets drain. */
const floorSlice = 200;
const clientsPath = fileURLToPath(new URL('./attach-clients.js', import.meta.url));

const eventTypes = { market: 'market.book', orders: 'order.transition' } as const;

function factText(stream: (typeof streamNames)[number], at: number): string {
  const head = `{"causation_id":null,"event_id":"${at}","event_type":"${eventTypes[stream]}"`;
  return `${head},"payload":{"filler":"${'x'.repeat(recordBytes - head.length)}"}}`;
}

class Clients {
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  static async start(): Promise<Clients> {
    const clients = new Clients(fork(clientsPath, { stdio: 'inherit' }));
    await clients.reply('ready');
    return clients;
  }

  async reply<Kind extends ClientsReply['kind']>(
    kind: Kind,
  ): Promise<Extract<ClientsReply, { kind: Kind }>> {
    const [reply] = (await once(this.#child, 'message')) as [ClientsReply];
    if (reply.kind !== kind) throw new Error(`clients say ${reply.kind}, not ${kind}`);
    return reply as Extract<ClientsReply, { kind: Kind }>;
  }

  async connect(request: ClientsRequest): Promise<void> {
    this.#child.send(request);
    await this.reply('connected');
  }

  stop(): void {
    this.#child.disconnect();
  }
}

/** Nothing is visible before `isOpen`; then everything that was written is. */
class Curtain {
  isOpen = false;

  over(source: LiveSource): LiveSource {
    return {
      ...source,
      open: (stream, from): LiveCursor => {
        const cursor = source.open(stream, from);
        return {
          next: (recordsMax) => (this.isOpen ? cursor.next(recordsMax) : []),
          close: () => cursor.close(),
        };
      },
    };
  }
}

async function append(journal: Journal, records: number): Promise<void> {
  for (let at = 0; at < records; at += ledgerSlice) {
    const count = Math.min(ledgerSlice, records - at);
    const acknowledged = streamNames.flatMap((name) =>
      Array.from({ length: count }, (_, i) =>
        journal.stream(streams[name]).append(Buffer.from(factText(name, at + i))),
      ),
    );
    await Promise.all(acknowledged);
  }
}

/** Messages per second of this process's processor time; its own work between the two is all. */
async function measured(clients: Clients, start: () => void): Promise<Sample> {
  const before = process.cpuUsage();
  const done = clients.reply('done');
  start();
  const { received, dropped } = await done;
  const { user, system } = process.cpuUsage(before);
  if (dropped > received / 100) throw new Error(`${dropped} messages were dropped`);
  return { perSecond: received / ((user + system) / 1e6) };
}

interface Setup {
  readonly ports: Ports;
  readonly journal: Journal;
  readonly clients: Clients;
  readonly records: number;
}

async function ownRound({ ports, journal, clients, records }: Setup, stalled: number) {
  const curtain = new Curtain();
  const source = curtain.over(liveSource(journal, new LogTee()));
  const live = new LiveStreams({ ports, source });
  const server = await startStatusServer({
    ports,
    host: '127.0.0.1',
    port: 0,
    contractVersion: '1.0.0',
    tokens: new TokenTable(),
    source: idleStatusSource,
    operations: idleOperations,
    live,
  });
  try {
    const url = (name: string): string => `ws://127.0.0.1:${server.port}/api/v1/streams/${name}`;
    const times = (count: number): string[] =>
      streamNames.flatMap((name) => Array.from({ length: count }, () => url(name)));
    await clients.connect({
      urls: times(clientsPerStream),
      stalledUrls: times(stalled),
      expected: records,
    });
    await append(journal, records);
    return await measured(clients, () => {
      curtain.isOpen = true;
    });
  } finally {
    live.close();
    await server.close(0);
  }
}

async function floorRound({ clients, records }: Setup): Promise<Sample> {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false });
  await once(server, 'listening');
  const of: Record<string, WebSocket[]> = { market: [], orders: [] };
  server.on('connection', (ws, request) => of[(request.url ?? '').slice(1)]?.push(ws));
  try {
    const { port } = server.address() as AddressInfo;
    const urls = streamNames.flatMap((name) =>
      Array.from({ length: clientsPerStream }, () => `ws://127.0.0.1:${port}/${name}`),
    );
    await clients.connect({ urls, stalledUrls: [], expected: records });
    const texts = streamNames.map((name) =>
      Array.from(
        { length: records },
        (_, at) => `{"type":"item","offset":${at},"data":${factText(name, at)}}`,
      ),
    );
    const broadcast = async (): Promise<void> => {
      for (let from = 0; from < records; from += floorSlice) {
        for (const [stream, name] of streamNames.entries()) {
          for (const text of texts[stream]?.slice(from, from + floorSlice) ?? []) {
            for (const ws of of[name] ?? []) ws.send(text);
          }
        }
        await sleep(1);
      }
    };
    return await measured(clients, () => void broadcast());
  } finally {
    for (const ws of server.clients) ws.terminate();
    server.close();
  }
}

/** Row 10 of the performance targets. */
export const attachBench: Bench = async (options) => {
  const ports = productionPorts({
    log: { level: 'silent', destination: 'stderr' },
    environment: {},
  });
  const journal = await openJournal(ports, join(options.scratch, 'attach-journal'));
  const clients = await Clients.start();
  const records = options.quick ? quickRecords : fullRecords;
  const setup = { ports, journal, clients, records };
  try {
    const samples = await interleave(roundsOf(options), {
      floor: () => floorRound(setup),
      ours: () => ownRound(setup, 0),
      stalled: () => ownRound(setup, stalledPerStream),
    });
    const rates = (of: readonly Sample[]) => spreadOf(of.map(({ perSecond }) => perSecond));
    const over = (of: readonly Sample[], other: readonly Sample[]) =>
      spreadOf(of.map((one, at) => one.perSecond / (other[at]?.perSecond ?? Number.NaN)));
    const ratio = over(samples.ours, samples.floor);
    const stalled = over(samples.stalled, samples.ours).median;
    return [
      {
        name: '10 live attach, 20 clients',
        unit: 'messages/s of CPU',
        floor: rates(samples.floor),
        ours: rates(samples.ours),
        ratio,
        peer: '–',
        targets: [
          { name: '× floor', value: ratio.median, limit: 0.7, holds: 'at least' },
          { name: '× with a stalled client', value: stalled, limit: 0.9, holds: 'at least' },
        ],
        notes: [
          `${records} records a stream of about ${recordBytes} bytes; one stalled client more on each ` +
            'stream: the others get everything, at this share of the rate without it',
        ],
      },
    ];
  } finally {
    clients.stop();
    await journal.close();
  }
};
