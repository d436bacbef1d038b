import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { HoldfastError } from '../../../streams/facts/errors.ts';
import { openJournal, type StreamName } from '../../../streams/journal/index.ts';
import { journalPorts } from '../../fixtures/journal-ports.ts';
import {
  journalDirectory,
  openSmall,
  record,
  smallOptions,
  textsOf,
} from '../../fixtures/journals.ts';
import { diskError } from '../../fixtures/memory-disk.ts';

const fatal = suite('the first write or sync error');

async function broken(operation: 'write' | 'sync', stream: StreamName) {
  const ports = journalPorts();
  const journal = await openJournal(ports, journalDirectory, smallOptions);
  const heard: string[] = [];
  let failures = 0;
  journal.onFatal((error) => {
    heard.push(`fatal ${error.code}`);
  });
  ports.disk.onOperation((name, path) => {
    if (name !== operation || !path.includes(`/${stream}/`) || !path.endsWith('.seg')) return;
    failures += 1;
    throw diskError('EIO', 'injected');
  });
  return { ports, journal, heard, failures: () => failures };
}

function codeOf(error: unknown): string {
  return (error as HoldfastError).code;
}

for (const operation of ['write', 'sync'] as const) {
  for (const stream of ['ledger', 'traffic'] as const) {
    fatal(
      `(${operation}, ${stream}) closes the journal once, before waiters hear of it`,
      async () => {
        const { journal, heard, ports, failures } = await broken(operation, stream);
        const outcomes = await Promise.all(
          [1, 2].map((i) =>
            journal
              .stream(stream)
              .append(record(`${i}`))
              .catch((error: unknown) => {
                heard.push(`waiter ${codeOf(error)}`);
                return codeOf(error);
              }),
          ),
        );
        assert.equal(outcomes, ['JOURNAL_WRITE_FAILED', 'JOURNAL_WRITE_FAILED']);
        assert.is(heard[0], 'fatal JOURNAL_WRITE_FAILED');
        assert.is(heard.filter((line) => line.startsWith('fatal')).length, 1);
        assert.is(failures(), 1);
        ports.disk.onOperation(() => {
          assert.unreachable('a failed journal touched the disk again');
        });
        for (const name of ['ledger', 'traffic', 'control', 'audit'] as const) {
          const later = await journal.stream(name).append(record('x')).catch(codeOf);
          assert.is(later, 'JOURNAL_CLOSED', name);
          assert.throws(
            () => journal.stream(name).appendNow([record('x')]),
            (error: unknown) => codeOf(error) === 'JOURNAL_CLOSED',
          );
        }
      },
    );
  }
  fatal(`(${operation}) makes appendNow throw and everything queued reject`, async () => {
    const { journal, heard } = await broken(operation, 'ledger');
    const queued = journal.stream('ledger').append(record('queued')).catch(codeOf);
    const elsewhere = journal.stream('audit').append(record('elsewhere')).catch(codeOf);
    assert.throws(
      () => journal.stream('ledger').appendNow([record('now')]),
      (error: unknown) => codeOf(error) === 'JOURNAL_WRITE_FAILED',
    );
    assert.equal(heard, ['fatal JOURNAL_WRITE_FAILED']);
    assert.is(await queued, 'JOURNAL_WRITE_FAILED');
    assert.is(await elsewhere, 'JOURNAL_WRITE_FAILED');
    assert.is(journal.closedBy?.code, 'JOURNAL_WRITE_FAILED');
    const closed = await journal.close().catch(codeOf);
    assert.is(closed, 'JOURNAL_WRITE_FAILED');
  });
}

fatal('never acknowledges a record that a later start does not find', async () => {
  const { journal, ports } = await broken('sync', 'traffic');
  const traffic = journal.stream('traffic');
  const outcomes = await Promise.allSettled([1, 2, 3].map((i) => traffic.append(record(`${i}`))));
  assert.ok(outcomes.every((outcome) => outcome.status === 'rejected'));
  const again = await openJournal(
    journalPorts(ports.disk.crash(), { pid: 101 }),
    journalDirectory,
    smallOptions,
  );
  assert.equal(textsOf(again.stream('traffic')), []);
  assert.is(again.stream('traffic').nextOffset, 0, 'nothing durable cites what was lost');
  await again.close();
});

fatal('one listener that throws does not keep the others from hearing of it', async () => {
  const { journal, heard } = await broken('sync', 'ledger');
  journal.onFatal(() => {
    throw new Error('bad listener');
  });
  journal.onFatal(() => heard.push('second'));
  await journal.stream('ledger').append(record('x')).catch(codeOf);
  assert.equal(heard, ['fatal JOURNAL_WRITE_FAILED', 'second']);
});

for (const [code, temporary] of [
  ['ENOSPC', 'creating.tmp'],
  ['EDQUOT', 'prepared.tmp'],
] as const) {
  fatal(`(${code} at the name of a segment, ${temporary}) loses nothing acknowledged`, async () => {
    const ports = journalPorts();
    const journal = await openJournal(ports, journalDirectory, smallOptions);
    let renamed = '';
    ports.disk.onOperation((operation, path) => {
      if (operation === 'rename' && path.includes('/ledger/')) renamed = path;
      if (operation === 'syncDirectory' && renamed !== '') throw diskError(code, 'injected');
    });
    const acknowledged: string[] = [];
    let thrown: unknown;
    while (thrown === undefined) {
      const text = `${acknowledged.length} ${'k'.repeat(1000)}`;
      try {
        journal.stream('ledger').appendNow([record(text)]);
        acknowledged.push(text);
      } catch (error) {
        thrown = error;
      }
      // Gives the preparation of the next segment its turns.
      if (temporary === 'prepared.tmp')
        for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
    }
    assert.ok(renamed.endsWith(temporary), renamed);
    assert.is(codeOf(thrown), 'JOURNAL_WRITE_FAILED');
    assert.is(await journal.close().catch(codeOf), 'JOURNAL_WRITE_FAILED');
    assert.not.ok(ports.disk.exists(`${journalDirectory}/lock`), 'the lock is given back');
    const again = await openSmall(ports.disk.kill());
    assert.equal(textsOf(again.stream('ledger')), acknowledged);
    await again.close();
  });
}

fatal.run();
