/** Many writes of one turn leave in few system calls, whole and in order. */
import { Duplex } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { GatheredWrites } from '../../../daemon/ports/production/gathered-writes.ts';

const gathered = suite('gathered writes');

class Calls extends Duplex {
  /** Chunks of each call, in order. */
  readonly calls: string[][] = [];

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.calls.push([chunk.toString('latin1')]);
    done();
  }

  override _writev(chunks: Array<{ chunk: Buffer }>, done: () => void): void {
    this.calls.push(chunks.map(({ chunk }) => chunk.toString('latin1')));
    done();
  }
}

gathered('make one call of a turn, in order, when the turn ends', async () => {
  const stream = new Calls();
  const writes = new GatheredWrites(stream);
  for (const text of ['a', 'b', 'c']) writes.around(() => void stream.write(text));
  assert.equal(stream.calls, []);
  await turn();
  assert.equal(stream.calls, [['a', 'b', 'c']]);
  writes.around(() => void stream.write('d'));
  await turn();
  assert.equal(stream.calls.slice(1), [['d']]);
});

gathered('do not wait for the end of the turn once enough bytes are there', async () => {
  const stream = new Calls({ highWaterMark: 1 << 20 });
  const writes = new GatheredWrites(stream);
  const large = 'x'.repeat(40 * 1_024);
  for (let count = 0; count < 2; count += 1) writes.around(() => void stream.write(large));
  assert.equal(stream.calls, [[large, large]]);
  writes.around(() => void stream.write('after'));
  await turn();
  assert.equal(stream.calls.flat(), [large, large, 'after']);
});

gathered.run();
