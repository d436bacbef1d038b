/** The daemon while markets and the platform break: it restricts itself, says why, and trades again. */
import { suite } from 'uvu';
import { marketBreakages } from '../../fixtures/venue-sim/breakages.ts';
import { killsUntilRestored, survives } from '../../fixtures/venue-sim/survival.ts';

const faulted = suite('daemon and a broken market');

for (const [title, breakages, waitS, because] of marketBreakages) {
  faulted(`restricts, says why, and recovers: ${title}`, async () => {
    await survives(breakages, waitS, because);
  });
}

faulted('books empty for long are Kill, stay Kill, and an operator restores', async () => {
  await killsUntilRestored([{ fault: 'empty_book', forS: 30 }], /^.*Kill KILL_CORTEX_FORCE_KILL/);
});

faulted.run();
