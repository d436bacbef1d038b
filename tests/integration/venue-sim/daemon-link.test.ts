/** The daemon while its connection breaks: it restricts itself, says why, and trades again. */
import { suite } from 'uvu';
import { linkBreakages } from '../../fixtures/venue-sim/breakages.ts';
import { survives } from '../../fixtures/venue-sim/survival.ts';

const faulted = suite('daemon and a broken link');

for (const [title, breakages, waitS, because] of linkBreakages) {
  faulted(`restricts, says why, and recovers: ${title}`, async () => {
    await survives(breakages, waitS, because);
  });
}

faulted.run();
