/**
 * Peers on the same input. Only packages that install from the registry without fetching a binary
 * from elsewhere; one that is not installed is named as not run, never left out in silence.
 */
import { rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import ccxt from 'ccxt';

const require = createRequire(import.meta.url);

/** Why a peer cannot run here; undefined when it can. */
export function absence(name: 'lmdb' | 'fastify' | 'tardis-dev'): string | undefined {
  try {
    require.resolve(name);
    return undefined;
  } catch {
    return `${name}: peer not run, not installed`;
  }
}

/** Said in the rows that name it. */
export const sqliteNotRun =
  'better-sqlite3: peer not run, 12 fetches a binary from elsewhere and 13 needs Node 22';

/** A reader of book frames; `bestSum` proves that it kept the book. */
export interface PeerIngest {
  take(frame: Buffer): void;
  readonly bestSum: number;
}

interface Level {
  readonly price: number;
}

interface Tardis {
  normalizeBookChanges(
    exchange: 'deribit',
    at: Date,
  ): { map(message: unknown, at: Date): Iterable<{ readonly symbol: string }> | undefined };
  readonly OrderBook: new () => {
    update(change: unknown): void;
    bestBid(): Level | undefined;
  };
}

/** Its mapper for the venue and its order book, fed with parsed frames. */
export function tardisIngest(): PeerIngest {
  const tardis = require('tardis-dev') as Tardis;
  const mapper = tardis.normalizeBookChanges('deribit', new Date(0));
  const books = new Map<string, InstanceType<Tardis['OrderBook']>>();
  const bookOf = (symbol: string): InstanceType<Tardis['OrderBook']> => {
    const known = books.get(symbol);
    if (known !== undefined) return known;
    const book = new tardis.OrderBook();
    books.set(symbol, book);
    return book;
  };
  const peer = {
    bestSum: 0,
    take(frame: Buffer): void {
      const at = new Date(Date.now());
      for (const change of mapper.map(JSON.parse(frame.toString('utf8')), at) ?? []) {
        const book = bookOf(change.symbol);
        book.update(change);
        peer.bestSum += book.bestBid()?.price ?? 0;
      }
    },
  };
  return peer;
}

/** The library's live class for the venue; it knows the instruments by name only. */
class CcxtVenue extends ccxt.pro.deribit {
  bestSum = 0;
  onFrame = (): void => undefined;

  constructor(names: readonly string[]) {
    super({ newUpdates: false });
    this.setMarkets(names.map((name) => this.safeMarketStructure({ id: name, symbol: name })));
  }

  override handleMessage(
    ...args: Parameters<InstanceType<typeof ccxt.pro.deribit>['handleMessage']>
  ) {
    super.handleMessage(...args);
    const [, message] = args as [unknown, { params: { data: { instrument_name: string } } }];
    const book = this.orderbooks[message.params.data.instrument_name];
    this.bestSum += Number(book?.bids[0]?.[0] ?? 0);
    this.onFrame();
  }
}

export function ccxtIngest(names: readonly string[]): PeerIngest {
  const venue = new CcxtVenue(names);
  const client = venue.client('wss://127.0.0.1:1');
  return {
    take: (frame) => client.onMessage({ data: frame.toString('utf8') } as MessageEvent),
    get bestSum() {
      return venue.bestSum;
    },
  };
}

/** Milliseconds from the first to the last of `expected` frames that `url` sends. */
export async function ccxtOverSocket(
  url: string,
  names: readonly string[],
  expected: number,
): Promise<number> {
  const venue = new CcxtVenue(names);
  // The library refuses plain ws:// addresses until this was called once.
  await venue.loadHttpProxyAgent();
  const client = venue.client(url);
  try {
    return await new Promise((resolve, reject) => {
      let seen = 0;
      let fromMs = 0;
      venue.onFrame = () => {
        if (seen === 0) fromMs = performance.now();
        seen += 1;
        if (seen === expected) resolve(performance.now() - fromMs);
      };
      client.connect(0).catch(reject);
    });
  } finally {
    // Its own close waits for an answer, and the server of the bench gives none.
    client.connected.catch(() => undefined);
    (client.connection as { terminate(): void } | undefined)?.terminate();
  }
}

interface Lmdb {
  open(options: object): {
    put(key: number, value: Uint8Array): Promise<boolean>;
    readonly flushed: Promise<boolean>;
    close(): Promise<void>;
  };
}

/** Appends that are durable when they resolve: `put` resolves before the sync, `flushed` after it. */
export function lmdbAppend(path: string): {
  append(record: Uint8Array): Promise<unknown>;
  close(): Promise<void>;
} {
  rmSync(path, { recursive: true, force: true });
  const lmdb = require('lmdb') as Lmdb;
  const store = lmdb.open({ path, encoding: 'binary', noSync: false, noMemInit: true });
  let key = 0;
  return {
    append: async (record) => {
      key += 1;
      await store.put(key, record);
      await store.flushed;
    },
    close: () => store.close(),
  };
}

interface Fastify {
  get(path: string, handler: () => unknown): void;
  listen(options: { host: string; port: number }): Promise<string>;
  server: { address(): { port: number } };
  close(): Promise<void>;
}

/** A JSON route that answers `value`, rendered each time as fastify does. */
export async function fastifyServer(
  path: string,
  value: object,
): Promise<{ port: number; close: () => Promise<void> }> {
  const { fastify } = require('fastify') as { fastify: (options: object) => Fastify };
  const app = fastify({ logger: false });
  app.get(path, () => value);
  await app.listen({ host: '127.0.0.1', port: 0 });
  return { port: app.server.address().port, close: () => app.close() };
}
