/** HTTP of one node over the virtual network: the same bounds and the same errors as the real one. */
import { type ErrorCode, HoldfastError } from '../../../streams/facts/errors.ts';
import type { Http, HttpRequest, HttpResponse } from '../../../streams/ports/index.ts';
import { parseTarget } from '../http-target.ts';
import { Exchange } from './exchange.ts';
import type { Incarnation } from './incarnation.ts';
import type { VirtualNetwork } from './network.ts';
import { lowerCaseNames } from './node-sockets.ts';

const defaultMaxResponseBytes = 16 * 1024 * 1024;
const defaultGraceMs = 250;

/** The HTTP port of one incarnation. */
export function nodeHttp(network: VirtualNetwork, owner: Incarnation): Http {
  return {
    request: (request) => send(network, owner, request),
    async serve(options) {
      const { listener, port, close } = network.listen(owner, options);
      return {
        host: options.host,
        port,
        close(graceMs = defaultGraceMs) {
          close();
          return listener.empty(network.clock, graceMs);
        },
      };
    },
  };
}

async function send(
  network: VirtualNetwork,
  owner: Incarnation,
  request: HttpRequest,
): Promise<HttpResponse> {
  const url = URL.canParse(request.url) ? new URL(request.url) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw failure('NETWORK_UNREACHABLE', 'the address of the request is no http or https URL');
  }
  const name = `${request.method} ${url.host}${url.pathname}`;
  return new Promise((resolve, reject) => {
    let exchange: Exchange | undefined;
    const isOver = (): boolean => !owner.isAlive;
    const deadline = network.clock.schedule(request.timeoutMs * 1_000, () => {
      exchange?.abort();
      const message = `${name}: no answer in ${request.timeoutMs} ms`;
      if (!isOver()) reject(failure('NETWORK_TIMEOUT', message));
    });
    const settle = (work: () => void): void => {
      deadline();
      if (!isOver()) work();
    };
    const fail = (code: ErrorCode, what: string): void =>
      settle(() => reject(failure(code, `${name}: ${what}`)));
    const port = Number(url.port) || (url.protocol === 'https:' ? 443 : 80);
    const listener = network.find(url.hostname, port);
    if (listener === undefined) {
      const thereAndBack = network.drawLatencyUs() * 2;
      network.clock.schedule(thereAndBack, () => fail('NETWORK_UNREACHABLE', 'ECONNREFUSED'));
      return;
    }
    exchange = new Exchange({
      network,
      client: owner,
      listener,
      maxResponseBytes: request.maxResponseBytes ?? defaultMaxResponseBytes,
      onResponse: (response) => settle(() => resolve(response)),
      onFailure: fail,
    });
    exchange.start(inboundOf(request, url));
  });
}

function inboundOf(request: HttpRequest, url: URL): Parameters<Exchange['start']>[0] {
  const body = Buffer.from((request.body ?? '') as string);
  const length: Record<string, string> =
    request.body === undefined ? {} : { 'content-length': String(body.length) };
  const target = url.pathname + url.search;
  return {
    method: request.method,
    ...parseTarget(target),
    target,
    headers: lowerCaseNames({ host: url.host, ...length, ...request.headers }),
    body,
    remoteAddress: '127.0.0.1',
  };
}

function failure(code: ErrorCode, message: string): HoldfastError {
  return new HoldfastError(code, message);
}
