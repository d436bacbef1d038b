/** Quiet stretches are put between what was planned: nothing is lost, moved closer, or falls into one. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { planOf, seedAt } from './plan-of.ts';

const quiet = suite('simulation: quiet stretches');

const plans = Array.from({ length: 400 }, (_, n) => planOf(seedAt(3n, n)));
const withQuiet = plans.filter((plan) => plan.quiet !== undefined);

quiet('some histories have them and some have none', () => {
  assert.ok(withQuiet.length > 50);
  assert.ok(withQuiet.length < plans.length - 50);
});

quiet('stretches stand in order, one after the other, within the faults', () => {
  for (const { quiet: stretches = [], faultS } of withQuiet) {
    let freeFromS = 0;
    for (const { atS, forS } of stretches) {
      assert.ok(atS >= freeFromS - 1e-9, 'one stands over another');
      assert.ok(forS >= 60);
      freeFromS = atS + forS;
    }
    assert.ok(freeFromS <= faultS + 1e-9);
  }
});

quiet('nothing that is planned begins in one', () => {
  let later = 0;
  for (const { quiet: stretches = [], entries } of withQuiet) {
    for (const entry of entries) {
      for (const { atS, forS } of stretches) {
        const isInside = entry.atS > atS + 1e-9 && entry.atS < atS + forS - 1e-9;
        assert.not.ok(isInside, `${entry.kind} at ${entry.atS} s`);
        if (entry.atS >= atS + forS - 1e-9) later += 1;
      }
    }
  }
  assert.ok(later > 0, 'something happens after a stretch');
});

quiet.run();
