import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { openJournal } from '../../../streams/journal/index.ts';
import { journalPorts } from '../../fixtures/journal-ports.ts';
import { journalDirectory, record, smallOptions, textsOf } from '../../fixtures/journals.ts';

const full = suite('a full disk');

function codeOf(error: unknown): string {
  return (error as { code: string }).code;
}

function codeThrown(fn: () => void): string | undefined {
  try {
    fn();
  } catch (error) {
    return codeOf(error);
  }
  return undefined;
}

const kilobyte = 'k'.repeat(1000);

full('refuses ordinary records and still takes the reserve class', async () => {
  const ports = journalPorts();
  const journal = await openJournal(ports, journalDirectory, smallOptions);
  const ledger = journal.stream('ledger');
  ports.disk.setFreeBytes(0);
  let ordinary = 0;
  while (codeThrown(() => ledger.appendNow([record(kilobyte)])) === undefined) ordinary += 1;
  assert.ok(ordinary > 10, 'preallocated space is used up first');
  assert.is(
    codeThrown(() => ledger.appendNow([record('open')])),
    'DISK_FULL',
  );
  assert.is(await journal.stream('traffic').append(record('x')).catch(codeOf), 'DISK_FULL');
  assert.ok(ledger.enqueueFailures > 0);
  assert.is(journal.closedBy, undefined, 'a full disk is not a broken disk');
  const cancels = Array.from({ length: 40 }, (_, i) => `cancel ${i} ${kilobyte}`);
  for (const text of cancels) ledger.appendNow([record(text)], { reserve: true });
  journal.stream('control').appendNow([record('reduce only')], { reserve: true });
  assert.not.ok(ports.disk.exists(`${journalDirectory}/reserve`), 'the reserve was spent');
  assert.equal(textsOf(ledger).slice(-cancels.length), cancels);
  await journal.close();
});

full('ends by itself once there is room again', async () => {
  const ports = journalPorts();
  const journal = await openJournal(ports, journalDirectory, smallOptions);
  const ledger = journal.stream('ledger');
  ports.disk.setFreeBytes(0);
  while (codeThrown(() => ledger.appendNow([record(kilobyte)])) === undefined);
  ports.clock.tick();
  assert.is(
    codeThrown(() => ledger.appendNow([record('open')])),
    'DISK_FULL',
  );
  ports.disk.setFreeBytes(1 << 24);
  ports.clock.tick();
  assert.is(
    codeThrown(() => ledger.appendNow([record('open')])),
    undefined,
  );
  assert.ok(ports.disk.exists(`${journalDirectory}/reserve`), 'the reserve is made again');
  await journal.close();
});

full('holds accepted traffic back until there is room, and loses none of it', async () => {
  const ports = journalPorts();
  const journal = await openJournal(ports, journalDirectory, smallOptions);
  const traffic = journal.stream('traffic');
  ports.disk.setFreeBytes(0);
  const texts = Array.from({ length: 60 }, (_, i) => `${i} ${kilobyte}`);
  const waiting = texts.map((text) => traffic.append(record(text)));
  for (let turn = 0; turn < 50; turn += 1) await Promise.resolve();
  assert.ok(traffic.queueDepth > 0, 'some did not fit');
  ports.disk.setFreeBytes(1 << 24);
  ports.clock.tick();
  assert.equal(await Promise.all(waiting), [...texts.keys()]);
  assert.equal(textsOf(traffic), texts);
  await journal.close();
});

full('at the start spends the reserve on recovery, and the reserve class still works', async () => {
  const ports = journalPorts();
  await (await openJournal(ports, journalDirectory, smallOptions)).close();
  ports.disk.setFreeBytes(0);
  const journal = await openJournal(ports, journalDirectory, smallOptions);
  assert.is(
    codeThrown(() => journal.stream('ledger').appendNow([record('open')])),
    'DISK_FULL',
  );
  journal.stream('ledger').appendNow([record('cancel')], { reserve: true });
  assert.equal(textsOf(journal.stream('ledger')), ['cancel']);
  await journal.close();
});

full.run();
