import { cpSync, existsSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  artifactPath,
  beginCapture,
  listWorlds,
  openWorldOf,
  resolveWorld,
  type SealedWorld,
  sealImport,
  verifyWorldOf,
} from '../../../actors/ingress/oracle/index.ts';
import { VirtualDisk } from '../../../daemon/ports/virtual/disk.ts';
import { seededRandom } from '../../../daemon/ports/virtual/index.ts';
import { HoldfastError } from '../../../streams/facts/errors.ts';
import type { Clock, Disk } from '../../../streams/ports/index.ts';
import type { ImportProgress } from '../../../streams/worlds/index.ts';
import { bookChange, perpetual, startUs } from '../../fixtures/worlds/events.ts';
import { type OracleFixture, withOracle } from '../../fixtures/worlds/oracle.ts';
import { coinmTape, gzipped } from '../../fixtures/worlds/tapes.ts';

const oracleStore = suite('oracle store');

function tape(oracle: OracleFixture, lines = coinmTape()): string {
  const path = join(oracle.scratch, 'tape.gz');
  writeFileSync(path, gzipped(lines));
  return path;
}

function importTape(oracle: OracleFixture, scenarioId: string, disk?: Disk): Promise<SealedWorld> {
  const ports = { ...oracle.ports, disk: disk ?? oracle.disk };
  const sources = [{ path: tape(oracle), as: 'BTC-PERPETUAL' }];
  const request = { scenarioId, format: 'binance-coinm' as const, sources, licence: 'MIT' };
  return sealImport(ports, oracle.root, request);
}

async function refusal(act: () => unknown): Promise<string> {
  try {
    await act();
  } catch (thrown) {
    if (thrown instanceof HoldfastError) return `${thrown.code}: ${thrown.message}`;
    throw thrown;
  }
  return 'nothing thrown';
}

const stagedIn = (oracle: OracleFixture): string[] => {
  const staging = join(oracle.root, '.staging');
  return existsSync(staging) ? readdirSync(staging) : [];
};

oracleStore('seals under the documented token order', () =>
  withOracle(async (oracle) => {
    const { manifest, directory } = await importTape(oracle, 'tape');
    const place =
      `worlds/seed=none/parameter_hash=none/` +
      `manifest_fingerprint=${manifest.manifest_fingerprint}/scenario_id=tape`;
    assert.is(directory, join(oracle.root, place));
    assert.is(manifest.status, 'SEALED_OK');
    assert.is(manifest.source.licence, 'MIT');
    assert.is(manifest.source.files[0]?.name, 'tape.gz', 'no path of the machine');
    assert.equal(stagedIn(oracle), []);
  }),
);

oracleStore('orders tokens the same way for every kind of artifact', () => {
  const path = artifactPath('audit', { utc_day: '2026-11-21', run_id: 'r1', seed: '7' });
  const tokens = 'seed=7/parameter_hash=none/manifest_fingerprint=none/scenario_id=none';
  assert.is(path, `audit/${tokens}/run_id=r1/utc_day=2026-11-21`);
  assert.throws(() => artifactPath('world', { scenario_id: '../x' }), /cannot be part of a path/);
});

oracleStore('refuses to seal a name twice, before reading anything', () =>
  withOracle(async (oracle) => {
    const first = await importTape(oracle, 'tape');
    const sources = [{ path: join(oracle.scratch, 'missing.gz'), as: 'BTC-PERPETUAL' }];
    const again = { scenarioId: 'tape', format: 'binance-coinm' as const, sources };
    const refused = await refusal(() => sealImport(oracle.ports, oracle.root, again));
    assert.match(refused, /^WORLD_EXISTS: world tape/);
    assert.equal(stagedIn(oracle), []);
    assert.is(verifyWorldOf(oracle.ports, oracle.root, 'tape').ok, true);
    assert.is(listWorlds(oracle.disk, oracle.root).length, 1);
    assert.is(first.manifest.scenario_id, 'tape');
  }),
);

oracleStore('refuses the slower of two seals of one name', () =>
  withOracle(async (oracle) => {
    const slow = beginCapture(oracle.ports, oracle.root, { scenarioId: 'tape' });
    const { manifest } = await importTape(oracle, 'tape');
    const cursor = openWorldOf(oracle.disk, oracle.root, 'tape').cursor();
    for (let event = cursor.next(); event !== undefined; event = cursor.next()) slow.append(event);
    assert.match(await refusal(() => slow.seal(manifest.source, {})), /^WORLD_EXISTS/);
    assert.equal(stagedIn(oracle), []);
  }),
);

oracleStore('refuses names that are no path token', () =>
  withOracle(async (oracle) => {
    for (const name of ['', 'Tape', '../tape', 'a/b', '-x']) {
      assert.match(await refusal(() => importTape(oracle, name)), /^REQUEST_INVALID/);
    }
  }),
);

oracleStore('leaves nothing behind after a failed import', () =>
  withOracle(async (oracle) => {
    const path = tape(oracle, [...coinmTape(), 'garbage']);
    const sources = [{ path, as: 'BTC-PERPETUAL' }];
    const request = { scenarioId: 'tape', format: 'binance-coinm' as const, sources };
    const refused = await refusal(() => sealImport(oracle.ports, oracle.root, request));
    assert.match(refused, /^IMPORT_INVALID: tape.gz line 9/);
    assert.equal(stagedIn(oracle), []);
    assert.equal(listWorlds(oracle.disk, oracle.root), []);
    assert.is(existsSync(join(oracle.root, 'receipts')), false);
    await importTape(oracle, 'tape');
  }),
);

oracleStore('says the disk is full and leaves nothing behind', () =>
  withOracle(async (oracle) => {
    let writes = 0;
    const full: Disk = {
      ...oracle.disk,
      open: (path, mode) => {
        if (mode === 'write') writes += 1;
        if (writes > 2) throw Object.assign(new Error('no space'), { code: 'ENOSPC' });
        return oracle.disk.open(path, mode);
      },
    };
    assert.match(await refusal(() => importTape(oracle, 'tape', full)), /^DISK_FULL/);
    assert.equal(stagedIn(oracle), []);
  }),
);

oracleStore('keeps a receipt, and no world, when the read-back finds damage', () =>
  withOracle(async (oracle) => {
    const lying: Disk = {
      ...oracle.disk,
      writeFileAtomic: (path, bytes, mode) => {
        oracle.disk.writeFileAtomic(path, bytes, mode);
        if (!path.endsWith('manifest.json')) return;
        const order = join(dirname(path), 'utc_day=2023-11-14', 'order.hfw');
        const damaged = readFileSync(order);
        damaged[20] = (damaged[20] ?? 0) ^ 1;
        writeFileSync(order, damaged);
      },
    };
    assert.match(await refusal(() => importTape(oracle, 'tape', lying)), /^WORLD_NOT_SEALED/);
    assert.equal(listWorlds(oracle.disk, oracle.root), []);
    assert.equal(stagedIn(oracle), []);
    const receipts = readdirSync(join(oracle.root, 'receipts'), {
      recursive: true,
      encoding: 'utf8',
    });
    const path = receipts.find((name) => name.endsWith('receipt.json')) ?? '';
    const receipt = JSON.parse(readFileSync(join(oracle.root, 'receipts', path), 'utf8'));
    assert.is(receipt.status, 'SEALED_FAILED');
  }),
);

oracleStore('finds a world by name, directory and fingerprint prefix', () =>
  withOracle(async (oracle) => {
    const { manifest, directory } = await importTape(oracle, 'tape');
    await importTape(oracle, 'other');
    for (const reference of ['tape', directory, manifest.manifest_fingerprint.slice(0, 8)]) {
      assert.is(resolveWorld(oracle.disk, oracle.root, reference), directory);
    }
    const unknown = await refusal(() => resolveWorld(oracle.disk, oracle.root, 'nope'));
    assert.match(unknown, /^WORLD_NOT_FOUND: no world nope .*other \(.*tape \(/);
  }),
);

oracleStore('says what to do when there is no world at all', () =>
  withOracle(async (oracle) => {
    const refused = await refusal(() => openWorldOf(oracle.disk, oracle.root, 'tape'));
    assert.match(refused, /^WORLD_NOT_FOUND: .*holdfast seal import/);
  }),
);

oracleStore('verifies with a receipt apart from that of the seal', () =>
  withOracle(async (oracle) => {
    const { manifest } = await importTape(oracle, 'tape');
    const report = verifyWorldOf(oracle.ports, oracle.root, 'tape');
    assert.equal([report.ok, report.problems, report.events], [true, [], 5]);
    const receipt = join(oracle.root, artifactPath('verify_receipt', manifest), 'receipt.json');
    assert.match(readFileSync(receipt, 'utf8'), /"status":"VERIFIED"/);
    assert.ok(
      existsSync(join(oracle.root, artifactPath('seal_receipt', manifest), 'receipt.json')),
    );
  }),
);

oracleStore('reports damage with the file, and lists a world whose manifest is damaged', () =>
  withOracle(async (oracle) => {
    const { manifest, directory } = await importTape(oracle, 'tape');
    const path = join(directory, manifest.files[0]?.path ?? '');
    writeFileSync(path, 'damaged');
    const report = verifyWorldOf(oracle.ports, oracle.root, 'tape');
    assert.is(report.ok, false);
    assert.ok(report.problems[0]?.includes(manifest.files[0]?.path ?? '?'));
    writeFileSync(join(directory, 'manifest.json'), '{}');
    const [entry] = listWorlds(oracle.disk, oracle.root);
    assert.equal([entry?.scenarioId, entry?.status], ['tape', 'DAMAGED']);
  }),
);

oracleStore('reports a world that was copied under another fingerprint', () =>
  withOracle(async (oracle) => {
    const { directory } = await importTape(oracle, 'tape');
    const moved = directory.replace(
      /manifest_fingerprint=[0-9a-f]{4}/,
      'manifest_fingerprint=0000',
    );
    cpSync(directory, moved, { recursive: true });
    assert.is(verifyWorldOf(oracle.ports, oracle.root, moved).ok, false);
    const statuses = listWorlds(oracle.disk, oracle.root).map((entry) => entry.status);
    assert.equal(statuses.sort(), ['DAMAGED', 'SEALED_OK']);
  }),
);

oracleStore('reports progress up to the last byte', () =>
  withOracle(async (oracle) => {
    const seen: ImportProgress[] = [];
    const sources = [{ path: tape(oracle), as: 'BTC-PERPETUAL' }];
    const request = { scenarioId: 'tape', format: 'binance-coinm' as const, sources };
    await sealImport(oracle.ports, oracle.root, {
      ...request,
      onProgress: (step) => seen.push(step),
    });
    const last = seen.at(-1);
    assert.is(last?.bytesDone, last?.bytesTotal);
    assert.is(last?.linesDone, coinmTape().length);
  }),
);

oracleStore('removes staging that a dead process left a day ago, and only that', () =>
  withOracle(async (oracle) => {
    beginCapture(oracle.ports, oracle.root, { scenarioId: 'dead' });
    const staged = join(oracle.root, '.staging', 'dead.d1');
    utimesSync(staged, 1_795_000_000, 1_795_000_000);
    beginCapture(oracle.ports, oracle.root, { scenarioId: 'alive' });
    assert.equal(stagedIn(oracle), ['alive.d2']);
  }),
);

oracleStore('keeps a sealed world when the power fails right after the seal', () => {
  for (let seed = 1; seed <= 10; seed += 1) {
    const clock = { nowUs: startUs } as unknown as ConstructorParameters<typeof VirtualDisk>[0];
    const platters = new VirtualDisk(clock, seededRandom(seed));
    const disk = platters.port(() => true);
    disk.makeDirectory('/oracle');
    disk.syncDirectory('/');
    const ports = { disk, clock: { nowUs: () => startUs } as Clock, random: seededRandom(seed) };
    const capture = beginCapture(ports, '/oracle', { scenarioId: 'w' });
    for (let id = 1; id <= 5_000; id += 1)
      capture.append(bookChange(perpetual(), startUs + id, id));
    const source = { format: 'script', venue: '', files: [], licence: '', options: {} } as const;
    capture.seal({ ...source, files: [] }, {});
    platters.losePower();
    assert.is(verifyWorldOf(ports, '/oracle', 'w').ok, true, `seed ${seed}`);
  }
});

oracleStore.run();
