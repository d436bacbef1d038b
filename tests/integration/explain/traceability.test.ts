/** C-217: from a number on the status port to log, journal, store and `holdfast explain`: one set of ids. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { note } from '../../fixtures/evidence.ts';
import { withEngine } from '../../fixtures/store/engine.ts';
import { disagreements, traceSamples } from '../../prove/traceability.ts';

const traceability = suite('traceability');

traceability('C-217 a filled and a refused intent carry the same ids everywhere', () =>
  withEngine('traceability', async () => {
    const samples = await traceSamples();
    assert.equal(
      samples.map(({ outcome }) => outcome),
      ['filled', 'refused'],
    );
    for (const sample of samples) assert.equal(disagreements(sample), [], sample.outcome);
    for (const sample of samples) note('traceability', { ...sample });
    const filled = samples[0]?.explanation;
    const [chain] = filled?.intents ?? [];
    assert.ok((filled?.seen[0]?.instruments.length ?? 0) > 0, 'what was seen');
    assert.ok((chain?.capsule?.gates_passed.length ?? 0) > 5, 'what was checked');
    assert.ok(chain?.sent?.venue_order_id, 'what was sent');
    assert.ok((chain?.fills.length ?? 0) > 0, 'what was filled');
    const refused = samples[1]?.explanation.intents[0]?.refused;
    assert.ok(refused !== null && refused !== undefined && refused.code !== '', 'why not');
  }),
);

traceability.run();
