/** The store beside the daemon: every fault of it is lived through, and the daemon does not notice. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type Plan, type PlanEntry, storeFaults } from './plan.ts';
import { planOf, seedAt } from './plan-of.ts';
import { runPlan } from './run-seed.ts';

const store = suite('simulation: the store');

/** One of each, one after the other, and a crash inside the first three. */
function everyFault(): PlanEntry[] {
  const faults = storeFaults.map((what, index): PlanEntry => {
    const amount = what === 'slow' ? 700 : 3;
    return { kind: 'store', what, amount, atS: 2 + index * 4, forS: 3 };
  });
  const crashes = [3, 7, 11].map((atS): PlanEntry => {
    return { kind: 'store_crash', port: 'wire', side: 'after', call: 4, atS };
  });
  return [...faults, ...crashes].sort((a, b) => a.atS - b.atS);
}

function planWith(n: number, entries: readonly PlanEntry[]): Plan {
  const { trading } = planOf(seedAt(11n, n));
  return { seed: seedAt(11n, n), faultS: 32, trading, setup: {}, store: true, entries };
}

store('whatever happens to it, it holds every fact once in the end', async () => {
  const { violations, reached, orders } = await runPlan(planWith(0, everyFault()));
  assert.equal(violations, []);
  assert.ok(orders > 0, 'the daemon traded');
  for (const what of storeFaults) assert.ok(reached.has(`store met ${what}`), what);
  for (const what of ['holds every fact once', 'row set aside', 'process crashed'])
    assert.ok(reached.has(`store ${what}`), what);
});

store('the daemon does the same with it, without it, and while it breaks', async () => {
  for (let n = 1; n <= 2; n += 1) {
    const death: PlanEntry = {
      kind: 'crash',
      how: 'power',
      port: 'disk',
      side: 'after',
      call: 40,
      downS: 1,
      atS: 9,
    };
    const plan = planWith(n, [death]);
    const options = { untilS: plan.faultS };
    const broken = await runPlan(planWith(n, [...everyFault(), death]), options);
    const whole = await runPlan(plan, options);
    const alone = await runPlan({ ...plan, store: false }, options);
    assert.ok(alone.orders > 0, 'the daemon traded');
    assert.is(whole.daemonHash, alone.daemonHash);
    assert.is(broken.daemonHash, alone.daemonHash);
    assert.is.not(broken.traceHash, whole.traceHash, 'the store went another way');
  }
});

store.run();
