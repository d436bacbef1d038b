import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { openJournal } from '../../../streams/journal/index.ts';
import { type HostIdentity, journalPorts } from '../../fixtures/journal-ports.ts';
import { journalDirectory, smallOptions } from '../../fixtures/journals.ts';
import { type MemoryDisk, memoryDisk } from '../../fixtures/memory-disk.ts';

const lock = suite('the writer lock');

function open(disk: MemoryDisk, identity: HostIdentity) {
  return openJournal(journalPorts(disk, identity), journalDirectory, smallOptions);
}

lock('refuses a second writer and names the pid of the first', async () => {
  const disk = memoryDisk();
  const first = await open(disk, { pid: 7 });
  const alive = { 7: 'ticks-7', 8: 'ticks-8' };
  const error = await open(disk, { pid: 8, alive }).then(
    () => undefined,
    (thrown: { code: string; message: string }) => thrown,
  );
  assert.is(error?.code, 'JOURNAL_LOCKED');
  assert.match(error?.message ?? '', 'process 7');
  await first.close();
  const second = await open(disk, { pid: 8, alive });
  assert.is(second.recovery.takenOverFrom, undefined);
  await second.close();
});

lock('refuses the same process opening it twice', async () => {
  const disk = memoryDisk();
  const first = await open(disk, { pid: 7 });
  const code = await open(disk, { pid: 7 }).catch((error: { code: string }) => error.code);
  assert.is(code, 'JOURNAL_LOCKED');
  await first.close();
});

const dead: ReadonlyArray<[title: string, next: HostIdentity]> = [
  ['no process has its pid', { pid: 8, alive: { 8: 'ticks-8' } }],
  ['its pid was given to another process', { pid: 8, alive: { 7: 'other', 8: 'ticks-8' } }],
  [
    'it comes from another boot',
    { pid: 8, bootId: 'boot-2', alive: { 7: 'ticks-7', 8: 'ticks-8' } },
  ],
];
for (const [title, next] of dead) {
  lock(`is taken over and reported when ${title}`, async () => {
    const disk = memoryDisk();
    await open(disk, { pid: 7 });
    const second = await open(disk.kill(), next);
    assert.is(second.recovery.takenOverFrom?.pid, 7);
    await second.close();
  });
}

lock('of a process killed at any step of its start lets the next one in at once', async () => {
  let steps = 0;
  for (let wasKilled = true; wasKilled; steps += 1) {
    const disk = memoryDisk();
    let left = steps;
    disk.onOperation(() => {
      left -= 1;
      if (left < 0) throw new Error('killed');
    });
    wasKilled = await open(disk, { pid: 7 }).then(
      () => false,
      () => true,
    );
    const survived = disk.kill();
    survived.onOperation(() => undefined);
    const next = await open(survived, { pid: 8, alive: { 8: 'ticks-8' } });
    await next.close();
  }
  assert.ok(steps > 5, `${steps} steps`);
});

lock('that names nobody is damaged, and taken over', async () => {
  const disk = memoryDisk();
  disk.makeDirectory(journalDirectory);
  disk.writeFileAtomic(`${journalDirectory}/lock`, '{"pid":');
  const taken = await open(disk, { pid: 8 });
  await taken.close();
});

lock('is given back when the journal does not open', async () => {
  const disk = memoryDisk();
  await (await open(disk, { pid: 7 })).close();
  const segment = disk.paths().find((path) => path.includes('/ledger/') && path.endsWith('.seg'));
  disk.bytesOf(segment ?? '')[12] = 99;
  const code = await open(disk, { pid: 7 }).catch((error: { code: string }) => error.code);
  assert.is(code, 'JOURNAL_DAMAGED');
  assert.not.ok(disk.exists(`${journalDirectory}/lock`));
});

lock.run();
