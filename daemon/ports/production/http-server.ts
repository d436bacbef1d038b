/**
 * The HTTP server. Everything a stranger can make large or slow has a bound: headers, body, time to
 * send either, connections. A handler that fails answers 500 without saying why.
 */
import { randomBytes } from 'node:crypto';
import http from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { HoldfastError } from '../../../streams/facts/errors.ts';
import type {
  HttpServer,
  HttpServerOptions,
  InboundHttpRequest,
  Log,
} from '../../../streams/ports/index.ts';
import { failedResponse, tooLargeResponse } from '../http-problems.ts';
import { parseTarget } from '../http-target.ts';
import { flatHeaders } from './http-client.ts';
import { respond } from './http-response.ts';
import { upgradesOf } from './http-upgrade.ts';

const defaultGraceMs = 250;
const maxHeaderBytes = 16 * 1024;
const keepAliveTimeoutMs = 5_000;
/** How often Node looks for requests that are late. */
const lateCheckIntervalMs = 250;
const noBody = Buffer.alloc(0);
/** How long a refused body is still read, so that the refusal can be read by the sender. */
const lingerMs = 1_000;

/** Starts to listen. Rejects with PORT_IN_USE or CONFIG_INVALID when the address cannot be had. */
export function httpServe(log: Log, options: HttpServerOptions): Promise<HttpServer> {
  const server = createServer(options);
  server.maxConnections = options.maxConnections;
  server.on('request', (request, response) => void handle(log, options, request, response));
  const upgrades = upgradesOf(options);
  server.on('upgrade', (request: http.IncomingMessage, socket: Duplex, head: Buffer) =>
    upgrades.accept(request, socket, head),
  );
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(listenError(options, error)));
    server.listen(options.port, options.host, () => {
      const port = (server.address() as AddressInfo).port;
      const close = (graceMs = defaultGraceMs): Promise<void> => {
        upgrades.close(graceMs);
        return closeServer(server, graceMs);
      };
      resolve({ host: options.host, port, close });
    });
  });
}

function createServer(options: HttpServerOptions): http.Server {
  const limits = {
    headersTimeout: options.headersTimeoutMs,
    requestTimeout: options.requestTimeoutMs,
    connectionsCheckingInterval: lateCheckIntervalMs,
    keepAliveTimeout: keepAliveTimeoutMs,
    maxHeaderSize: maxHeaderBytes,
    noDelay: true,
  };
  if (options.tls === undefined) return http.createServer(limits);
  return https.createServer({ ...limits, key: options.tls.key, cert: options.tls.cert });
}

async function handle(
  log: Log,
  options: HttpServerOptions,
  request: http.IncomingMessage,
  response: http.ServerResponse,
): Promise<void> {
  try {
    const body = await readBody(request, options.maxBodyBytes);
    if (body === undefined) refuseBody(request, response, options.maxBodyBytes);
    else respond(response, await options.onRequest(inbound(request, body)));
  } catch (error) {
    if (request.destroyed && !request.complete) return;
    const method = request.method ?? '';
    const { path } = parseTarget(request.url);
    const traceId = newTraceId();
    log.error('http.handler_failed', { method, path, error, trace_id: traceId });
    if (response.headersSent) response.destroy();
    else respond(response, failedResponse(traceId));
  }
}

/** The whole body, or undefined as soon as it is known to be larger than allowed. */
function readBody(request: http.IncomingMessage, limit: number): Promise<Buffer | undefined> {
  if (!hasBody(request)) {
    request.resume();
    return Promise.resolve(noBody);
  }
  if (Number(request.headers['content-length'] ?? 0) > limit) return Promise.resolve(undefined);
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= limit) chunks.push(chunk);
      else resolve(undefined);
    });
    request.on('end', () => resolve(Buffer.concat(chunks)));
    request.on('error', reject);
    request.on('close', () => reject(new HoldfastError('NETWORK_CLOSED', 'request cut off')));
  });
}

/** A request announces its body in one of two ways (RFC 9112, section 6.3). */
function hasBody({ headers }: http.IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || headers['content-length'] !== undefined;
}

function newTraceId(): string {
  return randomBytes(16).toString('hex');
}

function refuseBody(
  request: http.IncomingMessage,
  response: http.ServerResponse,
  maxBodyBytes: number,
): void {
  const linger = setTimeout(() => request.destroy(), lingerMs);
  request.on('close', () => clearTimeout(linger));
  const refusal = tooLargeResponse(newTraceId(), maxBodyBytes);
  const body = String(refusal.body);
  response.writeHead(refusal.status, {
    ...refusal.headers,
    connection: 'close',
    'content-length': Buffer.byteLength(body),
  });
  response.write(body);
  request.on('end', () => response.end());
  request.resume();
}

function inbound(request: http.IncomingMessage, body: Buffer): InboundHttpRequest {
  const { path, query } = parseTarget(request.url);
  return {
    method: request.method ?? 'GET',
    path,
    target: request.url ?? '/',
    query,
    headers: flatHeaders(request.headers),
    body,
    remoteAddress: request.socket.remoteAddress ?? '',
  };
}

function closeServer(server: http.Server, graceMs: number): Promise<void> {
  return new Promise((resolve) => {
    const cut = setTimeout(() => server.closeAllConnections(), graceMs);
    server.close(() => {
      clearTimeout(cut);
      resolve();
    });
    server.closeIdleConnections();
  });
}

function listenError(options: HttpServerOptions, cause: NodeJS.ErrnoException): HoldfastError {
  const address = `${options.host}:${options.port}`;
  if (cause.code === 'EADDRINUSE') {
    const message =
      `another process listens on ${address}; find it with "ss -ltnp sport = :${options.port}" ` +
      'and stop it, or choose another port in the wiring section of the profile (0: any free one)';
    return new HoldfastError('PORT_IN_USE', message, { cause, details: { address } });
  }
  const message = `cannot listen on ${address} (${cause.code ?? cause.message}); choose a host of this machine and a port above 1023`;
  return new HoldfastError('CONFIG_INVALID', message, { cause, details: { address } });
}
