/** What both ports have in common: limits, trace ids, origin checks, problem documents, counting. */
import { HoldfastError } from '../../streams/facts/errors.ts';
import type {
  HttpServer,
  InboundHttpRequest,
  OutboundHttpResponse,
  Ports,
  SocketAcceptance,
  SocketRequest,
} from '../../streams/ports/index.ts';
import { checkOrigin, type OriginPolicy, originPolicy } from './origin.ts';
import { problemResponse } from './problem.ts';

export interface ListenOptions {
  readonly ports: Ports;
  /** `status` or `control`: the label of its metrics. */
  readonly name: string;
  readonly host: string;
  readonly port: number;
  readonly tls?: { readonly key: string; readonly cert: string };
  /** Port of the Observatory page; default: this port itself. */
  readonly statusPort?: () => number;
  readonly answer: (request: InboundHttpRequest, traceId: string) => Promise<OutboundHttpResponse>;
  readonly acceptSocket?: (request: SocketRequest, traceId: string) => SocketAcceptance;
}

/** Small on purpose: a command is a few hundred bytes, a client has a few connections. */
const maxBodyBytes = 65_536;
const maxConnections = 256;
const headersTimeoutMs = 5_000;
const requestTimeoutMs = 10_000;
const maxSocketMessageBytes = 4_096;

const traceparent = /^00-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}$/;

function traceIdFor(ports: Ports, headers: Readonly<Record<string, string>>): string {
  return traceparent.exec(headers.traceparent ?? '')?.[1] ?? ports.random.hex(16);
}

/** Opens the port. Rejects with PORT_IN_USE. */
export async function listen(options: ListenOptions): Promise<HttpServer> {
  const { ports, name } = options;
  const requests = ports.telemetry.metrics.counter('holdfast_http_requests_total');
  let policy: OriginPolicy | undefined;
  const guarded = async (request: InboundHttpRequest): Promise<OutboundHttpResponse> => {
    const traceId = traceIdFor(ports, request.headers);
    try {
      checkOrigin(requirePolicy(policy), request.headers);
      return await options.answer(request, traceId);
    } catch (error) {
      const known = error instanceof HoldfastError && error.code !== 'INTERNAL';
      if (!known)
        ports.telemetry.log.error('http.failed', {
          trace_id: traceId,
          path: request.path,
          err: error,
        });
      return problemResponse(error, traceId);
    }
  };
  const server = await ports.http.serve({
    host: options.host,
    port: options.port,
    maxBodyBytes,
    maxConnections,
    headersTimeoutMs,
    requestTimeoutMs,
    maxSocketMessageBytes,
    ...(options.tls === undefined ? {} : { tls: options.tls }),
    onRequest: async (request) => {
      const response = await guarded(request);
      requests.increment(1, name, String(response.status));
      return response;
    },
    onSocket: (request) => {
      const traceId = traceIdFor(ports, request.headers);
      try {
        checkOrigin(requirePolicy(policy), request.headers);
        if (options.acceptSocket === undefined)
          throw new HoldfastError('NOT_FOUND', 'no stream here');
        return options.acceptSocket(request, traceId);
      } catch (error) {
        return { kind: 'refused', response: problemResponse(error, traceId) };
      }
    },
  });
  const statusPort = options.statusPort?.() ?? server.port;
  policy = originPolicy(
    { host: options.host, port: server.port, tls: options.tls !== undefined },
    statusPort,
  );
  return server;
}

function requirePolicy(policy: OriginPolicy | undefined): OriginPolicy {
  if (policy === undefined) throw new HoldfastError('FORBIDDEN', 'the port is not open yet');
  return policy;
}
