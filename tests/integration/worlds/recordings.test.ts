/** Seals the public recordings that stand beside the project and proves what comes out of them. */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  openWorldOf,
  type SealImportRequest,
  sealImport,
  verifyWorldOf,
} from '../../../actors/ingress/oracle/index.ts';
import type { BookEvent, FlatLevels } from '../../../streams/facts/market.ts';
import type { World, WorldManifest } from '../../../streams/worlds/index.ts';
import { type OracleFixture, withOracle } from '../../fixtures/worlds/oracle.ts';

const recordings = suite('sealed recordings');

const data = resolve('..', 'shared', 'data');

/** Runs where the recordings are; says loudly where they are not. */
function withData(title: string, run: (oracle: OracleFixture) => Promise<void>): void {
  recordings(title, async () => {
    if (!existsSync(data)) {
      // uvu has printed half a line: a skip is counted only at the start of one.
      process.stdout.write(`\nSKIP ${title}: no recordings in ../shared/data\n`);
      return;
    }
    await withOracle(run);
  });
}

const coinm: SealImportRequest = {
  scenarioId: 'coinm-2024-08-08',
  format: 'binance-coinm',
  licence: 'MIT, nkaz001/hftbacktest',
  sources: [
    { path: join(data, 'binance-coinm/btcusd_perp_20240808.gz'), as: 'BTC-PERPETUAL' },
    { path: join(data, 'binance-coinm/ethusd_perp_20240808.gz'), as: 'ETH-PERPETUAL' },
  ],
};

const deribit: SealImportRequest = {
  scenarioId: 'deribit-options-2021-04-05',
  format: 'deribit-raw',
  licence: 'XFree86-style, bmoscon/cryptofeed',
  sources: [{ path: join(data, 'deribit/options-raw-2021-04-05.txt') }],
  instrumentsPath: join(data, 'deribit/instruments-2021-04-17.txt'),
};

function rowsOf(manifest: WorldManifest, instrument: string, kind: string): number {
  const files = manifest.files.filter(
    (file) => file.instrument === instrument && file.kind === kind,
  );
  return files.reduce((sum, file) => sum + file.rows, 0);
}

/** The plainest book there is: a map per side. */
class PlainBook {
  readonly bids = new Map<number, number>();
  readonly asks = new Map<number, number>();
  changeId = -1;

  apply(event: BookEvent): void {
    if (event.frame === 'snapshot') {
      this.bids.clear();
      this.asks.clear();
    } else if (event.prevChangeId !== this.changeId) {
      throw new Error(`${event.instrument.name}: ${event.prevChangeId} after ${this.changeId}`);
    }
    this.changeId = event.changeId;
    this.#take(this.bids, event.bids);
    this.#take(this.asks, event.asks);
  }

  get isCrossed(): boolean {
    if (this.bids.size === 0 || this.asks.size === 0) return false;
    return Math.max(...this.bids.keys()) >= Math.min(...this.asks.keys());
  }

  #take(side: Map<number, number>, levels: FlatLevels): void {
    for (let i = 0; i < levels.length; i += 2) {
      const [ticks, lots] = [levels[i] ?? 0, levels[i + 1] ?? 0];
      if (lots === 0) side.delete(ticks);
      else side.set(ticks, lots);
    }
  }
}

interface Walk {
  readonly books: ReadonlyMap<string, PlainBook>;
  readonly snapshots: number;
  readonly crossed: number;
}

/** Applies every frame, which proves the chains. Crossing is looked at every `stride` frames. */
function walk(world: World, stride: number): Walk {
  const books = new Map<string, PlainBook>();
  const cursor = world.cursor();
  let [frames, snapshots, crossed, lastUs] = [0, 0, 0, 0];
  for (let event = cursor.next(); event !== undefined; event = cursor.next()) {
    assert.ok(event.tsUs >= lastUs, 'domain time never runs backwards');
    lastUs = event.tsUs;
    if (event.type !== 'book') continue;
    const book = books.get(event.instrument.name) ?? new PlainBook();
    books.set(event.instrument.name, book);
    book.apply(event);
    frames += 1;
    if (event.frame === 'snapshot') snapshots += 1;
    if (frames % stride === 0 && book.isCrossed) crossed += 1;
  }
  return { books, snapshots, crossed };
}

withData(
  'COIN-M: every diff from the snapshot on, every trade, tickers without repeats',
  async (oracle) => {
    const { manifest } = await sealImport(oracle.ports, oracle.root, coinm);
    // 26,847 and 22,909 diffs, of which 23 and 22 end before the snapshot and one each becomes part of it.
    assert.is(rowsOf(manifest, 'BTC-PERPETUAL', 'book'), 26_847 - 23);
    assert.is(rowsOf(manifest, 'ETH-PERPETUAL', 'book'), 22_909 - 22);
    assert.is(rowsOf(manifest, 'BTC-PERPETUAL', 'trade'), 2_286);
    assert.is(rowsOf(manifest, 'ETH-PERPETUAL', 'trade'), 1_732);
    assert.is(rowsOf(manifest, 'BTC-PERPETUAL', 'ticker'), 19_136 - 5_132);
    assert.is(rowsOf(manifest, 'ETH-PERPETUAL', 'ticker'), 15_812 - 3_701);
    assert.is(manifest.provenance.lines, 48_270 + 40_454);
    assert.equal(manifest.provenance.book_gaps, {});
    assert.is(verifyWorldOf(oracle.ports, oracle.root, coinm.scenarioId).ok, true);
  },
);

withData(
  'COIN-M: the chain holds from first to last frame and the book is never crossed',
  async (oracle) => {
    await sealImport(oracle.ports, oracle.root, coinm);
    const world = openWorldOf(oracle.disk, oracle.root, coinm.scenarioId);
    const { snapshots, crossed, books } = walk(world, 7);
    assert.is(snapshots, 2);
    assert.is(crossed, 0);
    assert.is(books.get('BTC-PERPETUAL')?.changeId, 1_007_202_248_021);
    assert.ok((books.get('ETH-PERPETUAL')?.bids.size ?? 0) > 500);
  },
);

withData('Deribit: every book frame and ticker of the capture', async (oracle) => {
  const { manifest } = await sealImport(oracle.ports, oracle.root, deribit);
  assert.equal(manifest.counts, { book: 187, trade: 0, ticker: 273 });
  assert.is(manifest.instruments.length, 10);
  assert.equal(manifest.provenance.book_gaps, {});
  const inferred = [
    'ETH-16APR21-1400-P',
    'ETH-16APR21-1600-C',
    'ETH-6APR21-2400-P',
    'ETH-9APR21-1950-C',
  ];
  assert.equal(Object.keys(manifest.provenance.inferred).sort(), inferred);
  const world = openWorldOf(oracle.disk, oracle.root, deribit.scenarioId);
  const { snapshots, crossed } = walk(world, 1);
  assert.equal([snapshots, crossed], [10, 0]);
});

withData('the same recording sealed twice has the same fingerprint', async (oracle) => {
  const first = await sealImport(oracle.ports, oracle.root, deribit);
  const second = await sealImport(oracle.ports, `${oracle.root}-2`, deribit);
  assert.is(first.manifest.manifest_fingerprint, second.manifest.manifest_fingerprint);
});

withData('a real tape cut anywhere is refused and leaves nothing', async (oracle) => {
  const whole = oracle.disk.readFile(coinm.sources[0]?.path ?? '');
  const path = join(oracle.scratch, 'cut.gz');
  oracle.disk.writeFileAtomic(path, whole.subarray(0, whole.length / 3));
  const cut = { ...coinm, sources: [{ path, as: 'BTC-PERPETUAL' }] };
  let message = '';
  await sealImport(oracle.ports, oracle.root, cut).catch((thrown: Error) => {
    message = thrown.message;
  });
  assert.match(message, /cut\.gz: it is not a whole gzip file/);
  assert.equal(oracle.disk.list(join(oracle.root, '.staging')), []);
});

recordings.run();
