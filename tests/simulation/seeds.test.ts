/**
 * The short tier: whole histories of daemon and venue, a fixed number of seeds, every invariant.
 * `npm run simulate` plays as many more as there is time for.
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { seedAt } from './plan-of.ts';
import { runSeed } from './run-seed.ts';

const seeds = suite('simulation: seeds');

/** Seconds of real time after which no further seed is begun; what was played is printed. */
const budgetS = 100;
const wanted = 300;
/** Too few would prove nothing: on a very busy machine the tier is slow instead of hollow. */
const fewest = 8;

seeds('histories keep every invariant', async () => {
  const startedMs = performance.now();
  let played = 0;
  let simulatedS = 0;
  for (let n = 0; n < wanted; n += 1) {
    const seed = seedAt(0n, n);
    const { violations, simulatedS: took } = await runSeed(seed);
    const said = violations.map(({ invariant, message }) => `${invariant}: ${message}`);
    assert.equal(said, [], `npm run simulate -- --seed ${seed}`);
    played += 1;
    simulatedS += took;
    if (played >= fewest && performance.now() - startedMs > budgetS * 1_000) break;
  }
  process.stdout.write(`${played} seeds, ${Math.round(simulatedS)} simulated seconds\n`);
});

seeds('one seed is one history, bit by bit', async () => {
  const seed = seedAt(1n, 0);
  const first = await runSeed(seed);
  const again = await runSeed(seed);
  assert.is(first.traceHash, again.traceHash);
  assert.is.not(first.traceHash, (await runSeed(seedAt(1n, 1))).traceHash);
});

seeds.run();
