/**
 * What both ports have in common: limits, trace ids, Host and Origin, the page as the one foreign
 * origin, problem documents, counting. A non-loopback address is refused without TLS and tokens.
 */
import { HoldfastError } from '../../streams/facts/errors.ts';
import { usPerSecond } from '../../streams/facts/time.ts';
import type {
  HttpServer,
  InboundHttpRequest,
  OutboundHttpResponse,
  Ports,
  SocketAcceptance,
  SocketRequest,
} from '../../streams/ports/index.ts';
import {
  checkOrigin,
  isLoopback,
  type Listening,
  type OriginPolicy,
  originPolicy,
} from './origin.ts';
import { isShown, problemResponse } from './problem.ts';

/** Where to listen, as the profile says it. */
export interface ListenAddress {
  readonly host: string;
  /** 0 asks for any free port. */
  readonly port: number;
  readonly tls?: { readonly key: string; readonly cert: string };
  /** Further names by which clients may address the port. */
  readonly names?: readonly string[];
}

/** Which port it is: its metrics, its foreign origin, what it refuses to do without. */
interface Door {
  readonly ports: Ports;
  /** `status` or `control`: the label of its metrics. */
  readonly name: string;
  /** Where the Observatory page comes from; default: this port itself. */
  readonly page?: () => Listening;
  /** Methods the page may use across origins. Absent: this port answers no other origin. */
  readonly crossOriginMethods?: string;
  readonly hasTokens: boolean;
  /** A request that named another host or came from a foreign page. */
  readonly onForeign?: (path: string, error: HoldfastError, traceId: string) => void;
}

export interface ListenOptions extends Door, ListenAddress {
  readonly answer: (request: InboundHttpRequest, traceId: string) => Promise<OutboundHttpResponse>;
  readonly acceptSocket?: (request: SocketRequest, traceId: string) => SocketAcceptance;
}

/** Small on purpose: a command is a few hundred bytes, a client has a few connections. */
const maxBodyBytes = 65_536;
const maxConnections = 256;
const headersTimeoutMs = 5_000;
const requestTimeoutMs = 10_000;
const maxSocketMessageBytes = 4_096;
/** How long a browser may remember what the preflight allowed. */
const preflightAgeS = 600;

const traceparent = /^00-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}$/;
type Headers = Readonly<Record<string, string>>;

function traceIdFor(ports: Ports, headers: Headers): string {
  const given = traceparent.exec(headers.traceparent ?? '')?.[1];
  return given === undefined || /^0+$/.test(given) ? ports.random.hex(16) : given;
}

/** What a browser needs to let the page read the answer of another port. */
function crossOriginHeaders({ crossOriginMethods }: Door, origin: string | undefined): Headers {
  if (crossOriginMethods === undefined) return {};
  if (origin === undefined) return { vary: 'origin' };
  return {
    vary: 'origin',
    'access-control-allow-origin': origin,
    'access-control-expose-headers': 'x-trace-id, retry-after',
  };
}

function preflight({ crossOriginMethods = '' }: Door): OutboundHttpResponse {
  return {
    status: 204,
    headers: {
      'access-control-allow-methods': crossOriginMethods,
      'access-control-allow-headers':
        'authorization, content-type, idempotency-key, x-request-time, traceparent',
      'access-control-max-age': String(preflightAgeS),
    },
  };
}

/** The two checks and the one error form around everything a port answers. */
class Gatehouse {
  readonly #options: ListenOptions;
  readonly #rejected;
  #policy: OriginPolicy | undefined;

  constructor(options: ListenOptions) {
    this.#options = options;
    this.#rejected = options.ports.telemetry.metrics.counter('holdfast_http_rejected_total');
  }

  open(server: HttpServer): void {
    const { host, tls, names, page } = this.#options;
    const self: Listening = {
      host,
      port: server.port,
      tls: tls !== undefined,
      ...(names === undefined ? {} : { names }),
    };
    this.#policy = originPolicy(self, page?.() ?? self);
  }

  async answer(request: InboundHttpRequest): Promise<OutboundHttpResponse> {
    const { headers, path, method } = request;
    const traceId = traceIdFor(this.#options.ports, headers);
    try {
      this.#checkOrigin(path, headers, traceId);
      const crosses = headers.origin !== undefined && this.#options.crossOriginMethods;
      const asks = headers['access-control-request-method'] !== undefined;
      const response =
        method === 'OPTIONS' && crosses && asks
          ? preflight(this.#options)
          : await this.#options.answer(request, traceId);
      return this.#withHeaders(response, headers.origin, traceId);
    } catch (error) {
      const allowed = this.#policy?.origins.has(headers.origin?.toLowerCase() ?? '');
      const origin = allowed === true ? headers.origin : undefined;
      return this.#withHeaders(this.#problem(error, path, traceId), origin, traceId);
    }
  }

  acceptSocket(request: SocketRequest): SocketAcceptance {
    const { ports, acceptSocket } = this.#options;
    const traceId = traceIdFor(ports, request.headers);
    try {
      this.#checkOrigin(request.path, request.headers, traceId);
      if (acceptSocket === undefined) throw new HoldfastError('NOT_FOUND', 'no stream here');
      return acceptSocket(request, traceId);
    } catch (error) {
      return { kind: 'refused', response: this.#problem(error, request.path, traceId) };
    }
  }

  #checkOrigin(path: string, headers: Headers, traceId: string): void {
    if (this.#policy === undefined) throw new HoldfastError('FORBIDDEN', 'the port opens');
    try {
      checkOrigin(this.#policy, headers);
    } catch (error) {
      this.#rejected.increment(1, 'origin');
      if (error instanceof HoldfastError) this.#options.onForeign?.(path, error, traceId);
      throw error;
    }
  }

  #problem(error: unknown, path: string, traceId: string): OutboundHttpResponse {
    if (!isShown(error)) {
      const { log } = this.#options.ports.telemetry;
      log.error('http.failed', { trace_id: traceId, path, err: error });
    }
    return problemResponse(error, traceId);
  }

  #withHeaders(
    response: OutboundHttpResponse,
    origin: string | undefined,
    traceId: string,
  ): OutboundHttpResponse {
    const headers = {
      'x-trace-id': traceId,
      'x-content-type-options': 'nosniff',
      ...crossOriginHeaders(this.#options, origin),
      ...response.headers,
    };
    return { ...response, headers };
  }
}

function refuseOpenAddress({ host, tls, hasTokens, name }: ListenOptions): void {
  if (isLoopback(host) || (tls !== undefined && hasTokens)) return;
  throw new HoldfastError(
    'CONFIG_INVALID',
    `the ${name} port may listen on ${host} only with TLS (tls_key_file, tls_cert_file) and tokens (HOLDFAST_TOKEN_VIEWER and above): configure both, or listen on 127.0.0.1`,
  );
}

/** Opens the port. Rejects with PORT_IN_USE or CONFIG_INVALID. */
export async function listen(options: ListenOptions): Promise<HttpServer> {
  refuseOpenAddress(options);
  const { ports, name } = options;
  const { metrics } = ports.telemetry;
  const requests = metrics.counter('holdfast_http_requests_total');
  const seconds = metrics.histogram('holdfast_http_request_seconds');
  const house = new Gatehouse(options);
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
      const startUs = ports.clock.monotonicUs();
      const response = await house.answer(request);
      requests.increment(1, name, String(response.status));
      seconds.observe((ports.clock.monotonicUs() - startUs) / usPerSecond, name);
      return response;
    },
    onSocket: (request) => house.acceptSocket(request),
  });
  house.open(server);
  return server;
}
