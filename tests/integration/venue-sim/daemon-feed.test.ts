/** The daemon while its feed breaks: it restricts itself, says why, and trades again. */
import { suite } from 'uvu';
import { feedBreakages } from '../../fixtures/venue-sim/breakages.ts';
import { survives } from '../../fixtures/venue-sim/survival.ts';

const faulted = suite('daemon and a broken feed');

for (const [title, breakages, waitS, because] of feedBreakages) {
  faulted(`restricts, says why, and recovers: ${title}`, async () => {
    await survives(breakages, waitS, because);
  });
}

faulted.run();
