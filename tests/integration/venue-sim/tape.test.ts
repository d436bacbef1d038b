/** One seed, one tape: the same seed and the same client give the same bytes, in any process. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

const tape = suite('venue tape');
const run = promisify(execFile);
const program = fileURLToPath(new URL('../../fixtures/venue-sim/tape-process.js', import.meta.url));

async function tapeOf(seed: string): Promise<{ digest: string; frames: number }> {
  const { stdout } = await run(process.execPath, [program, seed], { timeout: 60_000 });
  const [digest = '', frames = '0'] = stdout.trim().split(' ');
  return { digest, frames: Number(frames) };
}

tape('two processes with one seed send the same bytes, another seed does not', async () => {
  const [first, second, other] = await Promise.all([tapeOf('a'), tapeOf('a'), tapeOf('b')]);
  assert.ok(first.frames > 100, `only ${first.frames} frames`);
  assert.equal(first, second);
  assert.is.not(first.digest, other.digest);
});

tape.run();
