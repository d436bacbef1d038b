/** Waiting at stop: as long as something is unanswered, and never beyond the deadline. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { createVirtualWorld } from '../../../daemon/ports/virtual/index.ts';
import { hasUnanswered, settle } from '../../../daemon/system/settle.ts';
import { openOrderOf } from '../../fixtures/system/orders.ts';

const settling = suite('settle');

for (const [state, expected] of [
  ['recorded', true],
  ['sent', true],
  ['acked', false],
  ['partially_filled', false],
  ['in_doubt', false],
] as const) {
  settling(`an order that is ${state} is ${expected ? '' : 'not '}waited for`, () => {
    const resting = openOrderOf({ state: 'acked' });
    assert.is(hasUnanswered({ openOrders: [resting, openOrderOf({ state })] }), expected);
  });
}

settling('without orders there is nothing to wait for', () => {
  assert.is(hasUnanswered({ openOrders: [] }), false);
});

async function waitedMs(deadlineMs: number, settledAfterMs: number): Promise<number> {
  const world = createVirtualWorld({ seed: 1, startUs: 0, log: { level: 'silent' } });
  const { clock } = world.portsFor('daemon');
  const started = clock.monotonicUs();
  const passed = (): number => (clock.monotonicUs() - started) / 1_000;
  await world.clock.runWhile(settle(clock, deadlineMs, () => passed() >= settledAfterMs));
  return passed();
}

settling('ends within one look of being settled', async () => {
  assert.is(await waitedMs(1_000, 0), 0);
  const waited = await waitedMs(1_000, 25);
  assert.ok(waited >= 25 && waited <= 35, String(waited));
});

settling('ends at the deadline when nothing answers', async () => {
  const waited = await waitedMs(200, Number.POSITIVE_INFINITY);
  assert.ok(waited >= 200 && waited <= 210, String(waited));
  assert.is(await waitedMs(0, Number.POSITIVE_INFINITY), 0, 'a second signal does not wait');
});

settling.run();
