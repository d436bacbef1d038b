/** The window of recent samples against the plain definition of what it computes. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { TimedWindow } from '../../../actors/venue/timed-window.ts';
import { seededRandom } from '../../../daemon/ports/virtual/index.ts';

const windows = suite('timed window');

windows('without samples since then there is no figure', () => {
  const window = new TimedWindow(4);
  assert.is(window.quantile(0.5, 0), undefined);
  assert.is(window.mean(0), undefined);
  window.add(3, 10);
  assert.is(window.quantile(0.5, 11), undefined);
  assert.is(window.mean(11), undefined);
  assert.is(window.quantile(0.5, 10), 3);
});

windows('figures are those of the last N samples that are not older', () => {
  const random = seededRandom('timed window');
  const capacity = 8;
  const window = new TimedWindow(capacity);
  const all: { value: number; atUs: number }[] = [];
  let nowUs = 0;
  for (let round = 0; round < 200; round += 1) {
    // Several samples may come at one instant.
    nowUs += random.integer(3);
    const value = random.integer(100);
    window.add(value, nowUs);
    all.push({ value, atUs: nowUs });
    const sinceUs = nowUs - random.integer(12);
    const recent = all
      .slice(-capacity)
      .filter(({ atUs }) => atUs >= sinceUs)
      .map((sample) => sample.value);
    const sorted = recent.toSorted((a, b) => a - b);
    for (const q of [0, 0.5, 0.95, 1]) {
      const expected = sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))];
      assert.is(window.quantile(q, sinceUs), expected);
    }
    const mean = recent.reduce((sum, each) => sum + each, 0) / recent.length;
    assert.is(window.mean(sinceUs), recent.length === 0 ? undefined : mean);
  }
});

windows.run();
