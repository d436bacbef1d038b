/**
 * The look-up of orders in doubt by itself: what it asks, what it believes, and when. The fence of
 * the order here is 5 s validity + 2 s skew; two reads must stand 1 s apart.
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  isSettled,
  newOrderRecord,
  nothingExpected,
  type OrderRecord,
  openOrderOf,
  outstandingLots,
} from '../../../actors/execution/order-record.ts';
import { gateNowUs, intentOf } from '../../fixtures/gate-view.ts';
import {
  benchOf,
  doubtfulOrder,
  label,
  validUntilUs,
  venueOrder,
  venueTrade,
} from '../../fixtures/in-doubt-bench.ts';

const inDoubt = suite('in doubt');

const fenceMs = 7_000;

inDoubt('one complete read asks everything, from a minute before it could exist', async () => {
  const { resolver, asked, sinceUs, pass } = benchOf([doubtfulOrder()]);
  resolver.start();
  await pass(1);
  const all = ['time', `open ${label}`, 'orders', 'trades', 'old orders', 'old trades', 'position'];
  assert.equal(asked, all);
  assert.equal([...new Set(sinceUs)], [gateNowUs - 60_000_000]);
  const unsent = benchOf([doubtfulOrder({ sentUs: null })]);
  unsent.resolver.start();
  await unsent.pass(1);
  assert.equal([...new Set(unsent.sinceUs)], [validUntilUs - 60_000_000], 'not known when');
});

inDoubt('absent: two equal reads past the fence and no sooner, then nothing more', async () => {
  const bench = benchOf([doubtfulOrder()]);
  bench.resolver.start();
  await bench.pass(fenceMs + 999);
  assert.equal(bench.told, [], 'the read at the fence itself proves nothing');
  await bench.pass(1_000);
  assert.equal(bench.told, []);
  await bench.pass(1);
  assert.equal(bench.told, ['absent']);
  const reads = bench.asked.length;
  await bench.pass(60_000);
  assert.is(bench.asked.length, reads, 'it does not go on looking');
});

inDoubt('two empty reads closer than the gap are not two', async () => {
  const bench = benchOf([doubtfulOrder()]);
  bench.resolver.start();
  await bench.pass(fenceMs + 1_500);
  bench.resolver.start();
  await bench.pass(999);
  assert.equal(bench.told, []);
  await bench.pass(1);
  assert.equal(bench.told, ['absent']);
});

inDoubt('a position that moved, and a read that failed, begin again', async () => {
  const moved = benchOf([doubtfulOrder()]);
  moved.resolver.start();
  await moved.pass(fenceMs + 1_500);
  moved.memory.lots = 1;
  await moved.pass(1_000);
  assert.equal(moved.told, []);
  await moved.pass(1_000);
  assert.equal(moved.told, ['absent']);

  const failed = benchOf([doubtfulOrder()]);
  failed.resolver.start();
  await failed.pass(fenceMs + 1_500);
  failed.memory.failure = new Error('no answer');
  await failed.pass(1_000);
  failed.memory.failure = undefined;
  await failed.pass(1_000);
  assert.equal(failed.told, [], 'the empty read before the failure does not count');
  assert.is(failed.warnings.length, 1);
  await failed.pass(1_000);
  assert.equal(failed.told, ['absent']);
});

inDoubt(
  'present: told with its trades, wherever they were found; what is not ours is not',
  async () => {
    const bench = benchOf([doubtfulOrder()]);
    bench.memory.recent = [venueOrder(), venueOrder({ label: 'another', orderId: 'v2' })];
    bench.memory.recentTrades = [
      venueTrade(),
      venueTrade({ tradeId: 't2', label: 'x', orderId: 'y' }),
    ];
    bench.resolver.start();
    await bench.pass(1);
    assert.equal(bench.told, ['v1 cancelled', 'trades t1']);
    assert.ok(!bench.asked.includes('old orders'), 'what is found needs no history');

    const old = benchOf([doubtfulOrder()]);
    old.memory.recentTrades = [venueTrade({ tradeId: 't2' })];
    old.memory.historical = [venueOrder(), venueOrder({ label: 'another', orderId: 'v2' })];
    old.memory.historicalTrades = [
      venueTrade(),
      venueTrade({ tradeId: 't3', label: 'x', orderId: 'y' }),
    ];
    old.resolver.start();
    await old.pass(1);
    assert.equal(old.told, ['v1 cancelled', 'trades t2,t1']);

    const known = benchOf([doubtfulOrder({ venueOrderId: 'v1' })]);
    known.memory.recent = [venueOrder({ label: '' })];
    known.resolver.start();
    await known.pass(1);
    assert.equal(known.told, ['v1 cancelled'], 'by its id where the label is gone');
  },
);

inDoubt('in both reads: the later report is the truth', async () => {
  const bench = benchOf([doubtfulOrder()]);
  bench.memory.open = [venueOrder({ state: 'open', updatedUs: 5 })];
  bench.memory.recent = [venueOrder({ updatedUs: 6 })];
  bench.resolver.start();
  await bench.pass(1);
  assert.equal(bench.told, ['v1 cancelled']);
});

inDoubt('trades alone are told, and what was seen once is not absent afterwards', async () => {
  const bench = benchOf([doubtfulOrder()]);
  bench.resolver.start();
  await bench.pass(fenceMs + 1_500);
  bench.memory.recentTrades = [venueTrade()];
  await bench.pass(1_000);
  assert.equal(bench.told, ['trades t1']);
  bench.memory.recentTrades = [];
  await bench.pass(1_000);
  assert.equal(bench.told, ['trades t1'], 'counted from anew');
  await bench.pass(1_000);
  assert.equal(bench.told, ['trades t1', 'absent']);
});

inDoubt(
  'an ended order is looked up while a reported fill has no trade, and never declared absent',
  async () => {
    const short = doubtfulOrder({ state: 'cancelled', reportedLots: 5, tradedLots: 4 });
    const bench = benchOf([short]);
    bench.resolver.start();
    await bench.pass(fenceMs + 5_000);
    assert.equal(bench.told, []);
    assert.ok(bench.asked.length > 0);
    const whole = benchOf([doubtfulOrder({ state: 'cancelled', reportedLots: 5, tradedLots: 5 })]);
    whole.resolver.start();
    await whole.pass(5_000);
    assert.equal(whole.asked, []);
    const quiet = benchOf([doubtfulOrder({ state: 'acked' })]);
    quiet.resolver.start();
    await quiet.pass(5_000);
    assert.equal(quiet.asked, [], 'it rests, and nothing is missing');
    const working = benchOf([doubtfulOrder({ state: 'acked', reportedLots: 5, tradedLots: 4 })]);
    working.resolver.start();
    await working.pass(1);
    assert.ok(working.asked.length > 0);
  },
);

inDoubt(
  'every order of a round is looked up; starting twice is once; a stop is final',
  async () => {
    const bench = benchOf([doubtfulOrder(), doubtfulOrder()]);
    bench.resolver.start();
    bench.resolver.start();
    await bench.pass(1);
    assert.is(bench.asked.filter((question) => question === 'time').length, 2);
    await bench.pass(500);
    bench.resolver.start();
    await bench.pass(1);
    assert.is(bench.asked.filter((question) => question === 'time').length, 4, 'at once');
    await bench.pass(998);
    assert.is(
      bench.asked.filter((question) => question === 'time').length,
      4,
      'one timer, not two',
    );
    bench.resolver.stop();
    const reads = bench.asked.length;
    await bench.pass(10_000);
    bench.resolver.start();
    await bench.pass(10_000);
    assert.is(bench.asked.length, reads);
  },
);

inDoubt('a stop in the middle of a round ends it with the read that is on its way', async () => {
  const bench = benchOf([doubtfulOrder(), doubtfulOrder()]);
  bench.resolver.start();
  bench.resolver.stop();
  await bench.pass(10_000);
  assert.is(bench.asked.filter((question) => question === 'time').length, 1);
});

inDoubt('lots: what an order can still add, and what others see of it', () => {
  const lots = (own: Partial<OrderRecord>) => outstandingLots(doubtfulOrder(own));
  assert.is(lots({ tradedLots: 30 }), 70);
  assert.is(lots({ state: 'cancelled', reportedLots: 40, tradedLots: 30 }), 10);
  assert.is(
    lots({ state: 'cancelled', reportedLots: 30, tradedLots: 40 }),
    0,
    'never less than none',
  );
  assert.is(isSettled(doubtfulOrder({ state: 'cancelled', reportedLots: 1 })), false);
  assert.is(isSettled(doubtfulOrder({ state: 'cancelled' })), true);
  assert.is(isSettled(doubtfulOrder({ tradedLots: 100 })), false, 'it has not ended');
  assert.is(openOrderOf(doubtfulOrder({ reportedLots: 3, tradedLots: 2 })).filledLots, 3);
  assert.is(openOrderOf(doubtfulOrder({ reportedLots: 2, tradedLots: 3 })).filledLots, 3);
  const fresh = newOrderRecord(intentOf(), { style: 'atomic', legs: 2 }, nothingExpected);
  const { state, sequence, reportedLots, tradedLots, dispatched } = fresh;
  assert.equal(
    [state, sequence, reportedLots, tradedLots, dispatched],
    ['created', 0, 0, 0, false],
  );
});

inDoubt.run();
