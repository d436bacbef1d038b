import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { openJournal, repairJournal, verifyJournal } from '../../../streams/journal/index.ts';
import { journalPorts } from '../../fixtures/journal-ports.ts';
import {
  journalDirectory,
  openSmall,
  record,
  smallOptions,
  textsOf,
} from '../../fixtures/journals.ts';
import { type MemoryDisk, memoryDisk } from '../../fixtures/memory-disk.ts';

const verify = suite('verifying and repairing a journal');

const texts = Array.from({ length: 60 }, (_, i) => `record ${i} ${'v'.repeat(900)}`);

async function written(): Promise<MemoryDisk> {
  const disk = memoryDisk();
  const journal = await openSmall(disk);
  for (let at = 0; at < texts.length; at += 2) {
    journal.stream('ledger').appendNow(texts.slice(at, at + 2).map(record));
  }
  await journal.close();
  return disk;
}

function ledgerSegments(disk: MemoryDisk): string[] {
  return disk.paths().filter((path) => path.includes('/ledger/') && path.endsWith('.seg'));
}

function flip(disk: MemoryDisk, path: string, at: number): void {
  const bytes = disk.bytesOf(path);
  bytes[at] = (bytes[at] ?? 0) ^ 1;
}

verify('proves every record from zero, the last segment from the checkpoint', async () => {
  const disk = await written();
  const seen: number[] = [];
  const zero = verifyJournal(disk, journalDirectory, { from: 'zero' }, (progress) => {
    if (progress.stream === 'ledger') seen.push(progress.bytesDone / progress.bytesTotal);
  });
  const ledger = zero.streams.find((stream) => stream.stream === 'ledger');
  assert.ok(zero.isWhole);
  assert.is(ledger?.records, texts.length);
  assert.is(ledger?.nextOffset, texts.length);
  assert.is(seen.at(-1), 1);
  const checkpoint = verifyJournal(disk, journalDirectory, { from: 'checkpoint' });
  const last = checkpoint.streams.find((stream) => stream.stream === 'ledger');
  assert.ok((last?.fromOffset ?? 0) > 0);
  assert.is(last?.lastHash, ledger?.lastHash, 'both ends of the same chain');
});

verify('from zero finds what a start from the checkpoint does not look at', async () => {
  const disk = await written();
  const [first] = ledgerSegments(disk);
  flip(disk, first ?? '', 6000);
  assert.ok(verifyJournal(disk, journalDirectory, { from: 'checkpoint' }).isWhole);
  const report = verifyJournal(disk, journalDirectory, { from: 'zero' });
  assert.is(report.damages.length, 1);
  assert.is(report.damages[0]?.stream, 'ledger');
  assert.is(report.damages[0]?.segment, first?.split('/').at(-1));
  assert.ok((report.damages[0]?.byteOffset ?? Infinity) <= 6000);
});

verify('reports a missing segment, and two segments of different histories', async () => {
  const gone = await written();
  gone.remove(ledgerSegments(gone)[1] ?? '');
  assert.match(
    verifyJournal(gone, journalDirectory, { from: 'zero' }).damages[0]?.reason ?? '',
    'missing',
  );
  const mixed = await written();
  const other = memoryDisk();
  const journal = await openSmall(other);
  for (let at = 0; at < texts.length; at += 2) {
    const pair = texts.slice(at, at + 2).map((text) => record(text.replace('v', 'w')));
    journal.stream('ledger').appendNow(pair);
  }
  await journal.close();
  const path = ledgerSegments(mixed)[0] ?? '';
  other.bytesOf(path).copy(mixed.bytesOf(path));
  const report = verifyJournal(mixed, journalDirectory, { from: 'zero' });
  assert.match(report.damages[0]?.reason ?? '', 'last hash');
});

verify('repair copies what is provable and keeps every offset', async () => {
  const disk = await written();
  const segments = ledgerSegments(disk);
  const path = segments.at(-1) ?? '';
  const at = disk.bytesOf(path).indexOf('record 5');
  flip(disk, path, at + 20);
  const error = await openSmall(disk).catch((thrown: { code: string }) => thrown.code);
  assert.is(error, 'JOURNAL_DAMAGED');
  const before = disk.bytesOf(path).toString('hex');
  const report = repairJournal(disk, journalDirectory, '/data/repaired');
  assert.is(disk.bytesOf(path).toString('hex'), before, 'the damaged journal is not touched');
  const ledger = report.streams.find((stream) => stream.stream === 'ledger');
  assert.is(ledger?.salvaged, 1, 'the other record of the broken block has a good crc');
  assert.is(ledger?.lost.length, 1);
  const lost = ledger?.lost[0]?.from ?? -1;
  assert.equal(ledger?.lost, [{ from: lost, to: lost + 1 }]);
  assert.ok(verifyJournal(disk, '/data/repaired', { from: 'zero' }).isWhole);
  const repaired = await openJournal(journalPorts(disk), '/data/repaired', smallOptions);
  assert.equal(
    textsOf(repaired.stream('ledger')),
    texts.filter((_, offset) => offset !== lost),
  );
  assert.is(repaired.stream('ledger').appendNow([record('next')]), texts.length);
  assert.is(repaired.epoch, 2, 'epochs go on');
  await repaired.close();
});

verify('repair refuses to write into an existing directory', async () => {
  const disk = await written();
  disk.makeDirectory('/data/there');
  assert.throws(
    () => repairJournal(disk, journalDirectory, '/data/there'),
    (error: { code: string }) => error.code === 'CONFLICT',
  );
});

verify('is right while the writer goes on', async () => {
  const disk = memoryDisk();
  const journal = await openSmall(disk);
  for (const text of texts) {
    await journal.stream('traffic').append(record(text));
    assert.ok(verifyJournal(disk, journalDirectory, { from: 'zero' }).isWhole);
  }
  await journal.close();
});

verify.run();
