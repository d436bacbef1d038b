/** C-409 with real processes: a daemon killed in the middle of a group contains it when it comes back. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { crashGroup, groupSteps } from '../prove/phase2/group-crash.ts';

const crashes = suite('group crash');

for (const name of ['first leg sent', 'first rescue sent']) {
  crashes(`C-409 killed at: ${name}`, async () => {
    const step = groupSteps.find((candidate) => candidate.name === name);
    assert.ok(step !== undefined);
    const crash = await crashGroup(step);
    assert.ok(crash.ok, JSON.stringify(crash));
    assert.equal(crash.left, { 'BTC-PERPETUAL': 1_000 }, 'the leg that stood alone');
    assert.equal(crash.held, {}, 'and was closed');
    assert.is(crash.endedIn, 'flattened');
  });
}

crashes.run();
