/** The real recordings, served over real sockets: what arrives is what was recorded. */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  openWorldOf,
  type SealImportRequest,
  sealImport,
} from '../../../actors/ingress/oracle/index.ts';
import { replay } from '../../../daemon/venue/index.ts';
import type { MarketEvent } from '../../../streams/facts/market.ts';
import { EventSetHash, type World } from '../../../streams/worlds/index.ts';
import { recordFrames } from '../../fixtures/frame-recorder.ts';
import { withVenue } from '../../fixtures/venue-sim/venues.ts';
import { withOracle } from '../../fixtures/worlds/oracle.ts';

const recordings = suite('venue recordings');

const data = resolve('..', 'shared', 'data');

function withWorld(
  title: string,
  request: SealImportRequest,
  run: (world: World) => Promise<void>,
): void {
  recordings(title, async () => {
    if (!existsSync(data)) {
      process.stdout.write(`\nSKIP ${title}: no recordings in ../shared/data\n`);
      return;
    }
    await withOracle(async ({ root, ports, disk }) => {
      await sealImport(ports, root, request);
      await run(openWorldOf(disk, root, request.scenarioId));
    });
  });
}

/** Serves the world as fast as it goes, and gives every decoded event of a subscriber to everything. */
async function served(world: World): Promise<MarketEvent[]> {
  let events: MarketEvent[] = [];
  const options = {
    source: replay(world),
    speed: Number.POSITIVE_INFINITY,
    holdUntilSubscribed: true,
    opens: false,
  };
  await withVenue('production', options, async ({ ask, client, ports, venue }) => {
    const names = world.instruments.map((instrument) => instrument.name);
    const channels = names.flatMap((name) => [
      `book.${name}.raw`,
      `ticker.${name}.raw`,
      `trades.${name}.raw`,
    ]);
    assert.is(((await ask('public/subscribe', { channels })) as string[]).length, channels.length);
    const deadline = ports.client.clock.monotonicUs() + 60_000_000;
    while (!venue.stats().ended && ports.client.clock.monotonicUs() < deadline) await ports.pass(5);
    await ask('public/get_time');
    const seen = recordFrames(world.instruments);
    for (const frame of client.frames) if (frame.includes('"subscription"')) seen.decode(frame);
    assert.equal(seen.quarantined, []);
    events = seen.market;
  });
  return events;
}

function recorded(world: World): MarketEvent[] {
  const cursor = world.cursor();
  const events: MarketEvent[] = [];
  for (let event = cursor.next(); event !== undefined; event = cursor.next()) events.push(event);
  return events;
}

/** Books and trades without what belongs to a connection or to another venue's channel names. */
function essence(events: readonly MarketEvent[]): unknown[] {
  return events.flatMap((event): unknown[] => {
    const { type, tsUs, instrument } = event;
    if (event.type === 'book')
      return [
        [
          type,
          tsUs,
          instrument.name,
          event.frame,
          event.changeId,
          event.prevChangeId,
          event.bids,
          event.asks,
        ],
      ];
    if (event.type === 'trade')
      return [
        [
          type,
          tsUs,
          instrument.name,
          event.tradeId,
          event.tradeSeq,
          event.priceTicks,
          event.lots,
          event.side,
        ],
      ];
    return [];
  });
}

const deribit: SealImportRequest = {
  scenarioId: 'deribit-options-2021-04-05',
  format: 'deribit-raw',
  licence: 'XFree86-style, bmoscon/cryptofeed',
  sources: [{ path: join(data, 'deribit/options-raw-2021-04-05.txt') }],
  instrumentsPath: join(data, 'deribit/instruments-2021-04-17.txt'),
};

withWorld('the options capture arrives with the hash of its world', deribit, async (world) => {
  const events = await served(world);
  assert.equal(essence(events), essence(recorded(world)));
  const hash = new EventSetHash();
  for (const event of events) hash.add(event);
  assert.is(hash.digest(), world.manifest.order_invariant_hash);
});

const coinm: SealImportRequest = {
  scenarioId: 'coinm-2024-08-08',
  format: 'binance-coinm',
  licence: 'MIT, nkaz001/hftbacktest',
  sources: [{ path: join(data, 'binance-coinm/btcusd_perp_20240808.gz'), as: 'BTC-PERPETUAL' }],
};

withWorld(
  'the perpetual tape arrives with its own change ids, books and trades',
  coinm,
  async (world) => {
    const events = await served(world);
    assert.ok(events.length > 20_000);
    assert.equal(essence(events), essence(recorded(world)));
  },
);

recordings.run();
