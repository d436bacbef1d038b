/**
 * The status port: GET only, no login on loopback, changes nothing. Bodies that many read are
 * rendered at most once per refresh interval, so that watching the daemon costs it next to nothing.
 */

import type { z } from 'zod';
import type { HttpServer, MetricsFormat, Ports } from '../../streams/ports/index.ts';
import { metricsContentTypes } from '../../streams/telemetry/index.ts';
import { type ListenAddress, listen } from './listen.ts';
import { type LiveStreams, liveRoutes } from './live/index.ts';
import { openApiRoute } from './openapi.ts';
import { type OperationsSource, operationsRoutes } from './operations-routes.ts';
import { isLoopback } from './origin.ts';
import { answerRoute, findRoute, type Route } from './routes.ts';
import { healthSchema, readySchema, type StatusV1, statusSchema } from './status-schema.ts';
import { requireRole, type TokenTable } from './tokens.ts';
import { unbuiltStatusRoutes } from './unbuilt.ts';

export interface StatusSource {
  status(): StatusV1;
  health(): z.infer<typeof healthSchema>;
  ready(): z.infer<typeof readySchema>;
  metrics(format: MetricsFormat): Promise<string>;
}

export interface StatusServerOptions extends ListenAddress {
  readonly ports: Ports;
  readonly contractVersion: string;
  /** Asked for only when the port listens beyond loopback. */
  readonly tokens: TokenTable;
  readonly source: StatusSource;
  readonly operations: OperationsSource;
  readonly live: LiveStreams;
}

/** A status answer may be this old: shorter than anybody can read, long enough to share. */
const statusCacheMs = 50;

/** The same text for everybody who asks within the interval. */
function cached<T>(ports: Ports, render: () => T): () => T {
  let value: T | undefined;
  let untilUs = Number.NEGATIVE_INFINITY;
  return () => {
    const nowUs = ports.clock.monotonicUs();
    if (value === undefined || nowUs >= untilUs) {
      value = render();
      untilUs = nowUs + statusCacheMs * 1_000;
    }
    return value;
  };
}

/** Prometheus asks for OpenMetrics when it is told to keep exemplars. */
function formatAccepted(accept = ''): MetricsFormat {
  return accept.includes('application/openmetrics-text') ? 'openmetrics' : 'prometheus';
}

function statusRoutes({ ports, source }: StatusServerOptions): Route[] {
  const status = cached(ports, () => JSON.stringify(source.status()));
  const metrics = {
    prometheus: cached(ports, () => source.metrics('prometheus')),
    openmetrics: cached(ports, () => source.metrics('openmetrics')),
  };
  return [
    {
      kind: 'json',
      method: 'GET',
      path: '/api/v1/health',
      summary: 'Whether the process answers, and which build it is.',
      response: healthSchema,
      answer: () => ({ value: source.health() }),
    },
    {
      kind: 'json',
      method: 'GET',
      path: '/livez',
      summary: 'Alive: the loop turns.',
      response: healthSchema,
      answer: () => ({ value: source.health() }),
    },
    {
      kind: 'json',
      method: 'GET',
      path: '/readyz',
      summary: 'Ready: reconciled, evidence writable, venue session up. 503 with reasons when not.',
      response: readySchema,
      otherStatuses: { 503: 'Not ready; the reasons say why' },
      answer: () => {
        const value = source.ready();
        return { status: value.ready ? 200 : 503, value };
      },
    },
    {
      kind: 'json',
      method: 'GET',
      path: '/api/v1/status',
      summary: 'May it trade, why not, since when, what clears it.',
      response: statusSchema,
      answer: () => ({ value: status() }),
    },
    {
      kind: 'raw',
      method: 'GET',
      path: '/metrics',
      summary: 'Prometheus metrics; with exemplars for whoever accepts OpenMetrics.',
      contentType: metricsContentTypes.prometheus,
      answer: async ({ request }) => {
        const format = formatAccepted(request.headers.accept);
        return {
          status: 200,
          headers: { 'content-type': metricsContentTypes[format] },
          body: await metrics[format](),
        };
      },
    },
  ];
}

/** On an address that others can reach, looking needs a token as well. */
function viewerCheck({ host, tokens }: StatusServerOptions): (authorization?: string) => void {
  if (isLoopback(host)) return () => undefined;
  return (authorization) => requireRole(tokens.identify(authorization).role, 'viewer');
}

/** Opens the status port. Rejects with PORT_IN_USE or CONFIG_INVALID. */
export async function startStatusServer(options: StatusServerOptions): Promise<HttpServer> {
  const { ports, host, port, tls, names, live, tokens } = options;
  const routes = [
    ...statusRoutes(options),
    ...operationsRoutes(options.operations),
    ...liveRoutes(live),
    ...unbuiltStatusRoutes(),
  ];
  const info = {
    title: 'Holdfast status port',
    version: options.contractVersion,
    description: 'Read-only. Every method but GET is refused and changes nothing.',
    secured: false,
  };
  routes.push(openApiRoute(info, routes.slice()));
  const checkViewer = viewerCheck(options);
  return listen({
    ports,
    name: 'status',
    host,
    port,
    ...(tls === undefined ? {} : { tls }),
    ...(names === undefined ? {} : { names }),
    hasTokens: !tokens.isEmpty,
    answer: async (request, traceId) => {
      checkViewer(request.headers.authorization);
      return answerRoute(findRoute(routes, request), request, traceId);
    },
    acceptSocket: (request) => {
      checkViewer(request.headers.authorization);
      return live.acceptSocket(request);
    },
  });
}
