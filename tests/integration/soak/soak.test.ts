/** Two simulated minutes of the whole system: it trades, and every book agrees at the end. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { violationsOf } from '../../fixtures/soak/soak-invariants.ts';
import { SoakRun } from '../../fixtures/soak/soak-run.ts';

const soak = suite('soak');

async function withSoak(seed: string, work: (run: SoakRun) => Promise<void>): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'holdfast-soak-'));
  try {
    const run = await SoakRun.open({ seed, directory });
    try {
      await work(run);
    } finally {
      await run.close();
    }
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

soak('two minutes of trading leave venue and ledger with the same books', () =>
  withSoak('short', async (run) => {
    await run.minute();
    const sample = await run.minute();
    assert.ok(sample.events > 5_000, `${sample.events} events`);
    assert.ok(sample.fills > 5, `${sample.fills} fills`);
    assert.is(sample.mode, 'Active');
    assert.equal(await run.rest(), []);
    // The comparison can fail: one lot more at the venue is seen at once.
    const [position] = run.account.positions.values();
    if (position === undefined) throw new Error('nothing was ever held');
    position.lots += 1;
    assert.is(violationsOf(run).length, 1);
  }),
);

soak('the same seed is the same run', async () => {
  const counts: unknown[] = [];
  for (const _ of [1, 2]) {
    await withSoak('same', async (run) => {
      const { heapBytes, rssBytes, externalBytes, ...rest } = await run.minute();
      assert.ok(heapBytes > 0 && rssBytes > 0 && externalBytes >= 0);
      counts.push(rest);
    });
  }
  assert.equal(counts[0], counts[1]);
});

soak.run();
