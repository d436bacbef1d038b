import { readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { beginCapture, type SealedWorld } from '../../../actors/ingress/oracle/index.ts';
import { HoldfastError } from '../../../streams/facts/errors.ts';
import type { MarketEvent } from '../../../streams/facts/market.ts';
import { BlockFileWriter } from '../../../streams/worlds/block-file.ts';
import { encodeNumbers } from '../../../streams/worlds/column-encode.ts';
import { fileDigest } from '../../../streams/worlds/digest.ts';
import {
  EventSetHash,
  manifestText,
  openWorld,
  verifyWorld,
  type WorldManifest,
  type WorldSource,
  withFingerprint,
} from '../../../streams/worlds/index.ts';
import {
  anyEvents,
  anyTicker,
  bookChange,
  perpetual,
  startUs,
} from '../../fixtures/worlds/events.ts';
import { type OracleFixture, withOracle } from '../../fixtures/worlds/oracle.ts';

const sealed = suite('sealed world');

const source: WorldSource = {
  format: 'script',
  venue: 'simulated',
  files: [],
  licence: 'none',
  options: {},
};
const instruments = [perpetual(), perpetual('ETH-PERPETUAL', '0.01')];

function seal(oracle: OracleFixture, events: readonly MarketEvent[], name = 'w'): SealedWorld {
  const capture = beginCapture(oracle.ports, oracle.root, { scenarioId: name });
  for (const event of events) capture.append(event);
  return capture.seal(source, {});
}

function readAll(oracle: OracleFixture, world: SealedWorld): MarketEvent[] {
  const cursor = openWorld(oracle.disk, world.directory).cursor();
  const events: MarketEvent[] = [];
  for (let event = cursor.next(); event !== undefined; event = cursor.next()) events.push(event);
  return events;
}

/** Equality of content: instruments are compared by revision, numbers with -0 and 0 apart. */
function plain(event: MarketEvent): unknown {
  return { ...event, instrument: event.instrument.revision };
}

function codeOf(act: () => unknown): string {
  try {
    act();
  } catch (thrown) {
    if (thrown instanceof HoldfastError) return `${thrown.code}: ${thrown.message}`;
    throw thrown;
  }
  return 'nothing thrown';
}

sealed('gives back every event in order of domain time, then source row', async () => {
  await fc.assert(
    fc.asyncProperty(anyEvents(instruments), (events) =>
      withOracle((oracle) => {
        const expected = events
          .map((event, row) => ({ event, row }))
          .sort((a, b) => a.event.tsUs - b.event.tsUs || a.row - b.row);
        const found = readAll(oracle, seal(oracle, events));
        assert.equal(
          found.map(plain),
          expected.map(({ event }) => plain(event)),
        );
      }),
    ),
    { numRuns: 40 },
  );
});

sealed('peeks the time of the event that next returns, and Infinity at the end', () =>
  withOracle((oracle) => {
    const [btc, eth] = instruments as [(typeof instruments)[0], (typeof instruments)[0]];
    const events = [bookChange(btc, startUs, 1), bookChange(eth, startUs + 9, 1)];
    const cursor = openWorld(oracle.disk, seal(oracle, events).directory).cursor();
    assert.is(cursor.peekTsUs(), startUs);
    cursor.next();
    assert.is(cursor.peekTsUs(), startUs + 9);
    cursor.next();
    assert.is(cursor.peekTsUs(), Number.POSITIVE_INFINITY);
    assert.is(cursor.next(), undefined);
  }),
);

sealed('keeps order and content over many blocks and two days', () =>
  withOracle((oracle) => {
    const count = 20_000;
    const events = Array.from({ length: count }, (_, i) => {
      const instrument = instruments[i % 2] as (typeof instruments)[0];
      return bookChange(instrument, startUs + i * 100, Math.floor(i / 2) + 1);
    });
    const world = seal(oracle, events);
    assert.equal(readAll(oracle, world).map(plain), events.map(plain));
    assert.equal(world.manifest.counts, { book: count, trade: 0, ticker: 0 });
    assert.equal(world.manifest.provenance.book_gaps, {});
    const days = new Set(world.manifest.files.map((file) => file.utc_day));
    assert.equal([...days].sort(), ['2024-08-08', '2024-08-09']);
  }),
);

sealed('counts changes that do not chain, per instrument', () =>
  withOracle((oracle) => {
    const [btc] = instruments as [(typeof instruments)[0]];
    const events = [1, 2, 4, 5].map((id) => bookChange(btc, startUs + id, id));
    assert.equal(seal(oracle, events).manifest.provenance.book_gaps, { 'BTC-PERPETUAL': 1 });
  }),
);

sealed('refuses a book whose time runs backwards', () =>
  withOracle((oracle) => {
    const [btc] = instruments as [(typeof instruments)[0]];
    const capture = beginCapture(oracle.ports, oracle.root, { scenarioId: 'w' });
    capture.append(bookChange(btc, startUs + 5, 1));
    const late = codeOf(() => capture.append(bookChange(btc, startUs + 4, 2)));
    assert.match(late, /^IMPORT_INVALID.*runs backwards/);
  }),
);

sealed('has the same order-invariant hash in any order, another for another set', () => {
  const arbitrary = anyEvents(instruments);
  fc.assert(
    fc.property(arbitrary, (events) => {
      const hashOf = (list: readonly MarketEvent[]): string => {
        const hash = new EventSetHash();
        for (const event of list) hash.add(event);
        return hash.digest();
      };
      const [first] = events as [MarketEvent];
      assert.is(hashOf(events), hashOf([...events].reverse()));
      assert.is.not(hashOf(events), hashOf([...events, first]));
      assert.is(hashOf([first]), hashOf([{ ...first, receivedUs: first.receivedUs + 1 }]));
      assert.is.not(hashOf([first]), hashOf([{ ...first, tsUs: first.tsUs + 1 }]));
    }),
    { numRuns: 50 },
  );
});

sealed('has the same fingerprint whenever and wherever the same events are sealed', async () => {
  const [btc] = instruments as [(typeof instruments)[0]];
  const events = [bookChange(btc, startUs, 1), bookChange(btc, startUs + 1, 2)];
  const fingerprint = (): Promise<string> =>
    withOracle((oracle) => seal(oracle, events).manifest.manifest_fingerprint);
  assert.is(await fingerprint(), await fingerprint());
});

sealed('refuses to open after any one byte of any file changed, naming the file', () =>
  withOracle((oracle) => {
    const [btc] = instruments as [(typeof instruments)[0]];
    const world = seal(oracle, [bookChange(btc, startUs, 1), bookChange(btc, startUs + 1, 2)]);
    for (const name of [...world.manifest.files.map((file) => file.path), 'manifest.json']) {
      const path = join(world.directory, name);
      const bytes = readFileSync(path);
      const damaged = Buffer.from(bytes);
      const at = Math.floor(bytes.length / 2);
      damaged[at] = (damaged[at] ?? 0) ^ 1;
      writeFileSync(path, damaged);
      const code = codeOf(() => openWorld(oracle.disk, world.directory));
      assert.match(code, /^WORLD_DAMAGED/, name);
      assert.ok(code.includes(name), code);
      writeFileSync(path, bytes);
    }
    openWorld(oracle.disk, world.directory);
  }),
);

sealed('refuses to open after a file was cut short', () =>
  withOracle((oracle) => {
    const [btc] = instruments as [(typeof instruments)[0]];
    const world = seal(oracle, [bookChange(btc, startUs, 1)]);
    const [file] = world.manifest.files as [(typeof world.manifest.files)[0]];
    truncateSync(join(world.directory, file.path), file.bytes - 1);
    const code = codeOf(() => openWorld(oracle.disk, world.directory));
    assert.match(code, /^WORLD_DAMAGED.*bytes, the manifest says/);
  }),
);

sealed('notices damage that comes after opening, block by block', () =>
  withOracle((oracle) => {
    const [btc] = instruments as [(typeof instruments)[0]];
    const sealedWorld = seal(oracle, [
      bookChange(btc, startUs, 1),
      bookChange(btc, startUs + 1, 2),
    ]);
    const world = openWorld(oracle.disk, sealedWorld.directory);
    const path = join(sealedWorld.directory, sealedWorld.manifest.files[0]?.path ?? '');
    const bytes = readFileSync(path);
    bytes[bytes.length - 1] = (bytes[bytes.length - 1] ?? 0) ^ 1;
    writeFileSync(path, bytes);
    assert.match(
      codeOf(() => world.cursor()),
      /^WORLD_DAMAGED.*CRC/,
    );
  }),
);

/** Rewrites the manifest with a fingerprint that fits again. */
function forge(world: SealedWorld, change: Partial<WorldManifest>): void {
  const { manifest_fingerprint: _, ...content } = { ...world.manifest, ...change };
  writeFileSync(join(world.directory, 'manifest.json'), manifestText(withFingerprint(content)));
}

sealed('refuses a manifest whose content was changed in a valid way', () =>
  withOracle((oracle) => {
    const [btc] = instruments as [(typeof instruments)[0]];
    const world = seal(oracle, [bookChange(btc, startUs, 1)]);
    const path = join(world.directory, 'manifest.json');
    writeFileSync(path, readFileSync(path, 'utf8').replace('"licence":"none"', '"licence":"mine"'));
    const code = codeOf(() => openWorld(oracle.disk, world.directory));
    assert.match(code, /^WORLD_DAMAGED.*does not match its own fingerprint/);
  }),
);

sealed('is not verified when counts or the order-invariant hash are not those of its events', () =>
  withOracle((oracle) => {
    const [btc] = instruments as [(typeof instruments)[0]];
    const world = seal(oracle, [bookChange(btc, startUs, 1)]);
    forge(world, { order_invariant_hash: '0'.repeat(64) });
    assert.match(verifyWorld(oracle.disk, world.directory).problems.join(), /order-invariant hash/);
    forge(world, { counts: { book: 2, trade: 0, ticker: 0 } });
    assert.match(verifyWorld(oracle.disk, world.directory).problems.join(), /1 book events/);
    forge(world, {});
    assert.is(verifyWorld(oracle.disk, world.directory).ok, true);
  }),
);

sealed('is not verified when its order breaks domain time', () =>
  withOracle((oracle) => {
    const [btc, eth] = instruments as [(typeof instruments)[0], (typeof instruments)[0]];
    const world = seal(oracle, [bookChange(btc, startUs, 1), bookChange(eth, startUs + 1, 1)]);
    const order = world.manifest.files.find((file) => file.kind === 'order');
    const path = join(world.directory, order?.path ?? '');
    rmSync(path);
    new BlockFileWriter(oracle.disk, path, 'order').append(2, [encodeNumbers([1, 0])]);
    const files = world.manifest.files.map((file) =>
      file.kind === 'order' ? { ...file, ...fileDigest(oracle.disk, path) } : file,
    );
    forge(world, { files });
    assert.match(verifyWorld(oracle.disk, world.directory).problems.join(), /order breaks/);
  }),
);

sealed('refuses a late event that its window cannot mend, and mends the others', () =>
  withOracle((oracle) => {
    const [btc] = instruments as [(typeof instruments)[0]];
    const capture = beginCapture(oracle.ports, oracle.root, { scenarioId: 'w' });
    const [sample] = fc.sample(anyTicker([btc]), 1) as [MarketEvent];
    const at = (offsetUs: number): MarketEvent => ({ ...sample, tsUs: startUs + offsetUs });
    for (let i = 0; i < 3_000; i += 1) capture.append(at(1_000 + i));
    capture.append(at(3_000));
    assert.match(
      codeOf(() => capture.append(at(0))),
      /^IMPORT_INVALID.*runs backwards/,
    );
  }),
);

sealed.run();
