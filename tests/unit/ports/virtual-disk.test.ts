/** What a virtual disk forgets, and how it fails. */
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { productionDisk } from '../../../daemon/ports/production/index.ts';
import {
  createVirtualWorld,
  systemError,
  type VirtualNode,
} from '../../../daemon/ports/virtual/index.ts';
import { withDirectory } from '../../fixtures/ports.ts';

const virtualDisk = suite('virtual disk');

function makeNode(seed: number): VirtualNode {
  const node = createVirtualWorld({ seed, startUs: 0 }).node('n');
  node.ports.disk.makeDirectory('/d');
  return node;
}

virtualDisk('what was synced survives a loss of power, whatever the dice say', () => {
  const writes = fc.array(
    fc.record({ position: fc.nat(4_000), length: fc.nat(1_500), isSynced: fc.boolean() }),
    { maxLength: 20 },
  );
  fc.assert(
    fc.property(fc.nat(), writes, (seed, plan) => {
      const node = makeNode(seed);
      const file = node.ports.disk.open('/d/f', 'create');
      node.ports.disk.syncDirectory('/d');
      let synced: Buffer = Buffer.alloc(0);
      const mayDiffer = new Set<number>();
      for (const [index, { position, length, isSynced }] of plan.entries()) {
        file.writeSync(Buffer.alloc(length, index + 1), position);
        for (let at = position; at < position + length; at += 1) mayDiffer.add(at);
        if (!isSynced) continue;
        file.datasyncSync();
        synced = file.readSync(0, file.size());
        mayDiffer.clear();
      }
      node.crash('power');
      const left = node.restart().disk.readFile('/d/f');
      assert.ok(left.length >= synced.length);
      for (const [at, byte] of synced.entries()) {
        if (!mayDiffer.has(at)) assert.is(left[at], byte, `byte ${at}`);
      }
    }),
    { numRuns: 200 },
  );
});

virtualDisk('unsynced bytes are sometimes lost, sometimes kept, sometimes torn', () => {
  const outcomes = new Set<string>();
  for (let seed = 0; seed < 60; seed += 1) {
    const node = makeNode(seed);
    const file = node.ports.disk.open('/d/f', 'create');
    node.ports.disk.syncDirectory('/d');
    file.preallocateSync(1_536);
    file.writeSync(Buffer.alloc(1_536, 7), 0);
    node.crash('power');
    const left = node.restart().disk.readFile('/d/f');
    assert.is(left.length, 1_536);
    const kept = [0, 512, 1_024].filter((at) => left[at] === 7).length;
    outcomes.add(kept === 0 ? 'lost' : kept === 3 ? 'kept' : 'torn');
  }
  assert.equal([...outcomes].sort(), ['kept', 'lost', 'torn']);
});

virtualDisk('a synced truncation stays, and what is behind it never comes back', () => {
  const node = makeNode(1);
  const file = node.ports.disk.open('/d/f', 'create');
  node.ports.disk.syncDirectory('/d');
  file.writeSync(Buffer.alloc(2_000, 7), 0);
  file.datasyncSync();
  file.truncateSync(700);
  file.datasyncSync();
  file.preallocateSync(1_000);
  node.crash('power');
  const left = node.restart().disk.readFile('/d/f');
  assert.equal(left, Buffer.concat([Buffer.alloc(700, 7), Buffer.alloc(300)]));
});

virtualDisk('a file whose directory was never synced may be gone; a synced one never is', () => {
  let losses = 0;
  for (let seed = 0; seed < 40; seed += 1) {
    const node = makeNode(seed);
    const { disk } = node.ports;
    disk.open('/d/synced', 'create').datasyncSync();
    disk.syncDirectory('/d');
    disk.open('/d/unsynced', 'create').datasyncSync();
    node.crash('power');
    const names = node.restart().disk.list('/d');
    assert.ok(names.includes('synced'));
    if (!names.includes('unsynced')) losses += 1;
  }
  assert.ok(losses > 5 && losses < 35, `${losses} of 40 lost`);
});

virtualDisk('an atomic replacement is the old file or the new one, never a mixture', () => {
  for (let seed = 0; seed < 40; seed += 1) {
    const node = makeNode(seed);
    node.ports.disk.writeFileAtomic('/d/f', 'old');
    node.disk.onOperation = (operation) => {
      if (operation === 'syncDirectory') throw systemError('EIO', '/d');
    };
    try {
      node.ports.disk.writeFileAtomic('/d/f', 'new');
    } catch {
      node.disk.onOperation = undefined;
    }
    node.crash('power');
    const text = node.restart().disk.readFile('/d/f').toString();
    assert.ok(text === 'old' || text === 'new', text);
  }
});

virtualDisk('kill -9 loses nothing that was written', () => {
  const node = makeNode(1);
  node.ports.disk.open('/d/f', 'create').writeSync(Buffer.from('unsynced'), 0);
  node.crash('process');
  assert.is(node.restart().disk.readFile('/d/f').toString(), 'unsynced');
});

virtualDisk('after a crash the old life can write no more', async () => {
  const world = createVirtualWorld({ seed: 1, startUs: 0 });
  const node = world.node('n');
  node.ports.disk.makeDirectory('/d');
  const file = node.ports.disk.open('/d/f', 'create');
  const pending = file.write(Buffer.from('late'), 0).then(
    () => 'written',
    (error: { code: string }) => error.code,
  );
  const oldDisk = node.ports.disk;
  node.crash('process');
  node.restart();
  assert.is(await world.clock.runWhile(pending), 'EIO');
  assert.throws(() => file.writeSync(Buffer.from('late'), 0), /EIO/);
  assert.throws(() => oldDisk.writeFileAtomic('/d/g', 'late'), /EIO/);
  assert.is(node.ports.disk.readFile('/d/f').length, 0);
});

virtualDisk('a full disk refuses what needs space and takes what was preallocated', () => {
  const node = makeNode(1);
  node.disk.capacityBytes = 1_000;
  const file = node.ports.disk.open('/d/f', 'create');
  file.preallocateSync(900);
  assert.throws(
    () => file.writeSync(Buffer.alloc(200), 850),
    (error: { code: string }) => error.code === 'ENOSPC',
  );
  assert.is(file.size(), 900);
  file.writeSync(Buffer.alloc(900, 1), 0);
  file.datasyncSync();
  assert.throws(
    () => node.ports.disk.writeFileAtomic('/d/g', 'x'.repeat(101)),
    (error: { code: string }) => error.code === 'ENOSPC',
  );
  assert.equal(node.ports.disk.space('/'), { totalBytes: 1_000, freeBytes: 100 });
  node.ports.disk.remove('/d/f');
  node.ports.disk.writeFileAtomic('/d/g', 'x'.repeat(101));
});

virtualDisk('a hook can fail a sync, and what it did not sync is at risk', () => {
  let survived = 0;
  for (let seed = 0; seed < 40; seed += 1) {
    const node = makeNode(seed);
    const file = node.ports.disk.open('/d/f', 'create');
    node.ports.disk.syncDirectory('/d');
    file.preallocateSync(4);
    file.writeSync(Buffer.from('data'), 0);
    node.disk.onOperation = (operation, name) => {
      if (operation === 'datasync') throw systemError('EIO', name);
    };
    assert.throws(
      () => file.datasyncSync(),
      (error: { code: string }) => error.code === 'EIO',
    );
    node.disk.onOperation = undefined;
    node.crash('power');
    if (node.restart().disk.readFile('/d/f').toString() === 'data') survived += 1;
  }
  assert.ok(survived > 5 && survived < 35, `${survived} of 40 survived`);
});

virtualDisk('a node may write to a real disk while its history stays deterministic', () =>
  withDirectory(async (directory) => {
    const world = createVirtualWorld({ seed: 1, startUs: 0 });
    const { disk } = world.portsFor('n', { disk: productionDisk() });
    const file = disk.open(`${directory}/f`, 'create');
    const work = (async () => {
      await file.write(Buffer.from('real'), 0);
      await file.datasync();
      return (await file.read(0, 10)).toString();
    })();
    assert.is(await work, 'real', 'no virtual time was needed');
    file.close();
    assert.is(productionDisk().readFile(`${directory}/f`).toString(), 'real');
    assert.is(world.clock.eventCount, 0);
  }),
);

virtualDisk.run();
