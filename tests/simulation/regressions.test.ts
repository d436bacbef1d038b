/**
 * Plans that once broke an invariant. What they found is mended; they are played in every test run.
 * A plan is kept whole and not as its seed alone: the generator may change.
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Plan } from './plan.ts';
import { runPlan } from './run-seed.ts';

const regressions = suite('simulation: what was found');

const found: readonly { readonly about: string; readonly plan: Plan }[] = [
  {
    about: 'a leg index too long for the label was sent, and its fills were nobody’s',
    plan: {
      seed: 'e220a8397b1dcdaf',
      faultS: 20,
      trading: {
        everyMs: 300,
        withStrategy: false,
        groups: 0,
        reductions: 0,
        cancels: 0,
        nonsense: 0.9,
        size: 0.1,
      },
      entries: [],
    },
  },
];

for (const { about, plan } of found) {
  regressions(about, async () => {
    const { violations, orders } = await runPlan(plan);
    assert.equal(
      violations.map(({ invariant, message }) => `${invariant}: ${message}`),
      [],
    );
    assert.ok(orders > 0, 'the history traded');
  });
}

regressions.run();
