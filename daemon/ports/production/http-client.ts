/**
 * One HTTP request, one whole response, within one deadline and one size. Errors name method, host
 * and path, never the query or a header: those may carry secrets.
 */
import http from 'node:http';
import https from 'node:https';
import { type ErrorCode, HoldfastError } from '../../../streams/facts/errors.ts';
import type { HttpRequest, HttpResponse } from '../../../streams/ports/index.ts';

const defaultMaxResponseBytes = 16 * 1024 * 1024;
/** Connections per host; more requests than this wait inside their own deadline. */
const maxConnectionsPerHost = 32;
/** Idle connections kept for the next request, per host. */
const maxIdleConnectionsPerHost = 8;

const unreachableCodes: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EADDRNOTAVAIL',
  'EPROTO',
  'CERT_HAS_EXPIRED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]);

/** The client half of the HTTP port; keeps connections alive between requests. */
export function httpClient(): (request: HttpRequest) => Promise<HttpResponse> {
  const agentOptions = {
    keepAlive: true,
    maxSockets: maxConnectionsPerHost,
    maxFreeSockets: maxIdleConnectionsPerHost,
  };
  const agents = { http: new http.Agent(agentOptions), https: new https.Agent(agentOptions) };
  return async (request) => {
    const url = parseUrl(request);
    const name = `${request.method} ${url.host}${url.pathname}`;
    return new Promise((resolve, reject) => {
      exchange({ request, url, name, agents, resolve, reject });
    });
  };
}

interface Exchange {
  readonly request: HttpRequest;
  readonly url: URL;
  /** Method, host and path: what errors may say. */
  readonly name: string;
  readonly agents: { readonly http: http.Agent; readonly https: https.Agent };
  readonly resolve: (response: HttpResponse) => void;
  readonly reject: (error: HoldfastError) => void;
}

function exchange(job: Exchange): void {
  const { request, url, name } = job;
  const secure = url.protocol === 'https:';
  const outgoing = (secure ? https : http).request(url, {
    method: request.method,
    headers: { ...request.headers },
    agent: secure ? job.agents.https : job.agents.http,
  });
  const fail = (error: HoldfastError): void => {
    clearTimeout(deadline);
    outgoing.destroy();
    job.reject(error);
  };
  const deadline = setTimeout(
    () => fail(networkError('NETWORK_TIMEOUT', `${name}: no answer in ${request.timeoutMs} ms`)),
    request.timeoutMs,
  );
  outgoing.on('error', (error: NodeJS.ErrnoException) => fail(mapError(name, error)));
  outgoing.on('response', (incoming) => {
    readBounded(incoming, request.maxResponseBytes ?? defaultMaxResponseBytes, name)
      .then((body) => {
        clearTimeout(deadline);
        job.resolve({
          status: incoming.statusCode ?? 0,
          headers: flatHeaders(incoming.headers),
          body,
        });
      })
      .catch((error: HoldfastError) => fail(error));
  });
  outgoing.end(request.body);
}

function readBounded(incoming: http.IncomingMessage, limit: number, name: string): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    incoming.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= limit) chunks.push(chunk);
      else reject(networkError('PAYLOAD_TOO_LARGE', `${name}: the answer exceeds ${limit} bytes`));
    });
    incoming.on('end', () => resolve(Buffer.concat(chunks, Math.min(size, limit))));
    // 'close' without 'end' is a connection that broke inside the body.
    incoming.on('error', (error) => reject(mapError(name, error)));
    incoming.on('close', () =>
      reject(networkError('NETWORK_CLOSED', `${name}: the connection broke inside the answer`)),
    );
  });
}

/** Header values as single strings with lower-case names. */
export function flatHeaders(headers: http.IncomingHttpHeaders): Record<string, string> {
  const flat: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) flat[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return flat;
}

function parseUrl(request: HttpRequest): URL {
  const url = URL.canParse(request.url) ? new URL(request.url) : undefined;
  if (url !== undefined && (url.protocol === 'http:' || url.protocol === 'https:')) return url;
  throw networkError('NETWORK_UNREACHABLE', 'the address of the request is no http or https URL');
}

function mapError(name: string, error: NodeJS.ErrnoException): HoldfastError {
  const unreachable = error.code !== undefined && unreachableCodes.has(error.code);
  const code = unreachable ? 'NETWORK_UNREACHABLE' : 'NETWORK_CLOSED';
  return networkError(code, `${name}: ${error.code ?? error.message}`, error);
}

function networkError(code: ErrorCode, message: string, cause?: unknown): HoldfastError {
  return new HoldfastError(code, message, { cause });
}
