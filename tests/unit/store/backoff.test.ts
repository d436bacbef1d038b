import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { backoffMs } from '../../../actors/evidence/store/index.ts';

const waiting = suite('back-off');
const limits = { firstMs: 100, maxMs: 10_000 };

waiting('stays between half and whole of the doubled wait, and below the limit', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 10_000 }),
      fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
      (failures, dice) => {
        const ms = backoffMs(limits, failures, { next: () => dice });
        const whole = Math.min(limits.maxMs, limits.firstMs * 2 ** Math.min(failures - 1, 20));
        return ms >= whole / 2 && ms <= whole;
      },
    ),
  );
});

waiting('grows until the limit', () => {
  const waits = [1, 2, 3, 8, 50].map((failures) => backoffMs(limits, failures, { next: () => 0 }));
  assert.equal(waits, [50, 100, 200, 5_000, 5_000]);
});

waiting.run();
