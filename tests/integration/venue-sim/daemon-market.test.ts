/** The daemon while markets and the platform break: it restricts itself, says why, and trades again. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { marketBreakages } from '../../fixtures/venue-sim/breakages.ts';
import { survives } from '../../fixtures/venue-sim/survival.ts';

const faulted = suite('daemon and a broken market');

for (const [title, breakages, waitS, because] of marketBreakages) {
  faulted(`restricts, says why, and recovers: ${title}`, async () => {
    assert.match(await survives(breakages, waitS), because);
  });
}

faulted.run();
