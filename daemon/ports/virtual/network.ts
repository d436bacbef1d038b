/**
 * The network between the nodes of a world: listeners by host and port, a seeded delay per message,
 * and the ways it can fail. Connections keep their order, as TCP does.
 */
import { HoldfastError } from '../../../streams/facts/errors.ts';
import type { HttpServerOptions, Random } from '../../../streams/ports/index.ts';
import type { VirtualClock } from './clock.ts';
import type { Incarnation } from './incarnation.ts';
import { Listener } from './listener.ts';

export interface Latency {
  readonly minUs: number;
  readonly maxUs: number;
}

/** A message about to travel, as a fault sees it. */
export interface Passing {
  readonly from: string;
  readonly to: string;
  readonly kind: 'socket' | 'request' | 'response';
  readonly data: Buffer;
}

/** What a fault does to a message. `undefined`: nothing. */
export type Verdict = 'drop' | 'duplicate' | 'cut' | { readonly delayUs: number } | undefined;

/** Something two nodes hold together, which a fault may cut. */
export interface Connection {
  readonly ends: readonly [string, string];
  /** Both ends see an abnormal closure. */
  reset(): void;
}

/** A place taken: its port, and the way to give it back. */
export interface Listening {
  readonly listener: Listener;
  readonly port: number;
  readonly close: () => void;
}

const defaultLatency: Latency = { minUs: 200, maxUs: 200 };
/** What travels or waits at the receiver before a sender's own buffer grows. */
const defaultWindowBytes = 256 * 1024;
const firstFreePort = 40_000;
const anyHost = '0.0.0.0';

/** One network, shared by all nodes of a world. */
export class VirtualNetwork {
  readonly clock: VirtualClock;
  /** Delay of every message sent from now on. */
  latency: Latency = defaultLatency;
  windowBytes: number = defaultWindowBytes;
  /** Looks at every message about to travel and may harm it. */
  intercept: ((passing: Passing) => Verdict) | undefined;
  readonly #random: Random;
  readonly #listeners = new Map<string, Listener>();
  readonly #connections = new Set<Connection>();
  readonly #silenced = new Set<string>();
  readonly #stalled = new Set<string>();
  readonly #onResume = new Set<() => void>();
  #nextPort = firstFreePort;

  constructor(clock: VirtualClock, random: Random) {
    this.clock = clock;
    this.#random = random;
  }

  /** Cuts every connection between two nodes; both ends are told. New ones may be made. */
  cut(a: string, b: string): void {
    for (const connection of Array.from(this.#connections)) {
      if (isBetween(connection, a, b)) connection.reset();
    }
  }

  /** From now on nothing passes between two nodes, and nobody is told (half-open). */
  silence(a: string, b: string): void {
    this.#silenced.add(pairKey(a, b));
  }

  /** Lets messages pass again. A connection that lost bytes is reset at its next message. */
  heal(a: string, b: string): void {
    this.#silenced.delete(pairKey(a, b));
  }

  isSilenced(a: string, b: string): boolean {
    return this.#silenced.has(pairKey(a, b));
  }

  /** The node stops reading: what is sent to it piles up at the senders. */
  stall(name: string): void {
    this.#stalled.add(name);
  }

  /** The node reads again. */
  resume(name: string): void {
    this.#stalled.delete(name);
    for (const fn of Array.from(this.#onResume)) fn();
  }

  isStalled(name: string): boolean {
    return this.#stalled.has(name);
  }

  onResume(fn: () => void): () => void {
    this.#onResume.add(fn);
    return () => void this.#onResume.delete(fn);
  }

  /** For answers that a server gives by itself. */
  drawTraceId(): string {
    return this.#random.hex(16);
  }

  /** Delay of the next message. */
  drawLatencyUs(): number {
    const { minUs, maxUs } = this.latency;
    return maxUs > minUs ? minUs + this.#random.integer(maxUs - minUs + 1) : minUs;
  }

  /** Connections open between two nodes. */
  connectionCount(a: string, b: string): number {
    return [...this.#connections].filter((connection) => isBetween(connection, a, b)).length;
  }

  add(connection: Connection): () => void {
    this.#connections.add(connection);
    return () => void this.#connections.delete(connection);
  }

  /** Throws PORT_IN_USE. */
  listen(owner: Incarnation, options: HttpServerOptions): Listening {
    const port = options.port === 0 ? this.#freePort() : options.port;
    const key = `${options.host}:${port}`;
    if (this.#listeners.has(key)) {
      const message = `another node listens on ${key}; choose another port (0: any free one)`;
      throw new HoldfastError('PORT_IN_USE', message, { details: { address: key } });
    }
    const listener = new Listener(owner, options);
    this.#listeners.set(key, listener);
    const close = (): void => {
      if (this.#listeners.get(key) === listener) this.#listeners.delete(key);
    };
    owner.onDeath(close);
    return { listener, port, close };
  }

  /** Who listens at `host:port`, if anybody living does. */
  find(host: string, port: number): Listener | undefined {
    const name = host === 'localhost' ? '127.0.0.1' : host;
    return this.#listeners.get(`${name}:${port}`) ?? this.#listeners.get(`${anyHost}:${port}`);
  }

  #freePort(): number {
    this.#nextPort += 1;
    return this.#nextPort;
  }
}

function pairKey(a: string, b: string): string {
  return a < b ? `${a}\n${b}` : `${b}\n${a}`;
}

function isBetween(connection: Connection, a: string, b: string): boolean {
  const [x, y] = connection.ends;
  return (x === a && y === b) || (x === b && y === a);
}
