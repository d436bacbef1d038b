import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { BlockBuilder } from '../../../streams/journal/block-builder.ts';
import { type JournalRecord, recordsInto } from '../../../streams/journal/block-cursor.ts';
import {
  decodeBlockHeader,
  decodeSegmentHeader,
  encodeSegmentHeader,
  hashHolds,
  previousHashOf,
  recordSeed,
  segmentHeaderBytes,
  storedHash,
} from '../../../streams/journal/format.ts';

const format = suite('the bytes of the journal');

const offset = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER - 1_000_000 });
const epoch = fc.integer({ min: 1, max: 2 ** 32 - 1 });
const digest = fc.uint8Array({ minLength: 32, maxLength: 32 });
const watermarks = fc.array(offset, { minLength: 4, maxLength: 4 });
const streamId = fc.integer({ min: 0, max: 3 });
const records = fc.array(fc.uint8Array({ maxLength: 3000 }), { minLength: 1, maxLength: 20 });

format('blocks of any records read back as written', () => {
  fc.assert(
    fc.property(
      streamId,
      epoch,
      offset,
      offset,
      digest,
      watermarks,
      records,
      (stream, boot, first, durable, previousHash, assigned, written) => {
        const builder = new BlockBuilder(stream, boot, 4096);
        builder.begin(first);
        for (const bytes of written) builder.add(bytes);
        const sealed = builder.seal({ durable, assigned, previousHash });
        const header = decodeBlockHeader(sealed.bytes, 0);
        assert.equal(header, {
          lengthBytes: sealed.bytes.length,
          kind: 1,
          epoch: boot,
          count: written.length,
          firstOffset: first,
          durable,
          assigned,
        });
        assert.ok(hashHolds(sealed.bytes));
        assert.ok(storedHash(sealed.bytes).equals(sealed.hash));
        assert.ok(previousHashOf(sealed.bytes).equals(previousHash));
        const found: JournalRecord[] = [];
        if (header === undefined) return;
        const block = { kind: 'block', byteOffset: 0, header, bytes: sealed.bytes } as const;
        assert.is(recordsInto(found, block, 0, { streamId: stream }), undefined);
        assert.equal(
          found.map((item) => [item.offset, item.epoch, Buffer.from(item.bytes).toString('hex')]),
          written.map((bytes, at) => [first + at, boot, Buffer.from(bytes).toString('hex')]),
        );
      },
    ),
    { numRuns: 100 },
  );
});

format('segment headers read back as written', () => {
  fc.assert(
    fc.property(
      streamId,
      epoch,
      offset,
      digest,
      watermarks,
      (stream, boot, baseOffset, previousHash, assigned) => {
        const header = {
          streamId: stream,
          epoch: boot,
          index: 17,
          baseOffset,
          previousHash: Buffer.from(previousHash),
          assigned,
          predecessorBytes: 33_554_432,
        };
        const page = encodeSegmentHeader(header);
        assert.is(page.length, segmentHeaderBytes);
        assert.equal(decodeSegmentHeader(page), header);
      },
    ),
  );
});

format('a flipped bit in any byte of a block is noticed', () => {
  const builder = new BlockBuilder(2, 5, 4096);
  builder.begin(1000);
  builder.add(Buffer.from('first record'));
  builder.add(Buffer.from('second record'));
  const { bytes } = builder.seal({
    durable: 999,
    assigned: [1, 2, 3, 4],
    previousHash: Buffer.alloc(32, 1),
  });
  for (let bit = 0; bit < bytes.length * 8; bit += 1) {
    const changed = Buffer.from(bytes);
    const at = bit >> 3;
    changed[at] = (changed[at] ?? 0) ^ (1 << (bit & 7));
    const isNoticed = decodeBlockHeader(changed, 0) === undefined || !hashHolds(changed);
    assert.ok(isNoticed, `bit ${bit}`);
  }
});

format('a record crc belongs to its stream and its epoch', () => {
  assert.is.not(recordSeed(0, 1), recordSeed(1, 1));
  assert.is.not(recordSeed(0, 1), recordSeed(0, 2));
});

format.run();
