import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { openJournal } from '../../../streams/journal/index.ts';
import { limits } from '../../../streams/journal/limits.ts';
import { journalPorts } from '../../fixtures/journal-ports.ts';
import {
  journalDirectory,
  openSmall,
  record,
  smallOptions,
  smallStreams,
  textsOf,
} from '../../fixtures/journals.ts';
import { memoryDisk } from '../../fixtures/memory-disk.ts';

const append = suite('appending to the journal');

function codeOf(thrown: unknown): unknown {
  return (thrown as { code?: unknown }).code;
}

append('gives gap-free offsets from 0 and reads the records back', async () => {
  const journal = await openSmall(memoryDisk());
  const ledger = journal.stream('ledger');
  assert.is(ledger.appendNow([record('a'), record('b')]), 0);
  const queued = await Promise.all(['c', 'd'].map((text) => ledger.append(record(text))));
  assert.equal(queued, [2, 3]);
  assert.is(ledger.appendNow([record('e')]), 4);
  assert.equal(textsOf(ledger), ['a', 'b', 'c', 'd', 'e']);
  assert.equal(textsOf(ledger, 3), ['d', 'e']);
  assert.is(ledger.nextOffset, 5);
  await journal.close();
});

append('commits everything that waits with one sync', async () => {
  const disk = memoryDisk();
  const journal = await openSmall(disk);
  for (const name of ['ledger', 'traffic'] as const) {
    let syncs = 0;
    disk.onOperation((operation) => {
      if (operation === 'sync') syncs += 1;
    });
    const stream = journal.stream(name);
    await Promise.all(Array.from({ length: 20 }, (_, i) => stream.append(record(`r${i}`))));
    assert.is(syncs, 1, name);
  }
  await journal.close();
});

append('resolves only after the sync that covers the record', async () => {
  const disk = memoryDisk();
  const journal = await openSmall(disk);
  const order: string[] = [];
  disk.onOperation((operation) => {
    if (operation === 'sync') order.push('sync');
  });
  await journal
    .stream('audit')
    .append(record('a'))
    .then(() => order.push('acknowledged'));
  assert.equal(order, ['sync', 'acknowledged']);
  await journal.close();
});

append('appendNow makes everything queued before it durable, in order', async () => {
  const disk = memoryDisk();
  const journal = await openSmall(disk);
  const acknowledged: number[] = [];
  for (const name of ['ledger', 'traffic'] as const) {
    const stream = journal.stream(name);
    const waiting = [1, 2, 3].map((i) => stream.append(record(`queued ${i}`)));
    assert.is(stream.appendNow([record('now')]), 3);
    assert.is(stream.durableNextOffset, 4);
    acknowledged.push(...(await Promise.all(waiting)));
    assert.equal(textsOf(stream), ['queued 1', 'queued 2', 'queued 3', 'now']);
  }
  assert.equal(acknowledged, [0, 1, 2, 0, 1, 2]);
  await journal.close();
});

append('copies the bytes, so the caller may reuse its buffer', async () => {
  const journal = await openSmall(memoryDisk());
  const buffer = Buffer.from('first');
  const done = journal.stream('traffic').append(buffer);
  buffer.fill(0);
  await done;
  assert.equal(textsOf(journal.stream('traffic')), ['first']);
  await journal.close();
});

append('refuses at once when the queue is full, counts it, and goes on', async () => {
  const ports = journalPorts();
  const streams = smallStreams(32 * 1024, { queueRecords: 4 });
  const journal = await openJournal(ports, journalDirectory, { ...smallOptions, streams });
  const ledger = journal.stream('ledger');
  const waiting = [1, 2, 3, 4].map((i) => ledger.append(record(`${i}`)));
  assert.is(ledger.queueDepth, ledger.queueCapacity);
  const refused = ledger.append(record('5')).catch(codeOf);
  assert.throws(
    () => ledger.appendNow([record('6')]),
    (error: unknown) => codeOf(error) === 'JOURNAL_QUEUE_FULL',
  );
  assert.is(await refused, 'JOURNAL_QUEUE_FULL');
  assert.is(ledger.enqueueFailures, 2);
  assert.is(ports.telemetry.counts.get('holdfast_journal_write_errors_total'), 2);
  assert.equal(await Promise.all(waiting), [0, 1, 2, 3]);
  assert.is(ledger.queueDepth, 0);
  assert.is(ledger.appendNow([record('7')]), 4);
  await journal.close();
});

append('bounds the queue by bytes, too', async () => {
  const streams = smallStreams(32 * 1024, { queueBytes: 100 });
  const journal = await openSmall(memoryDisk(), { ...smallOptions, streams });
  const traffic = journal.stream('traffic');
  const waiting = traffic.append(Buffer.alloc(90));
  assert.is(await traffic.append(Buffer.alloc(11)).catch(codeOf), 'JOURNAL_QUEUE_FULL');
  await waiting;
  assert.is(await traffic.append(Buffer.alloc(11)), 1);
  await journal.close();
});

append('refuses a record beyond the bound and takes one larger than a block', async () => {
  const journal = await openSmall(memoryDisk());
  const ledger = journal.stream('ledger');
  const tooLarge = Buffer.alloc(limits.maxRecordBytes + 1);
  assert.is(await ledger.append(tooLarge).catch(codeOf), 'PAYLOAD_TOO_LARGE');
  const large = Buffer.alloc(50_000, 7);
  assert.is(ledger.appendNow([large]), 0);
  assert.is(await ledger.append(large), 1);
  assert.equal(
    [...ledger.read(0)].map((item) => item.bytes.length),
    [50_000, 50_000],
  );
  await journal.close();
});

append('keeps order across many segments, whatever the mix of appends', async () => {
  const disk = memoryDisk();
  const journal = await openSmall(disk);
  for (const name of ['ledger', 'traffic'] as const) {
    const stream = journal.stream(name);
    const offsets: Array<Promise<number>> = [];
    const expected: string[] = [];
    for (let i = 0; i < 400; i += 1) {
      const text = `${i} ${'x'.repeat(i % 700)}`;
      expected.push(text);
      if (i % 7 === 0) offsets.push(Promise.resolve(stream.appendNow([record(text)])));
      else offsets.push(stream.append(record(text)));
      if (i % 50 === 0) await Promise.all(offsets);
    }
    assert.equal(await Promise.all(offsets), [...expected.keys()]);
    assert.equal(textsOf(stream), expected);
    assert.ok(
      disk.list(`${journalDirectory}/${name}`).filter((f) => f.endsWith('.seg')).length > 3,
    );
  }
  await journal.close();
});

append('makes queued records durable at close and refuses afterwards', async () => {
  const disk = memoryDisk();
  const journal = await openSmall(disk);
  const traffic = journal.stream('traffic');
  const waiting = traffic.append(record('last words'));
  await journal.close();
  assert.is(await waiting, 0);
  assert.is(await traffic.append(record('x')).catch(codeOf), 'JOURNAL_CLOSED');
  const again = await openSmall(disk.crash());
  assert.equal(textsOf(again.stream('traffic')), ['last words']);
  await again.close();
});

append.run();
