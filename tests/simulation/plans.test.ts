/** What plans may ask for: a house that starts, and a list of the unreachable that names what exists. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { provenPolicy } from '../../daemon/system/proven-policy.ts';
import { coverageOf, unreachable } from './coverage.ts';
import { planOf, seedAt, showsIn, themeOf } from './plan-of.ts';
import { plantedBugs } from './planted/bugs.ts';
import { shownBy } from './planted/planted-bug.ts';
import { themes } from './themes.ts';
import { simConfig } from './world/sim-config.ts';

const plans = suite('simulation: plans');

const drawn = 1_500;

plans('every house that is set up starts: its limits can trip', () => {
  const setups = new Map<string, ReturnType<typeof planOf>['setup']>();
  for (let n = 0; n < drawn; n += 1) {
    const { setup } = planOf(seedAt(3n, n));
    setups.set(JSON.stringify(setup), setup);
  }
  assert.ok(setups.size > 20, `${setups.size} setups`);
  for (const setup of setups.values())
    provenPolicy(simConfig(false, setup, false).config.launchPolicy);
});

plans('every theme is drawn, and every bug is looked for in one that is', () => {
  const seen = new Set<string | undefined>();
  for (let n = 0; n < drawn; n += 1) {
    const seed = seedAt(3n, n);
    seen.add(themeOf(seed));
    if (showsIn('store', seed)) seen.add('store');
  }
  for (const { name } of themes) assert.ok(seen.has(name), name);
  const bugs = new Set(plantedBugs.map(({ name }) => name));
  for (const [bug, theme] of Object.entries(shownBy)) {
    assert.ok(bugs.has(bug), bug);
    assert.ok(seen.has(theme), theme);
  }
});

plans('what is listed as unreachable is something the campaign looks for', () => {
  const wanted = new Set(
    coverageOf(new Map()).flatMap((group) => [...group.missing, ...group.unreachable]),
  );
  for (const [what, why] of Object.entries(unreachable)) {
    assert.ok(wanted.has(what), what);
    assert.ok(why.length > 0, what);
  }
});

plans.run();
