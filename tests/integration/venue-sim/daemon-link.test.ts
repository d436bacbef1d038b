/** The daemon while its connection and its feed break: it restricts itself, says why, and trades again. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { linkBreakages } from '../../fixtures/venue-sim/breakages.ts';
import { survives } from '../../fixtures/venue-sim/survival.ts';

const faulted = suite('daemon and a broken link');

for (const [title, breakages, waitS, because] of linkBreakages) {
  faulted(`restricts, says why, and recovers: ${title}`, async () => {
    assert.match(await survives(breakages, waitS), because);
  });
}

faulted.run();
