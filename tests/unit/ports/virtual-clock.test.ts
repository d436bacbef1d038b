/** Virtual time: exact deadlines, a total order, promises settled between two events. */
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  createVirtualWorld,
  seededRandom,
  VirtualClock,
} from '../../../daemon/ports/virtual/index.ts';

const virtualClock = suite('virtual clock');

virtualClock('events run at exactly their time, ordered by time then creation', async () => {
  const plan = fc.array(
    fc.record({ delayUs: fc.nat(50), childUs: fc.option(fc.nat(20)), isCancelled: fc.boolean() }),
    { maxLength: 60 },
  );
  await fc.assert(
    fc.asyncProperty(plan, async (events) => {
      const clock = new VirtualClock(1_000);
      const history: Array<{ dueUs: number; order: number }> = [];
      let created = 0;
      let expected = 0;
      const add = (delayUs: number, then: () => void): (() => void) => {
        const entry = { dueUs: clock.nowUs + delayUs, order: created };
        created += 1;
        return clock.schedule(delayUs, () => {
          assert.is(clock.nowUs, entry.dueUs);
          history.push(entry);
          then();
        });
      };
      for (const { delayUs, childUs, isCancelled } of events) {
        const cancel = add(delayUs, () => {
          if (childUs !== null) add(childUs, () => undefined);
        });
        if (isCancelled) cancel();
        else expected += childUs === null ? 1 : 2;
      }
      assert.ok(await clock.runUntilIdle());
      assert.is(history.length, expected);
      for (const [index, entry] of history.entries()) {
        const before = history[index - 1];
        if (before === undefined) continue;
        const isOrdered =
          before.dueUs < entry.dueUs ||
          (before.dueUs === entry.dueUs && before.order < entry.order);
        assert.ok(isOrdered);
      }
    }),
    { numRuns: 300 },
  );
});

virtualClock('promises woken by one event settle before the next event', async () => {
  const clock = new VirtualClock(0);
  const history: string[] = [];
  const first = async (): Promise<void> => {
    history.push('event 1');
    for (let turn = 0; turn < 50; turn += 1) await Promise.resolve();
    history.push('settled 1');
    clock.schedule(0, () => history.push('asked for by 1'));
  };
  clock.schedule(10, () => void first());
  clock.schedule(10, () => history.push('event 2'));
  clock.schedule(11, () => history.push('event 3'));
  await clock.runUntilIdle();
  assert.equal(history, ['event 1', 'settled 1', 'event 2', 'asked for by 1', 'event 3']);
});

virtualClock('it runs up to and including a time, and then it is that time', async () => {
  const clock = new VirtualClock(0);
  const ran: number[] = [];
  for (const us of [5, 9, 11]) clock.schedule(us, () => ran.push(clock.nowUs));
  await clock.runUntil(10);
  assert.equal(ran, [5, 9]);
  assert.is(clock.nowUs, 10);
  assert.is(clock.pendingCount, 1);
  assert.is(clock.nextDueUs, 11);
});

virtualClock('an error in an event stops the run and reaches whoever drives it', async () => {
  const clock = new VirtualClock(0);
  clock.schedule(1, () => {
    throw new Error('broken');
  });
  clock.schedule(2, () => undefined);
  let caught: unknown;
  await clock.runUntilIdle().catch((error: unknown) => {
    caught = error;
  });
  assert.match(String(caught), /broken/);
  assert.ok(await clock.runUntilIdle(), 'the rest can still be run');
});

virtualClock('time that stands still is an error, not a hang', () => {
  const clock = new VirtualClock(0);
  const again = (): void => void clock.schedule(0, again);
  again();
  assert.throws(() => {
    while (clock.step());
  }, /stands still/);
});

virtualClock('work that nothing will ever finish is an error, not a hang', async () => {
  const clock = new VirtualClock(0);
  let caught: unknown;
  await clock.runWhile(new Promise(() => undefined)).catch((error: unknown) => {
    caught = error;
  });
  assert.match(String(caught), /stuck/);
});

virtualClock('two drivers at once are refused', async () => {
  const clock = new VirtualClock(0);
  clock.schedule(1, () => undefined);
  const first = clock.runUntilIdle();
  let caught: unknown;
  await clock.runUntilIdle().catch((error: unknown) => {
    caught = error;
  });
  assert.match(String(caught), /one caller/);
  await first;
});

virtualClock('many cancelled timers do not stay in memory or in the way', async () => {
  const clock = new VirtualClock(0);
  let ran = 0;
  const cancels = Array.from({ length: 20_000 }, (_, index) =>
    clock.schedule(index + 1, () => {
      ran += 1;
    }),
  );
  for (const [index, cancel] of cancels.entries()) if (index % 100 !== 0) cancel();
  assert.is(clock.pendingCount, 200);
  await clock.runUntilIdle();
  assert.is(ran, 200);
});

virtualClock("a node's wall clock may be wrong while its monotonic clock is not", async () => {
  const world = createVirtualWorld({ seed: 1, startUs: 1_000_000 });
  const node = world.node('n');
  node.wallClock.offsetUs = -500;
  const monotonicUs = node.ports.clock.monotonicUs();
  await world.clock.runFor(1);
  assert.is(node.ports.clock.nowUs(), 1_000_500);
  assert.is(node.ports.clock.monotonicUs() - monotonicUs, 1_000);
});

virtualClock('a random stream depends on its names, not on draws made elsewhere', () => {
  const one = seededRandom('s');
  const other = seededRandom('s');
  for (let draw = 0; draw < 10; draw += 1) other.next();
  assert.is(one.fork('net').hex(8), other.fork('net').hex(8));
  assert.is.not(one.fork('net').hex(8), one.fork('disk').hex(8));
  assert.is.not(seededRandom('s').hex(8), seededRandom('t').hex(8));
});

virtualClock('random integers stay in bounds and reach every value', () => {
  const random = seededRandom(7);
  const counts = Array.from({ length: 6 }, () => 0);
  for (let draw = 0; draw < 6_000; draw += 1) {
    const index = random.integer(6);
    counts[index] = (counts[index] ?? 0) + 1;
  }
  assert.ok(
    counts.every((count) => count > 850 && count < 1_150),
    counts.join(),
  );
});

virtualClock.run();
