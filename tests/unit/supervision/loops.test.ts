/** Loops: every repeating timer on a named clock is followed; a tick that is missing is late, and counted. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Loops } from '../../../actors/supervision/index.ts';
import { createVirtualWorld } from '../../../daemon/ports/virtual/index.ts';
import type { Clock } from '../../../streams/ports/index.ts';

const loops = suite('loops');

function bench() {
  const world = createVirtualWorld({ seed: 3, startUs: 1_700_000_000_000_000 });
  const { clock, telemetry } = world.portsFor('loops');
  const board = new Loops(clock, telemetry.metrics);
  return { board, clock, telemetry, pass: (ms: number) => world.clock.runFor(ms) };
}

loops(
  'a loop shows its ticks and its next one, two of a room are told apart, a stopped one is gone',
  async () => {
    const { board, clock, pass } = bench();
    let ran = 0;
    const stop = board.clock('room').every(100, () => {
      ran += 1;
    });
    board.clock('room').every(1_000, () => undefined);
    assert.equal(
      board.all.map(({ name, lastTickUs }) => [name, lastTickUs]),
      [
        ['room', null],
        ['room 2', null],
      ],
    );
    await pass(1_050);
    const [fast, slow] = board.all;
    assert.equal([fast?.ticks, ran, slow?.ticks], [10, 10, 1]);
    assert.is(clock.nowUs() - (fast?.lastTickUs ?? 0), 50_000);
    assert.is((fast?.nextTickUs ?? 0) - clock.nowUs(), 50_000);
    assert.is(fast?.isLate, false);
    stop();
    assert.equal(
      board.all.map(({ name }) => name),
      ['room 2'],
    );
  },
);

loops(
  'a loop whose tick does not come is late; the tick that comes at last is counted',
  async () => {
    const { clock, telemetry } = bench();
    let nowUs = 0;
    let tick: () => void = () => undefined;
    const standing: Clock = {
      nowUs: () => clock.nowUs(),
      monotonicUs: () => nowUs,
      after: (ms, fn) => clock.after(ms, fn),
      every: (_ms, fn) => {
        tick = fn;
        return () => undefined;
      },
      soon: (fn) => clock.soon(fn),
      sleep: (ms) => clock.sleep(ms),
      rx: clock.rx,
      machine: clock.machine,
    };
    const stalled = new Loops(standing, telemetry.metrics);
    stalled.clock('slow').every(100, () => undefined);
    nowUs = 200_000;
    assert.is(stalled.all[0]?.isLate, false, 'two intervals are not yet late');
    nowUs = 200_001;
    assert.is(stalled.all[0]?.isLate, true);
    tick();
    assert.equal([stalled.all[0]?.isLate, stalled.all[0]?.lateTicks], [false, 1]);
    assert.match(
      await telemetry.metrics.render(),
      /holdfast_loop_late_ticks_total\{loop="slow"\} 1/,
    );
  },
);

loops.run();
