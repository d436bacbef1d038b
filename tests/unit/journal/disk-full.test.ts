import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type Journal, openJournal, type StreamName } from '../../../streams/journal/index.ts';
import { journalPorts, type TestPorts } from '../../fixtures/journal-ports.ts';
import {
  journalDirectory,
  openSmall,
  record,
  smallOptions,
  textsOf,
} from '../../fixtures/journals.ts';
import { diskError } from '../../fixtures/memory-disk.ts';

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

full('that has no room for a name leaves nothing in the way of the next try', async () => {
  const ports = journalPorts();
  const journal = await openJournal(ports, journalDirectory, smallOptions);
  let refused = 0;
  ports.disk.onOperation((operation) => {
    if (operation !== 'rename' || refused > 0) return;
    refused += 1;
    throw diskError('ENOSPC', 'injected');
  });
  for (let at = 0; at < 40; at += 1) {
    journal.stream('ledger').appendNow([record(kilobyte)], { reserve: true });
  }
  assert.is(refused, 1);
  assert.is(journal.closedBy, undefined);
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

/** Queues that many records of a kilobyte; what became of each: its offset, or the code. */
function queued(journal: Journal, stream: StreamName, count: number): Promise<unknown>[] {
  return Array.from({ length: count }, (_, i) =>
    journal
      .stream(stream)
      .append(record(`${i} ${kilobyte}`))
      .catch(codeOf),
  );
}

full('when the journal is closed is told to everybody whose record finds no space', async () => {
  const ports = journalPorts();
  const journal = await openJournal(ports, journalDirectory, smallOptions);
  const heard: string[] = [];
  journal.onFatal((error) => heard.push(error.code));
  ports.disk.setFreeBytes(0);
  const waiting = queued(journal, 'traffic', 60);
  for (let turn = 0; turn < 50; turn += 1) await Promise.resolve();
  assert.ok(journal.stream('traffic').queueDepth > 0, 'some did not fit');
  assert.is(await journal.close().catch(codeOf), 'DISK_FULL');
  assert.equal(heard, ['DISK_FULL']);
  const outcomes = await Promise.all(waiting);
  const kept = outcomes.filter((outcome) => outcome !== 'DISK_FULL');
  assert.ok(kept.length > 10 && kept.length < 60, `${kept.length} were kept`);
  assert.equal(kept, [...kept.keys()], 'the first ones');
  const again = await openSmall(ports.disk.kill());
  assert.is(textsOf(again.stream('traffic')).length, kept.length);
  await again.close();
});

full('when the journal is closed spends the reserve on what has a right to it', async () => {
  const ports = journalPorts();
  const journal = await openJournal(ports, journalDirectory, smallOptions);
  ports.disk.setFreeBytes(0);
  const waiting = [...queued(journal, 'ledger', 40), ...queued(journal, 'control', 40)];
  const traffic = queued(journal, 'traffic', 60);
  assert.is(await journal.close().catch(codeOf), 'DISK_FULL', 'for the traffic');
  assert.ok((await Promise.all(waiting)).every((outcome) => typeof outcome === 'number'));
  assert.ok((await Promise.all(traffic)).includes('DISK_FULL'));
  ports.disk.setFreeBytes(1 << 24);
  const again = await openSmall(ports.disk.kill());
  assert.is(textsOf(again.stream('ledger')).length, 40);
  assert.is(textsOf(again.stream('control')).length, 40);
  await again.close();
});

full(
  'when the journal is closed keeps what fits, whatever the reserve is too small for',
  async () => {
    const ports = journalPorts();
    const journal = await openJournal(ports, journalDirectory, smallOptions);
    ports.disk.setFreeBytes(0);
    const ledger = queued(journal, 'ledger', 200);
    const control = queued(journal, 'control', 3);
    assert.is(await journal.close().catch(codeOf), 'JOURNAL_WRITE_FAILED');
    assert.ok((await Promise.all(ledger)).includes('JOURNAL_WRITE_FAILED'));
    assert.ok((await Promise.all(control)).every((outcome) => typeof outcome === 'number'));
  },
);

full('is not asked again once the journal is closed', async () => {
  const ports = journalPorts();
  const journal = await openJournal(ports, journalDirectory, smallOptions);
  for (let at = 0; at < 20; at += 1) journal.stream('ledger').appendNow([record(kilobyte)]);
  ports.disk.setFreeBytes(0);
  // The first write of the next segment's preparation fails, and nobody has heard of it yet.
  await Promise.resolve();
  await journal.close();
  assert.ok(ports.telemetry.events.includes('journal.disk_full'));
  ports.disk.setFreeBytes(1 << 24);
  ports.clock.tick();
  assert.not.ok(ports.telemetry.events.includes('journal.disk_has_room'));
});

const shortBytes = 12 * 1024;

/** A journal whose control segment lost its preallocated end, without a reserve. */
async function shortControl(freeBytes: number): Promise<{ ports: TestPorts; path: string }> {
  const ports = journalPorts();
  await (await openJournal(ports, journalDirectory, smallOptions)).close();
  const path = ports.disk.paths().find((name) => /\/control\/.*\.seg$/.test(name)) ?? '';
  ports.disk.open(path, 'write').truncateSync(shortBytes);
  ports.disk.remove(`${journalDirectory}/reserve`);
  ports.disk.setFreeBytes(freeBytes);
  return { ports, path };
}

full('almost, at the start: the reserve comes before the ends that segments lost', async () => {
  const { ports, path } = await shortControl(72 * 1024);
  const journal = await openJournal(ports, journalDirectory, smallOptions);
  assert.is(ports.disk.stat(`${journalDirectory}/reserve`)?.sizeBytes, 64 * 1024);
  assert.is(ports.disk.bytesOf(path).length, shortBytes, 'as short as it was');
  journal.stream('ledger').appendNow([record('open')]);
  for (let at = 0; at < 20; at += 1) {
    journal.stream('control').appendNow([record(kilobyte)], { reserve: true });
  }
  await journal.close();
});

full('at the start, without room for the reserve: what is left is for the next roll', async () => {
  const { ports, path } = await shortControl(40 * 1024);
  const journal = await openJournal(ports, journalDirectory, smallOptions);
  assert.is(ports.disk.bytesOf(path).length, shortBytes);
  for (let at = 0; at < 40; at += 1) {
    journal.stream('ledger').appendNow([record(kilobyte)], { reserve: true });
  }
  assert.is(journal.closedBy, undefined);
  await journal.close();
});

full('at no time keeps a segment with room from getting its end back', async () => {
  const { ports, path } = await shortControl(1 << 20);
  await (await openJournal(ports, journalDirectory, smallOptions)).close();
  assert.is(ports.disk.bytesOf(path).length, 32 * 1024);
});

full.run();
