/** The watchdog's rule: heard, silent, acting, heard again. On virtual time. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { createVirtualWorld } from '../../../daemon/ports/virtual/index.ts';
import { Watchdog } from '../../../daemon/watchdog/watchdog.ts';

const watchdogs = suite('watchdog');

function bench() {
  const world = createVirtualWorld({ seed: 5, startUs: 1_700_000_000_000_000 });
  const { clock, telemetry } = world.portsFor('watchdog');
  const state = { guardAgeMs: 0, isUp: true, venueUp: true, refuses: false };
  const open = new Map([
    ['bid', false],
    ['offer', true],
  ]);
  const alerts: string[] = [];
  const watchdog = new Watchdog({
    clock,
    log: telemetry.log,
    intervalMs: 1_000,
    silenceMs: 10_000,
    beat: () =>
      state.isUp ? Promise.resolve(state.guardAgeMs) : Promise.reject(new Error('silent')),
    venue: {
      openOrders: () =>
        state.venueUp
          ? Promise.resolve([...open].map(([orderId, reduceOnly]) => ({ orderId, reduceOnly })))
          : Promise.reject(new Error('venue down')),
      cancel: (orderId) => {
        if (state.refuses) return Promise.reject(new Error('refused'));
        open.delete(orderId);
        return Promise.resolve();
      },
    },
    onAlert: (text) => alerts.push(text),
  });
  watchdog.start();
  return { state, open, alerts, watchdog, pass: (ms: number) => world.clock.runFor(ms) };
}

watchdogs(
  'a daemon that answers is left alone, and so is one that is silent for a moment',
  async () => {
    const { state, open, alerts, pass } = bench();
    await pass(60_000);
    state.isUp = false;
    await pass(9_500);
    state.isUp = true;
    await pass(5_000);
    assert.is(open.size, 2);
    assert.equal(alerts, []);
  },
);

watchdogs(
  'silent for longer than the limit: what could add risk is cancelled, what reduces stays',
  async () => {
    const { state, open, alerts, pass } = bench();
    await pass(5_000);
    state.isUp = false;
    await pass(10_000);
    assert.is(open.size, 2, 'exactly the limit is no trip');
    await pass(2_000);
    assert.equal([...open.keys()], ['offer']);
    assert.is(alerts.length, 2);
    assert.match(alerts[0] ?? '', /silent/);
    assert.match(alerts[1] ?? '', /no order that could add risk/);
    open.set('late', false);
    await pass(2_000);
    assert.equal([...open.keys()], ['offer'], 'what shows up later goes as well');
    state.isUp = true;
    await pass(1_000);
    assert.is(alerts.at(-1), 'the daemon is heard again');
  },
);

watchdogs('a daemon that answers while its guard stands still is silent', async () => {
  const { state, open, alerts, pass } = bench();
  state.guardAgeMs = 9_000;
  await pass(30_000);
  assert.is(open.size, 2, 'within the limit');
  state.guardAgeMs = 10_500;
  await pass(2_000);
  assert.equal([...open.keys()], ['offer']);
  state.guardAgeMs = 100;
  await pass(1_000);
  assert.is(alerts.at(-1), 'the daemon is heard again');
});

watchdogs('a venue that fails, or a cancel that is refused, is tried again', async () => {
  const { state, open, pass } = bench();
  state.isUp = false;
  state.venueUp = false;
  await pass(15_000);
  assert.is(open.size, 2);
  state.venueUp = true;
  state.refuses = true;
  await pass(3_000);
  assert.is(open.size, 2);
  state.refuses = false;
  await pass(1_500);
  assert.equal([...open.keys()], ['offer']);
});

watchdogs('a stopped watchdog does nothing', async () => {
  const { state, open, watchdog, pass } = bench();
  watchdog.stop();
  state.isUp = false;
  await pass(60_000);
  assert.is(open.size, 2);
});

watchdogs.run();
