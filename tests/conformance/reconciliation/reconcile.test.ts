/** C-507, C-510, C-308, C-309, C-310 and the reading race. */
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { roomBench } from '../../fixtures/reconciliation/room-bench.ts';

const reconcile = suite('reconciliation');
const limitUs = Number.POSITIVE_INFINITY;

reconcile(
  'C-507 a successful reconciliation opens the start latch, a failed read does not',
  async () => {
    const { world, account, guard, room } = roomBench({ latched: true });
    account.failQueries(true);
    const failed = await world.clock.runWhile(room.request('start'), limitUs);
    assert.is(failed.outcome, 'failed');
    assert.is(guard.guard.latch.blocked, true);
    account.failQueries(false);
    const proven = await world.clock.runWhile(room.request('again'), limitUs);
    assert.is(proven.outcome, 'proven');
    assert.is(guard.guard.mode, 'Active');
  },
);

reconcile('C-510 NON-TRIP positions equal to the lot', async () => {
  const { world, account, guard, room } = roomBench();
  account.place('hf1:a');
  account.fill('hf1:a', 7, 1);
  await world.clock.runFor(1_000);
  const report = await world.clock.runWhile(room.request('test'), limitUs);
  assert.equal([report.outcome, report.attempts], ['proven', 1]);
  assert.is(guard.guard.latch.blocked, false);
});

reconcile('C-510 TRIP one lot off latches, and only agreement opens again', async () => {
  const { world, account, guard, room } = roomBench();
  account.shiftVenuePosition(1);
  const report = await world.clock.runWhile(room.request('test'), limitUs);
  assert.is(report.outcome, 'differences');
  assert.equal(report.differences, [
    { kind: 'position', subject: 'BTC-PERPETUAL', venue: '1', ledger: '0' },
  ]);
  assert.is(report.attempts, 2, 'seen twice before it is believed');
  assert.equal(guard.guard.latch.reasons, ['INVENTORY_MISMATCH_RECONCILE_REQUIRED']);
  assert.equal(account.done, [], 'nothing is invented to make it fit');
  account.shiftVenuePosition(-1);
  await world.clock.runWhile(room.request('again'), limitUs);
  assert.is(guard.guard.latch.blocked, false);
});

reconcile('a trade with no intent is a difference, never a booked fill', async () => {
  const { world, account, guard, room } = roomBench();
  account.place('manual', { recordsIntent: false });
  account.fill('manual', 3, undefined);
  const report = await world.clock.runWhile(room.request('test'), limitUs);
  assert.is(report.outcome, 'differences');
  assert.ok(report.differences.some(({ kind }) => kind === 'unknown_trade'));
  assert.is(account.ledgerLots(), 0);
  assert.is(guard.guard.latch.blocked, true);
});

reconcile(
  'missed fills are booked once, then proven, and a late stream message changes nothing',
  async () => {
    const { world, account, room } = roomBench();
    account.place('hf1:a', { lots: 10 });
    account.fill('hf1:a', 4, undefined);
    account.fill('hf1:a', 6, 10_000);
    await world.clock.runFor(500);
    const report = await world.clock.runWhile(room.request('test'), limitUs);
    assert.equal([report.outcome, report.missedFills], ['proven', 2]);
    assert.is(account.ledgerLots(), 10);
    await world.clock.runFor(20_000);
    assert.is(account.ledgerLots(), 10);
  },
);

reconcile('C-308 an order with our label and no intent is cancelled and recorded', async () => {
  const { world, account, guard, room } = roomBench();
  account.place('hf1:ghost', { recordsIntent: false });
  room.start();
  await world.clock.runFor(11_000);
  room.stop();
  assert.equal(account.done, ['cancel ghost hf1:ghost']);
  assert.is(guard.guard.latch.blocked, false);
});

reconcile('C-308 the sweep alone finds it, with a GhostOrderCanceled fact', async () => {
  const { world, account, guard, room } = roomBench();
  room.start();
  await world.clock.runFor(9_000);
  account.place('hf1:ghost', { recordsIntent: false });
  await world.clock.runFor(1_100);
  room.stop();
  await world.clock.runFor(3_000);
  assert.ok(account.done.every((entry) => entry === 'cancel ghost hf1:ghost'));
  assert.is(guard.facts('order.ghost_canceled').at(0)?.payload.canceled, true);
});

reconcile(
  'C-308 NON-TRIP an order whose intent is live, or was recorded while reading, is left alone',
  async () => {
    const { world, account, room } = roomBench();
    account.place('hf1:live');
    room.start();
    for (let step = 0; step < 2_000; step += 1) {
      if (step % 40 === 0) account.place(`hf1:n${step}`);
      await world.clock.runFor(7);
    }
    room.stop();
    assert.equal(account.done, []);
  },
);

reconcile('C-309 an in-flight order with a trade but no open order is filled', async () => {
  const { world, account, room } = roomBench();
  account.place('hf1:a', { lots: 5, state: 'sent' });
  account.fill('hf1:a', 5, undefined);
  room.start();
  await world.clock.runFor(15_000);
  room.stop();
  assert.equal(account.liveOrders(), []);
  assert.is(account.ledgerLots(), 5);
  assert.equal(account.done, ['RecordMissedFill t1']);
});

reconcile('C-309 with neither it ends after its fence and two sweeps, not before', async () => {
  const { world, account, room } = roomBench();
  account.place('hf1:a', { reachesVenue: false, state: 'sent' });
  room.start();
  await world.clock.runFor(19_000);
  assert.is(account.liveOrders().length, 1, 'one sweep after the fence is not enough');
  await world.clock.runFor(2_000);
  assert.equal(account.done, ['absent hf1:a']);
  assert.equal(account.liveOrders(), []);
  const { outcome } = await world.clock.runWhile(room.request('after'), limitUs);
  room.stop();
  assert.is(outcome, 'proven');
});

reconcile(
  'C-310 an order 31 s old is cancelled, a reduce-only one stays, 30 s is not yet stale',
  async () => {
    const { world, account, room } = roomBench();
    account.place('hf1:old');
    account.place('hf1:protects', { reduceOnly: true });
    room.start();
    await world.clock.runFor(29_000);
    assert.equal(account.done, []);
    await world.clock.runFor(12_000);
    room.stop();
    assert.equal(account.done, ['cancel stale hf1:old']);
  },
);

reconcile('C-310 at one sweep 31 s are too old and 29.5 s are not', async () => {
  const { world, account, room } = roomBench();
  room.start();
  await world.clock.runFor(9_000);
  account.place('hf1:old');
  await world.clock.runFor(1_500);
  account.place('hf1:young');
  await world.clock.runFor(21_500);
  assert.equal(account.done, [], 'at the sweep of 30 s neither is');
  await world.clock.runFor(10_000);
  assert.equal(account.done, ['cancel stale hf1:old']);
  await world.clock.runFor(10_000);
  room.stop();
  assert.equal(account.done, ['cancel stale hf1:old', 'cancel stale hf1:young']);
});

reconcile('C-309 a sweep before the fence counts for nothing', async () => {
  const { world, account, room } = roomBench();
  account.place('hf1:a', { reachesVenue: false, state: 'sent', validMs: 15_000 });
  room.start();
  await world.clock.runFor(29_000);
  assert.equal(account.done, [], 'swept at 10 s and 20 s; the fence is at 17 s');
  await world.clock.runFor(2_000);
  room.stop();
  assert.equal(account.done, ['absent hf1:a']);
});

reconcile('requests during a run are coalesced into one run after it', async () => {
  const { world, account, room } = roomBench();
  account.place('hf1:a');
  const first = room.request('one');
  const second = room.request('two');
  const third = room.request('three');
  assert.is(second, third);
  const reports = await world.clock.runWhile(Promise.all([first, second, third]), limitUs);
  assert.equal(
    reports.map(({ cause }) => cause),
    ['one', 'two', 'two'],
  );
});

interface LiveEvent {
  readonly atMs: number;
  readonly kind: 'place' | 'fill' | 'end';
  readonly order: number;
  readonly lots: number;
  readonly heardMs: number;
  readonly lost: boolean;
}

const liveEvents = fc.array(
  fc.record<LiveEvent>({
    atMs: fc.integer({ min: 0, max: 3_000 }),
    kind: fc.constantFrom('place', 'fill', 'fill', 'end'),
    order: fc.integer({ min: 0, max: 4 }),
    lots: fc.integer({ min: 1, max: 20 }),
    heardMs: fc.integer({ min: 0, max: 60 }),
    lost: fc.boolean(),
  }),
  { maxLength: 40 },
);

async function trade(events: readonly LiveEvent[], mayLose: boolean) {
  const bench = roomBench();
  const { world, ports, account, room } = bench;
  for (const event of events) {
    ports.clock.after(event.atMs, () => {
      const label = `hf1:${event.order}`;
      const heardMs = mayLose && event.lost ? undefined : event.heardMs;
      if (event.kind === 'place' && !account.ledger.hasIntent(label)) account.place(label);
      if (event.kind === 'fill') account.fill(label, event.lots, heardMs);
      if (event.kind === 'end') account.end(label, heardMs);
    });
  }
  const latched: string[] = [];
  const subscription = bench.guard.guard.snapshots$.subscribe(({ latchReasons }) => {
    latched.push(...latchReasons);
  });
  for (let run = 0; run < 12; run += 1) {
    await world.clock.runWhile(room.request(`run ${run}`), limitUs);
  }
  await world.clock.runFor(5_000);
  const last = await world.clock.runWhile(room.request('at rest'), limitUs);
  subscription.unsubscribe();
  return { account, last, latched };
}

for (const [title, mayLose] of [
  ['the stream is late', false],
  ['the stream also loses messages', true],
] as const) {
  reconcile(
    `no false mismatch under live trading while ${title}; at rest it is proven`,
    async () => {
      await fc.assert(
        fc.asyncProperty(liveEvents, async (events) => {
          const { account, last, latched } = await trade(events, mayLose);
          assert.equal(latched, [], 'no latch was ever set');
          assert.is(last.outcome, 'proven');
          assert.is(account.ledgerLots(), account.venueLots());
        }),
        { numRuns: 60, seed: 7 },
      );
    },
  );
}

reconcile(
  'intervals and limits are those of the policy in force, from their next use on',
  async () => {
    const { world, room, limits, account } = roomBench();
    limits.reconcile_interval_s = 100;
    limits.sweep_interval_s = 1_000;
    room.start();
    await world.clock.runFor(10_000);
    const first = room.provenAtUs;
    await world.clock.runFor(80_000);
    assert.is(room.provenAtUs, first, 'not before its interval');
    limits.reconcile_interval_s = 20;
    await world.clock.runFor(15_000);
    const second = room.provenAtUs;
    assert.ok(Number(second) > Number(first));
    await world.clock.runFor(25_000);
    assert.ok(Number(room.provenAtUs) > Number(second), 'the new interval holds');
    account.place('hf1:rests');
    limits.stale_order_s = 1e6;
    limits.sweep_interval_s = 5;
    await world.clock.runFor(1_000_000);
    assert.equal(account.done, [], 'not stale yet');
    limits.stale_order_s = 5;
    await world.clock.runFor(10_000);
    assert.equal(account.done, ['cancel stale hf1:rests']);
    room.stop();
  },
);

reconcile.run();
