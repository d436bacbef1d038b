/** WebSocket connections of one node over the virtual network. */
import type { HttpServerOptions, Sockets } from '../../../streams/ports/index.ts';
import { parseTarget } from '../http-target.ts';
import { Endpoint } from './endpoint.ts';
import type { Incarnation } from './incarnation.ts';
import type { Listener } from './listener.ts';
import type { VirtualNetwork } from './network.ts';

const defaultServerMaxMessageBytes = 1024 * 1024;
const defaultPorts: Readonly<Record<string, number>> = { 'ws:': 80, 'wss:': 443 };
const goingAway = 1001;

/** The sockets port of one incarnation. */
export function nodeSockets(network: VirtualNetwork, owner: Incarnation): Sockets {
  return {
    connect(url, options, handlers) {
      const client = new Endpoint({ network, owner, maxMessageBytes: options.maxMessageBytes });
      client.startOpening(handlers, options.openTimeoutMs);
      const parsed = URL.canParse(url) ? new URL(url) : undefined;
      if (parsed === undefined || defaultPorts[parsed.protocol] === undefined) {
        client.fail(`Invalid URL: ${url}`);
      } else {
        shakeHands({ network, client, url: parsed, headers: options.headers ?? {} });
      }
      return client;
    },
  };
}

interface Handshake {
  readonly network: VirtualNetwork;
  readonly client: Endpoint;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
}

function shakeHands(handshake: Handshake): void {
  const { network, client, url } = handshake;
  const port = Number(url.port) || (defaultPorts[url.protocol] ?? 0);
  const find = (): Listener | undefined => network.find(url.hostname, port);
  const target = find()?.owner.name ?? '';
  if (network.isSilenced(client.owner.name, target)) return;
  network.clock.schedule(network.drawLatencyUs(), () => {
    const listener = find();
    if (!client.isConnecting) return;
    if (listener === undefined) answerLater(network, client, `connect ECONNREFUSED ${url.host}`);
    else if (!network.isStalled(listener.owner.name)) accept(handshake, listener);
  });
}

function accept(handshake: Handshake, listener: Listener): void {
  const { network, client, url } = handshake;
  if (listener.isFull) {
    answerLater(network, client, 'socket hang up');
    return;
  }
  const decision = listener.options.onSocket?.({
    ...parseTarget(url.pathname + url.search),
    headers: lowerCaseNames({ host: url.host, ...handshake.headers }),
    remoteAddress: client.remoteAddress,
  });
  if (decision === undefined || decision.kind === 'refused') {
    const status = decision === undefined ? 404 : decision.response.status;
    answerLater(network, client, `Unexpected server response: ${status}`);
    return;
  }
  const server = establish(handshake, listener);
  server.accept(decision.handlers);
}

function establish({ network, client }: Handshake, listener: Listener): Endpoint {
  const server = new Endpoint({
    network,
    owner: listener.owner,
    maxMessageBytes: maxMessageBytes(listener.options),
  });
  client.join(server);
  server.join(client);
  const ends = [client.owner.name, server.owner.name] as const;
  client.onEnd(network.add({ ends, reset: () => server.reset() }));
  const guest = {
    sayGoodbye: () => server.close(goingAway, 'server is stopping'),
    cut: () => server.terminate(),
  };
  server.onEnd(listener.enter(guest));
  return server;
}

function maxMessageBytes(options: HttpServerOptions): number {
  return options.maxSocketMessageBytes ?? defaultServerMaxMessageBytes;
}

function answerLater(network: VirtualNetwork, client: Endpoint, reason: string): void {
  network.clock.schedule(network.drawLatencyUs(), () => client.fail(reason));
}

/** Header names as a server sees them. */
export function lowerCaseNames(headers: Readonly<Record<string, string>>): Record<string, string> {
  const lower = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]);
  return Object.fromEntries(lower);
}
