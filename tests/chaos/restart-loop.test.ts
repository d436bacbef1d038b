/**
 * C-301, C-302 with real processes: fifty times `kill -9` of the shipped daemon under order flow, at
 * random instants, inside its operations and while it recovers. The venue says what it was asked.
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { restartLoop } from '../prove/restart-loop/loop.ts';
import { checksOf } from '../prove/restart-loop/report.ts';

const restarts = suite('restart loop');

restarts('fifty kills: nothing sent twice, nothing malformed, both sides equal', async () => {
  const report = await restartLoop({ kills: 50, lanes: 4, seed: 'test' });
  const failed = checksOf(report).filter(({ ok }) => !ok);
  assert.equal(failed, [], JSON.stringify(failed));
});

restarts.run();
