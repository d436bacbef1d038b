/** Everybody attached sees every record once and in order, however unevenly they are served. */
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { SharedTail } from '../../../daemon/system/shared-tail.ts';
import type { JournalStream } from '../../../streams/journal/index.ts';

const tail = suite('the shared tail of a stream');

/** A stream whose blocks hold `blockRecords` records; readers end batches with whole blocks. */
class Growing implements Pick<JournalStream, 'follow'> {
  end = 0;
  open = 0;
  reads = 0;
  readonly #blockRecords: number;

  constructor(blockRecords: number) {
    this.#blockRecords = blockRecords;
  }

  follow(from: number): ReturnType<JournalStream['follow']> {
    let offset = from;
    this.open += 1;
    const reader = {
      get offset() {
        return offset;
      },
      next: (recordsMax: number) => {
        this.reads += 1;
        const first = offset;
        while (offset < this.end && offset - first < recordsMax) {
          const block = (Math.floor(offset / this.#blockRecords) + 1) * this.#blockRecords;
          offset = Math.min(block, this.end);
        }
        return Array.from({ length: offset - first }, (_, at) => ({
          offset: first + at,
          bytes: Buffer.from(String(first + at)),
        }));
      },
      close: () => {
        this.open -= 1;
      },
    };
    return reader as unknown as ReturnType<JournalStream['follow']>;
  }
}

tail('is read once for all who stand at the live end', () => {
  const stream = new Growing(10);
  const shared = new SharedTail(stream);
  const cursors = Array.from({ length: 5 }, () => shared.open(0));
  for (const cursor of cursors) assert.is(cursor.next(200).length, 0);
  stream.end = 40;
  stream.reads = 0;
  const seen = cursors.map((cursor) => cursor.next(200));
  assert.is(stream.reads, 1);
  for (const records of seen) {
    assert.equal(
      records.map(({ offset }) => offset),
      Array.from({ length: 40 }, (_, at) => at),
    );
  }
  assert.is(seen[0]?.[7], seen[4]?.[7]);
  for (const cursor of cursors) cursor.close();
  assert.is(stream.open, 0);
});

tail('gives everybody every record once, in any order of service, and closes every reader', () => {
  const step = fc.oneof(
    fc.record({ grow: fc.integer({ min: 1, max: 30 }) }),
    fc.record({ serve: fc.integer({ min: 0, max: 5 }), max: fc.integer({ min: 1, max: 25 }) }),
    fc.record({ open: fc.integer({ min: 0, max: 200 }) }),
    fc.record({ close: fc.integer({ min: 0, max: 5 }) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      const stream = new Growing(7);
      const shared = new SharedTail(stream);
      const clients: Array<{ cursor: ReturnType<SharedTail['open']>; next: number }> = [];
      const serve = (at: number, max: number): number => {
        const client = clients[at % Math.max(1, clients.length)];
        if (client === undefined) return 0;
        const records = client.cursor.next(max);
        for (const { offset, text } of records) {
          assert.is(offset, client.next);
          assert.is(text, String(offset));
          client.next += 1;
        }
        return records.length;
      };
      for (const one of steps) {
        if ('grow' in one) stream.end += one.grow;
        else if ('serve' in one) serve(one.serve, one.max);
        else if ('open' in one) {
          const from = Math.min(one.open, stream.end);
          clients.push({ cursor: shared.open(from), next: from });
        } else clients.splice(one.close, 1)[0]?.cursor.close();
      }
      for (const [at, client] of clients.entries()) {
        while (serve(at, 25) > 0);
        assert.is(client.next, stream.end);
      }
      for (const { cursor } of clients) cursor.close();
      assert.is(stream.open, 0);
    }),
  );
});

tail.run();
