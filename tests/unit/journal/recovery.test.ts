import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { HoldfastError } from '../../../streams/facts/errors.ts';
import type { Journal, StreamName } from '../../../streams/journal/index.ts';
import { openSmall, record, textsOf } from '../../fixtures/journals.ts';
import { type MemoryDisk, memoryDisk } from '../../fixtures/memory-disk.ts';

const recovery = suite('journal recovery');

/** Header pages are 4096 bytes; blocks follow. */
const firstBlockByte = 4096;

async function journalWith(texts: readonly string[], stream: StreamName = 'ledger') {
  const disk = memoryDisk();
  const journal = await openSmall(disk);
  for (const text of texts) journal.stream(stream).appendNow([record(text)]);
  await journal.close();
  return disk;
}

function lastSegment(disk: MemoryDisk, stream: StreamName = 'ledger'): string {
  const inside = disk.paths().filter((path) => path.includes(`/${stream}/`));
  return inside.filter((path) => path.endsWith('.seg')).at(-1) ?? '';
}

/** End of the blocks of a segment: the last byte that is not zero. */
function usedBytes(bytes: Buffer): number {
  let end = bytes.length;
  while (end > 0 && bytes[end - 1] === 0) end -= 1;
  return end;
}

async function outcomeOf(disk: MemoryDisk): Promise<Journal | HoldfastError> {
  return openSmall(disk).catch((error: HoldfastError) => error);
}

recovery(
  'starts a new boot epoch with a durable record before anything else is changed',
  async () => {
    const disk = await journalWith(['a']);
    const changed: string[] = [];
    disk.onOperation((operation, path) => {
      if (['write', 'rename', 'remove'].includes(operation) && !path.endsWith('/lock')) {
        changed.push(path.split('/').at(-2) ?? '');
      }
    });
    const journal = await openSmall(disk);
    assert.is(changed[0], 'control');
    assert.is(journal.epoch, 2);
    const own = [...journal.stream('control').read(0, { includeOwn: true })];
    assert.equal(
      own.map((item) => [item.kind, item.epoch]),
      [
        ['recovery', 1],
        ['recovery', 2],
      ],
    );
    assert.equal([...journal.stream('control').read(0)], [], 'consumers see facts only');
    await journal.close();
  },
);

recovery('cuts a torn tail at every byte of the last block, keeps and reports it', async () => {
  const whole = await journalWith(['first', 'second', 'third']);
  const path = lastSegment(whole);
  const end = usedBytes(whole.bytesOf(path));
  const blockBytes = (end - firstBlockByte) / 3 + 1;
  for (let cut = 1; cut < blockBytes - 3; cut += 1) {
    const disk = whole.kill();
    disk.bytesOf(path).fill(0, end - cut);
    const journal = await openSmall(disk);
    const { torn, hole, acknowledgedLost } = journal.recovery.streams.ledger;
    assert.equal(textsOf(journal.stream('ledger')), ['first', 'second'], `cut ${cut}`);
    assert.is(torn?.recordOffset, 2);
    assert.ok(torn !== undefined && disk.exists(torn.keptAs), 'the cut bytes are kept');
    assert.is(disk.bytesOf(torn?.keptAs ?? '').length, torn?.bytes);
    assert.equal(hole, { from: 2, to: 3 });
    assert.is(acknowledgedLost, 1, 'the loss of an acknowledged record is said');
    assert.is(journal.stream('ledger').appendNow([record('after')]), 3, 'offset 2 is not reused');
    await journal.close();
  }
});

recovery('a file truncated at any byte is a torn tail as well', async () => {
  const whole = await journalWith(['first', 'second', 'third']);
  const path = lastSegment(whole);
  const end = usedBytes(whole.bytesOf(path));
  for (let size = firstBlockByte; size <= end; size += 7) {
    const disk = whole.kill();
    disk.open(path, 'write').truncateSync(size);
    const journal = await openSmall(disk);
    const texts = textsOf(journal.stream('ledger'));
    assert.equal(texts, ['first', 'second', 'third'].slice(0, texts.length));
    journal.stream('ledger').appendNow([record('after')]);
    await journal.close();
    const again = await openSmall(disk);
    assert.equal(textsOf(again.stream('ledger')), [...texts, 'after']);
    await again.close();
  }
});

recovery(
  'detects a flipped bit at every byte: damage inside, a torn tail at the very end',
  async () => {
    const texts = ['first', 'second', 'third'];
    const whole = await journalWith(texts);
    const path = lastSegment(whole);
    const end = usedBytes(whole.bytesOf(path));
    const lastStart = whole.bytesOf(path).lastIndexOf('HFBK');
    for (let at = 0; at < end; at += 1) {
      // The header page is checked up to byte 112; the rest of it is never read.
      if (at >= 112 && at < firstBlockByte) continue;
      const disk = whole.kill();
      disk.bytesOf(path)[at] = (disk.bytesOf(path)[at] ?? 0) ^ 0x10;
      const outcome = await outcomeOf(disk);
      if (at >= lastStart) {
        assert.not.instance(outcome, Error, `byte ${at}`);
        const journal = outcome as Journal;
        assert.is(journal.recovery.streams.ledger.torn?.byteOffset, lastStart, `byte ${at}`);
        assert.equal(textsOf(journal.stream('ledger')), ['first', 'second']);
        await journal.close();
        continue;
      }
      const error = outcome as HoldfastError;
      assert.is(error.code, 'JOURNAL_DAMAGED', `byte ${at}`);
      assert.is(error.details.stream, 'ledger');
      assert.is(error.details.segment, path.split('/').at(-1));
      const byteOffset = Number(error.details.byteOffset);
      assert.ok(byteOffset <= at, `byte ${at} is reported at ${byteOffset}`);
      assert.type(error.details.recordOffset, 'number');
      assert.match(error.message, 'holdfast repair');
    }
  },
);

recovery('changes nothing when it refuses', async () => {
  const disk = await journalWith(['first', 'second', 'third']);
  const path = lastSegment(disk);
  disk.bytesOf(path)[firstBlockByte + 150] = 255;
  const before = disk.paths().map((name) => [name, disk.bytesOf(name).toString('hex')]);
  assert.is(((await outcomeOf(disk)) as HoldfastError).code, 'JOURNAL_DAMAGED');
  assert.equal(
    disk.paths().map((name) => [name, disk.bytesOf(name).toString('hex')]),
    before,
  );
});

recovery('misses a segment that is gone', async () => {
  const disk = await journalWith(Array.from({ length: 60 }, (_, i) => `${i} ${'x'.repeat(2000)}`));
  const segments = disk
    .paths()
    .filter((path) => path.includes('/ledger/') && path.endsWith('.seg'));
  assert.ok(segments.length > 3);
  for (const gone of [0, 1]) {
    const damaged = disk.kill();
    damaged.remove(segments[gone] ?? '');
    const error = (await outcomeOf(damaged)) as HoldfastError;
    assert.is(error.code, 'JOURNAL_DAMAGED');
    assert.match(error.message, `segment ${gone} is missing`);
  }
});

recovery('never reuses an offset that a durable record of another stream can cite', async () => {
  const disk = memoryDisk();
  const journal = await openSmall(disk);
  const traffic = journal.stream('traffic');
  await traffic.append(record('durable'));
  const lost = [1, 2, 3].map((i) => traffic.append(record(`lost ${i}`)));
  journal.stream('ledger').appendNow([record('an intent that may cite traffic 3')]);
  const crashed = disk.crash();
  await Promise.all(lost);
  const again = await openSmall(crashed);
  assert.equal(again.recovery.streams.traffic.hole, { from: 1, to: 4 });
  assert.is(again.recovery.streams.traffic.acknowledgedLost, 0);
  assert.is(await again.stream('traffic').append(record('next')), 4);
  const all = [...again.stream('traffic').read(0, { includeOwn: true })];
  assert.equal(
    all.map((item) => [item.offset, item.span, item.kind]),
    [
      [0, 1, 'record'],
      [1, 3, 'tombstone'],
      [4, 1, 'record'],
    ],
  );
  assert.equal(textsOf(again.stream('traffic'), 2), ['next'], 'reading from inside the hole');
  await again.close();
});

recovery('leaves nothing of a long torn tail behind', async () => {
  const disk = await journalWith(['first', 'second']);
  const path = lastSegment(disk);
  const end = usedBytes(disk.bytesOf(path));
  disk.bytesOf(path).fill(0xa5, end, end + 5000);
  const journal = await openSmall(disk);
  assert.is(journal.recovery.streams.ledger.torn?.bytes, 5000);
  assert.is(journal.recovery.streams.ledger.acknowledgedLost, 0);
  journal.stream('ledger').appendNow([record('third')]);
  await journal.close();
  const again = await openSmall(disk);
  assert.is(again.recovery.streams.ledger.torn, undefined);
  assert.equal(textsOf(again.stream('ledger')), ['first', 'second', 'third']);
  await again.close();
});

recovery('bytes after never-written space are a torn tail as well', async () => {
  const disk = await journalWith(['first']);
  const path = lastSegment(disk);
  const end = usedBytes(disk.bytesOf(path));
  disk.bytesOf(path).fill(0xa5, end + 3000, end + 3010);
  const journal = await openSmall(disk);
  assert.is(journal.recovery.streams.ledger.torn?.bytes, 3010);
  assert.equal(textsOf(journal.stream('ledger')), ['first']);
  await journal.close();
});

recovery.run();
