import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { HoldfastError } from '../../../streams/facts/errors.ts';
import { type JournalReader, openJournalReader } from '../../../streams/journal/index.ts';
import {
  journalDirectory,
  openSmall,
  record,
  smallOptions,
  textsOf,
} from '../../fixtures/journals.ts';
import { type MemoryDisk, memoryDisk } from '../../fixtures/memory-disk.ts';

const reader = suite('reading the journal');

function takeAll(from: JournalReader, batch = 10): string[] {
  const texts: string[] = [];
  for (let items = from.next(batch); items.length > 0; items = from.next(batch)) {
    texts.push(...items.map((item) => item.bytes.toString()));
  }
  return texts;
}

function segmentCount(disk: MemoryDisk): number {
  const names = disk.list(`${journalDirectory}/traffic`);
  return names.filter((name) => name.endsWith('.seg')).length;
}

reader('follows the live end across segment rolls, in this process and in another', async () => {
  const disk = memoryDisk();
  const journal = await openSmall(disk);
  const traffic = journal.stream('traffic');
  const inside = traffic.follow(0);
  const other = openJournalReader(disk, journalDirectory);
  const outside = other.stream('traffic').follow(0);
  const expected: string[] = [];
  const seenInside: string[] = [];
  const seenOutside: string[] = [];
  for (let round = 0; round < 60; round += 1) {
    const texts = Array.from({ length: 5 }, (_, i) => `${round}.${i} ${'x'.repeat(round * 9)}`);
    expected.push(...texts);
    await Promise.all(texts.map((text) => traffic.append(record(text))));
    if (round % 3 === 0) seenInside.push(...takeAll(inside, 7));
    if (round % 2 === 0) seenOutside.push(...takeAll(outside, 1));
  }
  seenInside.push(...takeAll(inside));
  seenOutside.push(...takeAll(outside));
  assert.equal(seenInside, expected);
  assert.equal(seenOutside, expected);
  assert.ok(segmentCount(disk) > 2);
  assert.is(inside.offset, traffic.nextOffset);
  assert.is(other.stream('traffic').committedOffset(), traffic.nextOffset);
  other.close();
  await journal.close();
});

reader('never hands out a record before its sync has ended', async () => {
  const disk = memoryDisk();
  const journal = await openSmall(disk);
  const traffic = journal.stream('traffic');
  await traffic.append(record('durable'));
  const outside = openJournalReader(disk, journalDirectory).stream('traffic').follow(0);
  const inside = traffic.follow(0);
  const seen: string[][] = [];
  disk.onOperation((operation, path) => {
    if (operation === 'sync' && path.endsWith('.seg')) seen.push(takeAll(outside), takeAll(inside));
  });
  await traffic.append(record('in flight'));
  assert.equal(seen, [['durable'], ['durable']]);
  assert.equal(takeAll(outside), ['in flight']);
  assert.equal(takeAll(inside), ['in flight']);
  await journal.close();
});

reader('resumes from any offset', async () => {
  const disk = memoryDisk();
  const journal = await openSmall(disk);
  const ledger = journal.stream('ledger');
  const texts = Array.from({ length: 90 }, (_, i) => `${i} ${'y'.repeat(i * 11)}`);
  for (let at = 0; at < texts.length; at += 3) {
    ledger.appendNow(texts.slice(at, at + 3).map(record));
  }
  for (let from = 0; from <= texts.length; from += 1) {
    assert.equal(textsOf(ledger, from), texts.slice(from));
  }
  await journal.close();
});

reader('proves what it reads: a changed byte is damage, not data', async () => {
  const disk = memoryDisk();
  const journal = await openSmall(disk);
  const ledger = journal.stream('ledger');
  for (const text of ['one', 'two', 'three']) ledger.appendNow([record(text)]);
  const path = disk.paths().find((name) => name.includes('/ledger/') && name.endsWith('.seg'));
  const bytes = disk.bytesOf(path ?? '');
  bytes[bytes.indexOf('two')] = 0x54;
  const error = (() => {
    try {
      return textsOf(ledger);
    } catch (thrown) {
      return thrown as HoldfastError;
    }
  })();
  assert.instance(error, Error);
  const { code, details } = error as HoldfastError;
  assert.is(code, 'JOURNAL_DAMAGED');
  assert.is(details.recordOffset, 1);
});

reader('of a journal without the committed cell finds the end by proof', async () => {
  const disk = memoryDisk();
  const journal = await openSmall(disk);
  journal.stream('ledger').appendNow([record('a'), record('b')]);
  await journal.close();
  disk.remove(`${journalDirectory}/ledger/committed`);
  const other = openJournalReader(disk, journalDirectory);
  assert.equal(textsOf(other.stream('ledger')), ['a', 'b']);
  assert.equal(textsOf(other.stream('traffic')), []);
  other.close();
});

reader(
  'tells what is kept when retention dropped the offset; the ledger is never dropped',
  async () => {
    const disk = memoryDisk();
    const journal = await openSmall(disk);
    const traffic = journal.stream('traffic');
    const texts = Array.from({ length: 80 }, (_, i) => `${i} ${'z'.repeat(1000)}`);
    for (const text of texts) traffic.appendNow([record(text)]);
    const before = segmentCount(disk);
    const dropped = traffic.dropSegmentsBefore(50);
    assert.ok(dropped.droppedSegments > 0 && dropped.firstOffset <= 50);
    assert.is(segmentCount(disk), before - dropped.droppedSegments);
    assert.equal(textsOf(traffic, dropped.firstOffset), texts.slice(dropped.firstOffset));
    assert.throws(
      () => textsOf(traffic),
      (error: HoldfastError) =>
        error.code === 'NOT_FOUND' && error.details.firstKept === dropped.firstOffset,
    );
    assert.throws(
      () => journal.stream('ledger').dropSegmentsBefore(0),
      (error: HoldfastError) => error.code === 'INTERNAL',
    );
    await journal.close();
    const again = await openSmall(disk.crash(), smallOptions);
    assert.equal(textsOf(again.stream('traffic'), 60), texts.slice(60));
    await again.close();
  },
);

reader.run();
