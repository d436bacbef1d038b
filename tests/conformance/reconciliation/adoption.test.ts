/**
 * Operator adoption (AdoptOrder): what the venue shows without an intent stands until an owner names
 * it exactly; nothing else is taken over, and the latch then opens by an ordinary proof.
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { AdoptionRequest } from '../../../actors/reconciliation/index.ts';
import { type RoomBench, roomBench } from '../../fixtures/reconciliation/room-bench.ts';

const adoption = suite('adoption');
const limitUs = Number.POSITIVE_INFINITY;
const mismatch = ['INVENTORY_MISMATCH_RECONCILE_REQUIRED'];
const perpetual = 'BTC-PERPETUAL';

function requestOf(own: Partial<AdoptionRequest>): AdoptionRequest {
  const by = { adoptionId: 'a'.repeat(64), role: 'owner', reason: 'test' };
  return { ...by, account: 'main', trades: [], orders: [], positions: [], ...own };
}

function adopt({ world, room }: RoomBench, own: Partial<AdoptionRequest>) {
  return world.clock.runWhile(room.adopt(requestOf(own)), limitUs);
}

function reconciled({ world, room }: RoomBench) {
  return world.clock.runWhile(room.request('test'), limitUs);
}

/** A trade of somebody else that the stream never told. */
function traded(bench: RoomBench, lots = 3): RoomBench {
  bench.account.place('by hand', { recordsIntent: false, lots });
  bench.account.fill('by hand', lots, undefined);
  return bench;
}

adoption(
  'TRIP a trade with no intent latches until it is adopted, then a proof opens',
  async () => {
    const bench = traded(roomBench());
    const { account, guard, room } = bench;
    await reconciled(bench);
    assert.equal(guard.guard.latch.reasons, mismatch);
    assert.equal(
      room.adoptable.map(({ kind }) => kind),
      ['trade'],
      'the position is explained by its trade',
    );
    const { accepted, message } = await adopt(bench, {
      trades: [{ instrument: perpetual, trade_id: 't1' }],
    });
    assert.is(accepted, true);
    assert.is(message, 'adopted: trade BTC-PERPETUAL/t1');
    assert.is(account.ledgerLots(), 3);
    assert.is(guard.guard.latch.blocked, false);
    assert.equal(room.adoptable, []);
    assert.is(room.last?.outcome, 'proven');
  },
);

adoption('NON-TRIP without the command nothing is booked, however often it looks', async () => {
  const bench = traded(roomBench());
  bench.room.start();
  await bench.world.clock.runFor(60_000);
  bench.room.stop();
  assert.is(bench.account.ledgerLots(), 0);
  assert.equal(bench.account.done, []);
  assert.equal(bench.guard.guard.latch.reasons, mismatch);
});

adoption('TRIP an open order that is not ours latches; adopted, it is no difference', async () => {
  const bench = roomBench();
  const { account, guard } = bench;
  account.place('by hand', { recordsIntent: false });
  const { differences } = await reconciled(bench);
  assert.equal(differences, [
    { kind: 'foreign_order', subject: 'BTC-PERPETUAL v-by hand', venue: '100', ledger: null },
  ]);
  assert.equal(guard.guard.latch.reasons, mismatch);
  assert.equal(account.done, [], 'it is not ours to cancel');
  const orders = [{ instrument: perpetual, order_id: 'v-by hand' }];
  assert.is((await adopt(bench, { orders })).accepted, true);
  assert.is(guard.guard.latch.blocked, false);
  assert.equal(account.done, ['adopt 0 1 0']);
});

adoption(
  'its later trades are explained by it, before and after the stream tells them',
  async () => {
    const bench = roomBench();
    const { account, world, guard } = bench;
    account.place('by hand', { recordsIntent: false, lots: 10 });
    await adopt(bench, { orders: [{ instrument: perpetual, order_id: 'v-by hand' }] });
    account.fill('by hand', 4, undefined);
    account.fill('by hand', 6, 5_000);
    assert.is((await reconciled(bench)).outcome, 'proven');
    await world.clock.runFor(6_000);
    assert.is(account.ledgerLots(), 10);
    assert.is(guard.guard.latch.blocked, false);
  },
);

adoption('NON-TRIP an order that goes by itself needs nobody', async () => {
  const bench = roomBench();
  const { account, guard } = bench;
  account.place('by hand', { recordsIntent: false });
  await reconciled(bench);
  account.end('by hand', undefined);
  assert.is((await reconciled(bench)).outcome, 'proven');
  assert.is(guard.guard.latch.blocked, false);
});

adoption('a position that no trade explains is adopted by what the venue holds', async () => {
  const bench = roomBench();
  bench.account.shiftVenuePosition(-5);
  await reconciled(bench);
  const wrong = await adopt(bench, { positions: [{ instrument: perpetual, amount: '-40' }] });
  assert.is(wrong.accepted, false, 'not what is there');
  assert.is(bench.account.ledgerLots(), 0);
  const right = await adopt(bench, { positions: [{ instrument: perpetual, amount: '-50' }] });
  assert.is(right.accepted, true, right.message);
  assert.is(bench.account.ledgerLots(), -5);
  assert.is(bench.guard.guard.latch.blocked, false);
});

for (const [title, own, cause] of [
  ['another account', { account: 'other' }, 'this is the account main'],
  ['a trade nobody made', { trades: [{ instrument: perpetual, trade_id: 't9' }] }, 'trade'],
  ['the id of another instrument', { trades: [{ instrument: 'ETH', trade_id: 't1' }] }, 'ETH/t1'],
  [
    'one of two names is wrong',
    { trades: ['t1', 't9'].map((trade_id) => ({ instrument: perpetual, trade_id })) },
    't9',
  ],
  [
    'the sum of a trade that has a name',
    { positions: [{ instrument: perpetual, amount: '30' }] },
    '30',
  ],
] as const) {
  adoption(`refused whole: ${title}`, async () => {
    const bench = traded(roomBench());
    await reconciled(bench);
    const { accepted, message } = await adopt(bench, own);
    assert.is(accepted, false);
    assert.match(message, cause);
    assert.is(bench.account.ledgerLots(), 0);
    assert.equal(bench.account.done, []);
    assert.equal(bench.guard.guard.latch.reasons, mismatch);
  });
}

adoption('refused: a fill of ours that the stream was late with is not an operator’s', async () => {
  const bench = roomBench();
  bench.account.place('hf1:a', { lots: 5 });
  bench.account.fill('hf1:a', 5, undefined);
  const trades = [{ instrument: perpetual, trade_id: 't1' }];
  assert.is((await adopt(bench, { trades })).accepted, false);
  assert.equal(bench.account.done, ['RecordMissedFill t1'], 'booked as what it is');
});

adoption('refused: an order whose trades stand unnamed', async () => {
  const bench = roomBench();
  bench.account.place('by hand', { recordsIntent: false, lots: 10 });
  bench.account.fill('by hand', 4, undefined);
  const orders = [{ instrument: perpetual, order_id: 'v-by hand' }];
  const { accepted, message } = await adopt(bench, { orders });
  assert.is(accepted, false);
  assert.match(message, 'name its trades as well: trade BTC-PERPETUAL/t1');
  const trades = [{ instrument: perpetual, trade_id: 't1' }];
  assert.is((await adopt(bench, { orders, trades })).accepted, true);
});

adoption('refused: the venue cannot be read', async () => {
  const bench = traded(roomBench());
  await reconciled(bench);
  bench.account.failQueries(true);
  const trades = [{ instrument: perpetual, trade_id: 't1' }];
  const { accepted, message } = await adopt(bench, { trades });
  assert.equal([accepted, bench.account.ledgerLots()], [false, 0]);
  assert.match(message, 'could not be read');
  assert.is(bench.room.adoptable.length, 1, 'what was there is still shown');
});

adoption('the same command again is the same adoption; two at once book once', async () => {
  const bench = traded(roomBench());
  const own = { trades: [{ instrument: perpetual, trade_id: 't1' }] };
  const first = bench.room.adopt(requestOf(own));
  const second = bench.room.adopt(requestOf({ ...own, adoptionId: 'b'.repeat(64) }));
  await bench.world.clock.runWhile(first, limitUs);
  const other = await bench.world.clock.runWhile(second, limitUs);
  assert.is(other.accepted, false, 'it was gone by then');
  const again = await adopt(bench, own);
  assert.equal(again, { accepted: true, message: 'adopted before' });
  assert.equal(bench.account.done, ['adopt 1 0 0']);
  assert.is(bench.account.ledgerLots(), 3);
});

adoption.run();
