/** A start after syncs that failed, and a power that goes: what was read once is never lost later. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { StreamName } from '../../../streams/journal/index.ts';
import { openSmall, record, textsOf } from '../../fixtures/journals.ts';
import { type MemoryDisk, memoryDisk } from '../../fixtures/memory-disk.ts';

const power = suite('journal recovery and power');

async function refused(disk: MemoryDisk): Promise<void> {
  const outcome = await openSmall(disk).catch((error: Error) => error);
  assert.instance(outcome, Error);
}

/** Longer than a sector: writing what follows does not write it again. */
const long = 'x'.repeat(1500);

/** A control stream whose last, long record a failed sync left in the page cache, its process gone. */
async function unsyncedControl(): Promise<MemoryDisk> {
  const disk = memoryDisk();
  const journal = await openSmall(disk);
  journal.stream('control').appendNow([record('synced')]);
  failSyncsOf(disk, 'control');
  assert.throws(() => journal.stream('control').appendNow([record(long)]));
  return disk.kill();
}

function failSyncsOf(disk: MemoryDisk, stream: StreamName): void {
  disk.onOperation((operation, path) => {
    if (operation === 'sync' && path.includes(`/${stream}/`)) throw new Error('EIO');
  });
}

power('makes a tail durable again that the disk may never have got', async () => {
  const disk = memoryDisk();
  const journal = await openSmall(disk);
  journal.stream('ledger').appendNow([record('synced')]);
  disk.onOperation((operation, path) => {
    if (operation === 'sync' && path.endsWith('.seg')) throw new Error('EIO');
  });
  assert.throws(() => journal.stream('ledger').appendNow([record('written, sync failed')]));
  // The process dies; the page cache still shows the bytes of the failed sync.
  const again = await openSmall(disk.kill());
  assert.equal(textsOf(again.stream('ledger')), ['synced', 'written, sync failed']);
  await again.close();
});

power('of what a failed sync left in the page cache survives the next power loss', async () => {
  const disk = memoryDisk();
  const journal = await openSmall(disk);
  journal.stream('ledger').appendNow([record('synced')]);
  failSyncsOf(disk, 'ledger');
  assert.throws(() => journal.stream('ledger').appendNow([record('sync failed')]));
  const restarted = disk.kill();
  const second = await openSmall(restarted);
  assert.equal(textsOf(second.stream('ledger')), ['synced', 'sync failed']);
  const third = await openSmall(restarted.crash());
  assert.equal(textsOf(third.stream('ledger')), ['synced', 'sync failed'], 'seen once, kept');
  await third.close();
});

power('a start whose own sync failed vouches for nothing the disk may not have', async () => {
  const disk = await unsyncedControl();
  failSyncsOf(disk, 'control');
  await refused(disk);
  const restarted = disk.kill();
  const second = await openSmall(restarted);
  assert.equal(textsOf(second.stream('control')), ['synced', long]);
  const third = await openSmall(restarted.crash());
  assert.equal(textsOf(third.stream('control')), ['synced', long], 'seen once, kept');
  await third.close();
});

power('power lost in a start that kept its record and not the tail is no damage', async () => {
  const disk = await unsyncedControl();
  const path =
    disk.paths().find((name) => name.includes('/control/') && name.endsWith('.seg')) ?? '';
  const lost = Math.ceil(disk.bytesOf(path).indexOf('xxxx') / 512);
  let restarted = disk;
  disk.onOperation((operation, name) => {
    if (operation !== 'sync' || name !== path) return;
    restarted = disk.crash((file, sector) => file !== path || sector !== lost);
    throw new Error('the power is gone');
  });
  await refused(disk);
  const journal = await openSmall(restarted);
  assert.equal(textsOf(journal.stream('control')), ['synced']);
  assert.is(journal.recovery.streams.control.acknowledgedLost, 0);
  await journal.close();
});

power('the name of a segment outlives the power, whoever named it', async () => {
  const disk = memoryDisk();
  const journal = await openSmall(disk);
  let isNamed = false;
  disk.onOperation((operation, path) => {
    isNamed ||= operation === 'rename' && path.includes('/ledger/');
    if (isNamed && operation === 'syncDirectory') throw new Error('the process is gone');
  });
  assert.throws(() => {
    for (let at = 0; at < 100; at += 1) journal.stream('ledger').appendNow([record(long)]);
  });
  const restarted = disk.kill();
  const second = await openSmall(restarted);
  second.stream('ledger').appendNow([record('in the new segment')]);
  const texts = textsOf(second.stream('ledger'));
  const third = await openSmall(restarted.crash());
  assert.equal(textsOf(third.stream('ledger')), texts);
  await third.close();
});

power.run();
