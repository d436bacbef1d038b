/** The clock port, held to one contract in both implementations. */
import { debounceTime, interval, of, Subject, take, timer, timestamp } from 'rxjs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { createActor, setup } from 'xstate';
import { portKinds, withPorts } from '../../fixtures/ports.ts';

const clock = suite('clock');

for (const kind of portKinds) {
  clock(`${kind}: a timer never runs early`, () =>
    withPorts(kind, async ({ client, until }) => {
      const startedUs = client.clock.monotonicUs();
      const delaysMs = [0, 0.4, 1, 2.5, 7.3, 12];
      const waitedUs: number[] = [];
      for (const [index, delayMs] of delaysMs.entries()) {
        client.clock.after(delayMs, () => {
          waitedUs[index] = client.clock.monotonicUs() - startedUs;
        });
      }
      await until(() => waitedUs.filter((us) => us >= 0).length === delaysMs.length, 'all timers');
      for (const [index, delayMs] of delaysMs.entries()) {
        assert.ok((waitedUs[index] ?? 0) >= delayMs * 1_000, `${delayMs} ms: ${waitedUs[index]}`);
      }
    }),
  );

  clock(`${kind}: timers due together run in order of creation`, () =>
    withPorts(kind, async ({ client, until }) => {
      const order: number[] = [];
      for (let index = 0; index < 5; index += 1) client.clock.after(3, () => order.push(index));
      await until(() => order.length === 5, 'all timers');
      assert.equal(order, [0, 1, 2, 3, 4]);
    }),
  );

  clock(`${kind}: a cancelled timer does not run, and cancelling twice is harmless`, () =>
    withPorts(kind, async ({ client, pass }) => {
      let ran = false;
      const cancel = client.clock.after(1, () => {
        ran = true;
      });
      cancel();
      cancel();
      await pass(10);
      assert.not.ok(ran);
    }),
  );

  clock(`${kind}: an interval ticks until it is cancelled from inside`, () =>
    withPorts(kind, async ({ client, until, pass }) => {
      let ticks = 0;
      const cancel = client.clock.every(2, () => {
        ticks += 1;
        if (ticks === 3) cancel();
      });
      await until(() => ticks === 3, 'three ticks');
      await pass(10);
      assert.is(ticks, 3);
    }),
  );

  clock(`${kind}: soon runs in a later turn, in order`, () =>
    withPorts(kind, async ({ client, until }) => {
      const order: string[] = [];
      client.clock.soon(() => order.push('first'));
      client.clock.soon(() => order.push('second'));
      order.push('now');
      await until(() => order.length === 3, 'both turns');
      assert.equal(order, ['now', 'first', 'second']);
    }),
  );

  clock(`${kind}: sleep resolves after its delay`, () =>
    withPorts(kind, async ({ client, settle }) => {
      const startedUs = client.clock.monotonicUs();
      await settle(client.clock.sleep(4));
      assert.ok(client.clock.monotonicUs() - startedUs >= 4_000);
    }),
  );

  clock(`${kind}: epoch and monotonic time are whole microseconds and advance together`, () =>
    withPorts(kind, async ({ client, pass }) => {
      const [wallUs, monotonicUs] = [client.clock.nowUs(), client.clock.monotonicUs()];
      await pass(20);
      const wallPassedUs = client.clock.nowUs() - wallUs;
      const monotonicPassedUs = client.clock.monotonicUs() - monotonicUs;
      assert.ok(Number.isSafeInteger(wallUs) && Number.isSafeInteger(monotonicUs));
      assert.ok(monotonicPassedUs >= 20_000);
      assert.ok(Math.abs(wallPassedUs - monotonicPassedUs) < 5_000);
    }),
  );

  clock(`${kind}: RxJS operators run on the port's time and stop when unsubscribed`, () =>
    withPorts(kind, async ({ client, until, pass }) => {
      const { rx } = client.clock;
      const ticks: number[] = [];
      interval(2, rx)
        .pipe(take(3))
        .subscribe((tick) => ticks.push(tick));
      let late = false;
      const unwanted = timer(1, rx).subscribe(() => {
        late = true;
      });
      unwanted.unsubscribe();
      await until(() => ticks.length === 3, 'three ticks');
      await pass(5);
      assert.equal(ticks, [0, 1, 2]);
      assert.not.ok(late);
    }),
  );

  clock(`${kind}: an RxJS debounce measures with the same clock that wakes it`, () =>
    withPorts(kind, async ({ client, until, pass }) => {
      const { rx } = client.clock;
      const source = new Subject<number>();
      const seen: number[] = [];
      source.pipe(debounceTime(5, rx)).subscribe((value) => seen.push(value));
      source.next(1);
      source.next(2);
      await until(() => seen.length > 0, 'the debounced value');
      await pass(10);
      assert.equal(seen, [2]);
      const stamps: number[] = [];
      of(0)
        .pipe(timestamp(rx))
        .subscribe((stamped) => stamps.push(stamped.timestamp));
      assert.ok(Math.abs((stamps[0] ?? 0) - client.clock.monotonicUs() / 1_000) < 50);
    }),
  );

  clock(`${kind}: an XState delay runs on the port's time`, () =>
    withPorts(kind, async ({ client, until }) => {
      const machine = setup({ delays: { fuse: 3 } }).createMachine({
        initial: 'burning',
        states: { burning: { after: { fuse: 'out' } }, out: { type: 'final' } },
      });
      const actor = createActor(machine, { clock: client.clock.machine }).start();
      assert.is(actor.getSnapshot().value, 'burning');
      await until(() => actor.getSnapshot().value === 'out', 'the delayed transition');
    }),
  );

  clock(`${kind}: a negative or absent delay is refused`, () =>
    withPorts(kind, async ({ client }) => {
      assert.throws(() => client.clock.after(-1, () => undefined), /delay/);
      assert.throws(() => client.clock.after(Number.NaN, () => undefined), /delay/);
      assert.throws(() => client.clock.every(0, () => undefined), /interval/);
    }),
  );
}

clock('production: epoch time lies in the millisecond the system names', () =>
  withPorts('production', async ({ client }) => {
    for (let round = 0; round < 2_000; round += 1) {
      const beforeMs = Date.now();
      const nowMs = Math.floor(client.clock.nowUs() / 1_000);
      assert.ok(nowMs >= beforeMs && nowMs <= Date.now());
    }
  }),
);

clock('production: a delay beyond 24 days is not cut to nothing', () =>
  withPorts('production', async ({ client, pass }) => {
    let ran = false;
    const cancel = client.clock.after(2 ** 31 + 1_000, () => {
      ran = true;
    });
    await pass(20);
    cancel();
    assert.not.ok(ran);
  }),
);

clock.run();
