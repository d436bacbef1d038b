import { openSync, readSync, writeSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { productionPorts } from '../../../daemon/ports/production/index.ts';
import type { HoldfastError } from '../../../streams/facts/errors.ts';
import { type Journal, openJournal } from '../../../streams/journal/index.ts';
import { runWriter, withScratch } from '../../fixtures/journal-child.ts';
import { journalPorts } from '../../fixtures/journal-ports.ts';
import {
  journalDirectory,
  record,
  smallOptions,
  smallStreams,
  textsOf,
} from '../../fixtures/journals.ts';

const journalSuite = suite('journal contract clauses');

const ports = productionPorts({ log: { level: 'silent', destination: 'stderr' } });

/** A ledger of five blocks on the real disk, closed; returns its segment file and block starts. */
async function ledgerOnDisk(directory: string): Promise<{ path: string; starts: number[] }> {
  const journal = await openJournal(ports, directory, smallOptions);
  for (let i = 0; i < 5; i += 1) journal.stream('ledger').appendNow([record(`intent ${i}`)]);
  await journal.close();
  const name = ports.disk.list(`${directory}/ledger`).find((file) => file.endsWith('.seg'));
  const path = `${directory}/ledger/${name}`;
  const bytes = ports.disk.readFile(path);
  const starts: number[] = [];
  for (let at = bytes.indexOf('HFBK'); at >= 0; at = bytes.indexOf('HFBK', at + 1)) starts.push(at);
  return { path, starts };
}

function flip(path: string, at: number): void {
  const fd = openSync(path, 'r+');
  const byte = Buffer.alloc(1);
  readSync(fd, byte, 0, 1, at);
  byte[0] = (byte[0] ?? 0) ^ 0xff;
  writeSync(fd, byte, 0, 1, at);
}

async function reopened(directory: string): Promise<Journal | HoldfastError> {
  return openJournal(ports, directory, smallOptions).catch((error: HoldfastError) => error);
}

journalSuite(
  'C-304 trip: a full ledger queue rejects at once and counts wal_write_errors',
  async () => {
    const counted = journalPorts();
    const streams = smallStreams(32 * 1024, { queueRecords: 2 });
    const journal = await openJournal(counted, journalDirectory, { ...smallOptions, streams });
    const ledger = journal.stream('ledger');
    const waiting = [ledger.append(record('1')), ledger.append(record('2'))];
    const refused = ledger.append(record('3')).catch((error: HoldfastError) => error.code);
    assert.is(counted.telemetry.counts.get('holdfast_journal_write_errors_total'), 1);
    assert.is(await refused, 'JOURNAL_QUEUE_FULL');
    assert.equal(await Promise.all(waiting), [0, 1], 'the loop keeps ticking');
    await journal.close();
  },
);

journalSuite('C-304 non-trip: a queue with one place left accepts', async () => {
  const counted = journalPorts();
  const streams = smallStreams(32 * 1024, { queueRecords: 2 });
  const journal = await openJournal(counted, journalDirectory, { ...smallOptions, streams });
  const waiting = [1, 2].map((i) => journal.stream('ledger').append(record(`${i}`)));
  assert.equal(await Promise.all(waiting), [0, 1]);
  assert.is(counted.telemetry.counts.get('holdfast_journal_write_errors_total'), undefined);
  await journal.close();
});

journalSuite(
  'C-305 trip: after a failed sync the process ends non-zero and sends nothing more',
  async () => {
    await withScratch(async (scratch) => {
      for (const failingSync of [10, 23, 40]) {
        const directory = `${scratch}/${failingSync}`;
        const run = await runWriter(directory, () => false, [String(failingSync)]);
        assert.is(run.exitCode, 5, run.stderr);
        const fatalAt = run.lines.indexOf('fatal JOURNAL_WRITE_FAILED');
        assert.is(fatalAt, run.lines.length - 1, 'nothing is acknowledged or sent afterwards');
        const sent = run.lines
          .filter((line) => line.startsWith('sent '))
          .map((line) => line.slice(5));
        const recorded = new Set(run.acknowledged.ledger.values());
        assert.ok(sent.every((text) => recorded.has(text)));
        const again = await openJournal(ports, directory, smallOptions);
        const found = new Set(textsOf(again.stream('ledger')));
        assert.ok(
          sent.every((text) => found.has(text)),
          'what was sent is durable',
        );
        await again.close();
      }
    });
  },
);

journalSuite('C-305 non-trip: without a failed sync it goes on until it is killed', async () => {
  await withScratch(async (scratch) => {
    const run = await runWriter(`${scratch}/journal`, (count) => count >= 200);
    assert.is(run.signal, 'SIGKILL');
    assert.not.ok(run.lines.some((line) => line.startsWith('fatal')));
  });
});

journalSuite('C-306 trip: a torn tail is cut and reported', async () => {
  await withScratch(async (scratch) => {
    const directory = `${scratch}/journal`;
    const { path, starts } = await ledgerOnDisk(directory);
    const lastStart = starts.at(-1) ?? 0;
    const file = ports.disk.open(path, 'write');
    file.truncateSync(lastStart + 100);
    file.close();
    const journal = (await reopened(directory)) as Journal;
    const { torn } = journal.recovery.streams.ledger;
    assert.is(torn?.byteOffset, lastStart);
    assert.is(torn?.recordOffset, 4);
    assert.is(torn?.bytes, 100);
    assert.is(ports.disk.readFile(torn?.keptAs ?? '').length, 100);
    assert.equal(textsOf(journal.stream('ledger')), [
      'intent 0',
      'intent 1',
      'intent 2',
      'intent 3',
    ]);
    await journal.close();
  });
});

journalSuite(
  'C-306 trip: a flipped byte in the middle refuses the start and names the offset',
  async () => {
    await withScratch(async (scratch) => {
      const directory = `${scratch}/journal`;
      const { path, starts } = await ledgerOnDisk(directory);
      flip(path, (starts[2] ?? 0) + 150);
      const error = (await reopened(directory)) as HoldfastError;
      assert.is(error.code, 'JOURNAL_DAMAGED');
      assert.is(error.exitCode, 4);
      assert.is(error.details.stream, 'ledger');
      assert.is(error.details.byteOffset, starts[2]);
      assert.is(error.details.recordOffset, 2);
      assert.match(error.message, 'holdfast repair --journal');
      assert.not.ok(ports.disk.exists(`${directory}/lock`), 'the refusal leaves no lock behind');
    });
  },
);

journalSuite('C-306 non-trip: an untouched journal opens without a word', async () => {
  await withScratch(async (scratch) => {
    const directory = `${scratch}/journal`;
    await ledgerOnDisk(directory);
    const journal = (await reopened(directory)) as Journal;
    for (const stream of Object.values(journal.recovery.streams)) {
      assert.is(stream.torn, undefined);
      assert.is(stream.hole, undefined);
    }
    assert.is(textsOf(journal.stream('ledger')).length, 5);
    await journal.close();
  });
});

journalSuite.run();
