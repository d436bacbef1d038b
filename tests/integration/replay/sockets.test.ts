/**
 * A sealed world served over real loopback sockets as fast as it goes, read by the house's own
 * session: every book, trade and ticker arrives as the import has it, and builds the same books.
 */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  openWorldOf,
  type SealImportRequest,
  sealImport,
} from '../../../actors/ingress/oracle/index.ts';
import { createMarketRoom, type MarketRoom } from '../../../actors/market/index.ts';
import { hideSecret } from '../../../daemon/ports/production/index.ts';
import { replay } from '../../../daemon/venue/index.ts';
import { sha256Hex } from '../../../streams/facts/hash.ts';
import type { MarketEvent } from '../../../streams/facts/market.ts';
import type { Ports } from '../../../streams/ports/index.ts';
import { DeribitSession } from '../../../streams/venues/deribit/index.ts';
import type { World } from '../../../streams/worlds/index.ts';
import { clientId, clientSecret, withVenue } from '../../fixtures/venue-sim/venues.ts';
import { withOracle } from '../../fixtures/worlds/oracle.ts';
import { sealWalkingWorld } from '../../fixtures/worlds/walking-world.ts';

const sockets = suite('replay over sockets');

const data = resolve('..', 'shared', 'data');
/** Of one whole world on a busy machine. */
const deadlineUs = 90_000_000;

/** Counts and a hash of books and trades in order, and the books they leave behind. */
class Outcome {
  readonly room: MarketRoom;
  readonly counts = { book: 0, trade: 0, ticker: 0 };
  readonly refused: string[] = [];
  #lines: string[] = [];
  #digest = '';

  constructor(ports: Ports, world: World) {
    const params = { conflateMs: 100 };
    this.room = createMarketRoom({ ports, params, instruments: world.instruments });
    this.room.onLink({ kind: 'up', sessionEpoch: 0 });
  }

  take(event: MarketEvent): void {
    this.counts[event.type] += 1;
    const result = this.room.apply(event);
    if (result !== 'applied') this.refused.push(`${event.instrument.name} ${event.type} ${result}`);
    const line = lineOf(event);
    if (line !== undefined) this.#lines.push(line);
    if (this.#lines.length >= 1_000) this.#fold();
  }

  get digest(): string {
    this.#fold();
    return this.#digest;
  }

  books(): unknown[] {
    return [...this.room.view.instruments].map(({ instrument, book, ticker, lastTrade }) => ({
      name: instrument.name,
      valid: book.valid,
      changeId: book.changeId,
      bids: sideOf(book, 'bids'),
      asks: sideOf(book, 'asks'),
      mark: ticker?.markFloat,
      trade: lastTrade?.tradeId,
    }));
  }

  #fold(): void {
    if (this.#lines.length === 0) return;
    this.#digest = sha256Hex([this.#digest, ...this.#lines].join('\n'));
    this.#lines = [];
  }
}

type Book = { depth(side: 'bids' | 'asks'): number } & Record<
  'ticksAt' | 'lotsAt',
  (side: 'bids' | 'asks', depth: number) => number
>;

function sideOf(book: Book, side: 'bids' | 'asks'): number[] {
  return Array.from({ length: book.depth(side) }, (_, depth) => [
    book.ticksAt(side, depth),
    book.lotsAt(side, depth),
  ]).flat();
}

/** What a book or trade says, without what belongs to a connection. */
function lineOf(event: MarketEvent): string | undefined {
  const head = `${event.tsUs} ${event.instrument.name}`;
  if (event.type === 'trade') {
    const { tradeId, tradeSeq, priceTicks, lots, side } = event;
    return `${head} ${tradeId} ${tradeSeq} ${priceTicks} ${lots} ${side}`;
  }
  if (event.type === 'ticker') return undefined;
  const { frame, changeId, prevChangeId, bids, asks } = event;
  return `${head} ${frame} ${changeId} ${prevChangeId} ${bids.join(',')} ${asks.join(',')}`;
}

function imported(ports: Ports, world: World): Outcome {
  const outcome = new Outcome(ports, world);
  const cursor = world.cursor();
  for (let event = cursor.next(); event !== undefined; event = cursor.next()) outcome.take(event);
  return outcome;
}

/** Serves the world to a session that subscribes to everything, and compares with the import. */
async function comparison(world: World): Promise<{ sent: Outcome; seen: Outcome }> {
  const result: { pair?: { sent: Outcome; seen: Outcome } } = {};
  const options = {
    source: replay(world),
    speed: Number.POSITIVE_INFINITY,
    holdUntilSubscribed: true,
    opens: false,
  };
  await withVenue('production', options, async ({ ports, venue }) => {
    const { client } = ports;
    const seen = new Outcome(client, world);
    const errors: unknown[] = [];
    const session = new DeribitSession({
      ports: client,
      urls: {
        ws: `ws://${venue.host}:${venue.port}/ws/api/v2`,
        http: `http://${venue.host}:${venue.port}`,
      },
      credentials: { clientId, secret: hideSecret(clientSecret) },
      handlers: {
        onLink: () => undefined,
        onMarket: (event) => seen.take(event),
        onOrder: () => undefined,
        onTrade: () => undefined,
        onQuarantine: (frame) => void errors.push(frame),
        onError: (error) => void errors.push(error),
      },
    });
    session.instruments.add(world.instruments);
    session.connect();
    try {
      await ports.until(() => session.phase === 'up', 'the session');
      const channels = world.instruments.flatMap(({ name }) => [
        `book.${name}.raw`,
        `ticker.${name}.raw`,
        `trades.${name}.raw`,
      ]);
      const { refused } = await session.subscribe(channels);
      assert.equal(refused, []);
      const startedUs = client.clock.monotonicUs();
      while (!venue.stats().ended && client.clock.monotonicUs() - startedUs < deadlineUs) {
        await ports.pass(10);
      }
      // Its answer comes behind everything the venue had sent.
      await session.queries.time();
      assert.equal(errors, []);
      result.pair = { sent: imported(client, world), seen };
    } finally {
      session.close();
    }
  });
  if (result.pair === undefined) throw new Error('nothing was compared');
  return result.pair;
}

async function arrives(world: World): Promise<void> {
  const { sent, seen } = await comparison(world);
  assert.equal(seen.refused, []);
  assert.equal(seen.counts, sent.counts);
  assert.is(seen.digest, sent.digest);
  assert.equal(seen.books(), sent.books());
}

sockets('a market that walks arrives as it was sealed', () =>
  withOracle(async ({ ports, root, disk }) => {
    sealWalkingWorld(ports, root, { scenarioId: 'walking', seed: '3', seconds: 30 });
    await arrives(openWorldOf(disk, root, 'walking'));
  }),
);

function withRecording(title: string, request: SealImportRequest): void {
  sockets(title, async () => {
    if (!existsSync(data)) {
      process.stdout.write(`\nSKIP ${title}: no recordings in ../shared/data\n`);
      return;
    }
    await withOracle(async ({ ports, root, disk }) => {
      await sealImport(ports, root, request);
      await arrives(openWorldOf(disk, root, request.scenarioId));
    });
  });
}

withRecording('both perpetuals of the tape arrive as they were imported', {
  scenarioId: 'coinm-2024-08-08',
  format: 'binance-coinm',
  licence: 'MIT, nkaz001/hftbacktest',
  sources: [
    { path: join(data, 'binance-coinm/btcusd_perp_20240808.gz'), as: 'BTC-PERPETUAL' },
    { path: join(data, 'binance-coinm/ethusd_perp_20240808.gz'), as: 'ETH-PERPETUAL' },
  ],
});

withRecording('the options capture arrives as it was imported', {
  scenarioId: 'deribit-options-2021-04-05',
  format: 'deribit-raw',
  licence: 'XFree86-style, bmoscon/cryptofeed',
  sources: [{ path: join(data, 'deribit/options-raw-2021-04-05.txt') }],
  instrumentsPath: join(data, 'deribit/instruments-2021-04-17.txt'),
});

sockets.run();
