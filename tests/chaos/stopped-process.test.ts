/**
 * A daemon that stands still: SIGSTOP in the middle of trading, long enough for its session and its
 * answers to be over when it goes on with everything due at once. And one that dies for memory, in
 * which no handler runs. Nothing is sent twice, nothing on what was seen before, both sides agree.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { booksChecks } from '../prove/both-books.ts';
import { crosser, quotes } from '../prove/phase2/trial-policy.ts';
import { type TrialOptions, type TrialSystem, withTrial } from '../prove/phase2/trial-system.ts';
import { sleepMs } from '../prove/restart-loop/clock.ts';
import { VenueWord } from '../prove/restart-loop/venue-word.ts';

const stopped = suite('stopped process');

async function trading(
  options: TrialOptions,
  strike: (system: TrialSystem) => Promise<void>,
): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'holdfast-stopped-'));
  const strategies = [crosser, quotes('ETH-PERPETUAL')];
  try {
    await withTrial(directory, { strategies, ...options }, async (system) => {
      await system.untilActive();
      await system.untilHeld(({ exposureUsd }) => exposureUsd > 0, 'a position');
      await strike(system);
      await system.untilActive();
      const checks = await booksChecks(system, new VenueWord(system.venue.address));
      assert.equal(
        checks.filter(({ ok }) => !ok),
        [],
      );
    });
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

for (const forMs of [700, 3_000, 12_000])
  stopped(`stopped for ${forMs} ms, and on`, () =>
    trading({ guard: { loop_stall_ms: 2_000 } }, async (system) => {
      const from = (system.facts('control').at(-1)?.offset ?? -1) + 1;
      system.daemon.signal('SIGSTOP');
      await sleepMs(forMs);
      system.daemon.signal('SIGCONT');
      if (forMs < 5_000) return;
      // Longer than the loop may stand still: what it knew is worth nothing.
      await system.untilStatus(
        () => system.facts('control', from).some(({ event_type }) => event_type === 'mode.changed'),
        'a change of mode',
      );
    }),
  );

stopped('out of memory: no handler runs, and the next life takes over', () =>
  trading(
    {
      preloads: ['hungry'],
      environment: { NODE_OPTIONS: '--max-old-space-size=320' },
    },
    async (system) => {
      process.kill(system.daemon.pid, 'SIGUSR2');
      await system.daemon.closed;
      assert.is(system.daemon.ending, 'SIGABRT', 'it did not end in order');
      system.startDaemon();
    },
  ),
);

stopped.run();
