/**
 * Row 9: how fast a status text that is made once is answered, against a bare JSON route of
 * fastify and of node:http that render it each time, and how long rendering `/metrics` with 5,000
 * series blocks the loop.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { productionPorts } from '../../daemon/ports/production/index.ts';
import type { HttpServer, Ports } from '../../streams/ports/index.ts';
import {
  type BenchOptions,
  type BenchRow,
  interleave,
  roundsOf,
  type Sample,
  spreadOf,
} from './harness.ts';
import { absence, fastifyServer } from './peers.ts';
import { statusBesideRow } from './status-beside.ts';
import type { ReadsRequest } from './status-clients.ts';

const series = 5_000;
const fullRequests = 6_000;
const quickRequests = 1_500;
/** About the size of a real status answer. */
const bodyBytes = 6_000;
/** About as many members as a real status answer has, in rows of this size. */
const rowBytes = 100;
const value = {
  rows: Array.from({ length: bodyBytes / rowBytes }, (_, at) => ({
    name: `component-${at}`,
    healthy: true,
    age_ms: at,
    detail: 'as it should be, and said here',
  })),
};
const body = JSON.stringify(value);
const path = '/api/v1/status';

/** Requests per second of this process's processor time, which only serves. */
async function drive(clients: ChildProcess, port: number, requests: number): Promise<Sample> {
  const request: ReadsRequest = { port, path, requests };
  const before = process.cpuUsage();
  clients.send(request);
  await once(clients, 'message');
  const { user, system } = process.cpuUsage(before);
  return { perSecond: requests / ((user + system) / 1e6) };
}

async function bareServer(): Promise<{ port: number; close: () => void }> {
  const server = http.createServer((_request, response) => {
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(value));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    close: () => void server.close(),
  };
}

/** The HTTP port of the house with a status text that is made once, as the status server does. */
function ownServer(ports: Ports): Promise<HttpServer> {
  return ports.http.serve({
    host: '127.0.0.1',
    port: 0,
    maxBodyBytes: 1_024,
    maxConnections: 100,
    headersTimeoutMs: 2_000,
    requestTimeoutMs: 2_000,
    onRequest: () => ({ status: 200, headers: { 'content-type': 'application/json' }, body }),
  });
}

async function statusRow(options: BenchOptions, ports: Ports): Promise<BenchRow> {
  const requests = options.quick ? quickRequests : fullRequests;
  const missing = absence('fastify');
  const bare = await bareServer();
  const own = await ownServer(ports);
  const clients = fork(fileURLToPath(new URL('./status-clients.js', import.meta.url)));
  const peer = missing === undefined ? await fastifyServer(path, value) : undefined;
  try {
    const samples = await interleave(roundsOf(options), {
      node: () => drive(clients, bare.port, requests),
      fastify: () => drive(clients, peer?.port ?? bare.port, requests),
      ours: () => drive(clients, own.port, requests),
    });
    const rates = (of: readonly Sample[]) => spreadOf(of.map(({ perSecond }) => perSecond));
    const times = (of: readonly Sample[]) =>
      spreadOf(samples.ours.map((one, at) => one.perSecond / (of[at]?.perSecond ?? Number.NaN)));
    const ratio = times(samples.fastify);
    return {
      name: '9 cached status over HTTP',
      unit: 'requests/s of CPU',
      floor: rates(samples.fastify),
      ours: rates(samples.ours),
      ratio,
      peer: missing ?? 'fastify is the floor',
      targets: [{ name: '× fastify', value: ratio.median, limit: 1.3, holds: 'at least' }],
      notes: [
        `${times(samples.node).median.toFixed(2)} × a bare node:http route (the floor where fastify ` +
          'is not installed)',
      ],
    };
  } finally {
    clients.disconnect();
    await own.close(0);
    await peer?.close();
    bare.close();
  }
}

async function metricsRow(options: BenchOptions, ports: Ports): Promise<BenchRow> {
  const { metrics } = ports.telemetry;
  const records = metrics.counter('holdfast_gate_rejects_total');
  for (let at = 0; at < series; at += 1) records.increment(1, `bench-${at}`);
  const blockedMs = async (): Promise<Sample> => {
    records.increment(1, 'bench-0');
    const from = performance.now();
    const rendering = metrics.render();
    const tookMs = performance.now() - from;
    await rendering;
    return { perSecond: 1_000 / tookMs };
  };
  const samples = await interleave(Math.max(roundsOf(options), 7), {
    floor: () => Promise.resolve(bareLines()),
    ours: blockedMs,
  });
  const ours = samples.ours.map(({ perSecond }) => 1_000 / perSecond);
  const floor = samples.floor.map(({ perSecond }) => 1_000 / perSecond);
  return {
    name: `9 /metrics, ${series} series`,
    unit: 'ms of the loop',
    floor: spreadOf(floor),
    ours: spreadOf(ours),
    ratio: spreadOf(ours.map((ms, at) => ms / (floor[at] ?? Number.NaN))),
    peer: 'prom-client: 7.7 ms elsewhere',
    targets: [{ name: 'ms', value: spreadOf(ours).median, limit: 2, holds: 'at most' }],
    notes: ['floor: joining the same number of lines of known labels'],
  };
}

function bareLines(): Sample {
  const from = performance.now();
  let text = '';
  for (let at = 0; at < series; at += 1) text += `name{code="bench-${at}"} ${at}\n`;
  if (Buffer.from(text).length === 0) throw new Error('nothing was joined');
  return { perSecond: 1_000 / (performance.now() - from) };
}

/** Rows of the status port. */
export async function statusBench(options: BenchOptions): Promise<readonly BenchRow[]> {
  const ports = productionPorts({
    log: { level: 'silent', destination: 'stderr' },
    environment: {},
  });
  return [
    await statusRow(options, ports),
    await statusBesideRow(options, ownServer),
    await metricsRow(options, ports),
  ];
}
