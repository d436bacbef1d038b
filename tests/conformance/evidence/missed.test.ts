/**
 * What did not trade: shadow rows of the fill simulator (C-605 in use), markouts at their horizons, and the
 * realism penalty (C-606); and what of the market a restart keeps for orders decided before it.
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { followedMax } from '../../../actors/execution/missed-trades.ts';
import type { Fact } from '../../../streams/facts/envelope.ts';
import type { ProposedIntent } from '../../../streams/facts/intent.ts';
import {
  decisionOf,
  openProposal,
  type Room,
  venueOrderOf,
  venueTradeOf,
  withRoom,
} from '../../fixtures/execution-room.ts';

const missed = suite('conformance: missed trades');

const marginFull = { options: { marginUse: () => 0.9 } };

function submit(room: Room, own: ProposedIntent = {}) {
  return room.execution.submit([openProposal(own)], decisionOf()).legs[0];
}

const shadows = (room: Room): Fact['payload'][] =>
  room.audit.facts('attribution.recorded').map(({ payload }) => payload);
const markouts = (room: Room): Fact['payload'][] =>
  room.audit.facts('markout.recorded').map(({ payload }) => payload);

/** 100 lots half at the touch, half 40 ticks deeper: 20 ticks = 1 bp on average. */
function twoLevels(room: Room): void {
  const asks = [200_000, 50, 200_040, 5_000];
  room.market.book(room.perpetual, [199_999, 9_000], asks, room.nowMonotonicUs());
}

const deep = { limit_price: '100100', edge: { gross_usd: 100, fee_usd: 1, slippage_usd: 0 } };

missed('C-605 a refused OPEN leaves one shadow row: the book walked, worse by the penalty', () =>
  withRoom((room) => {
    twoLevels(room);
    assert.is(submit(room, deep)?.kind, 'refused');
    const [row, ...others] = shadows(room);
    assert.equal(others, []);
    assert.is(row?.mode, 'shadow');
    // 1 bp × 1.3 of 200 000 ticks: 26 ticks of 0.5 above the touch.
    assert.is(row?.fill_price, '100013');
    assert.is(row?.amount, '1000');
    assert.is(row?.realism_penalty_float, 1.3);
    assert.equal(room.ledger.durable, [], 'nothing of it is in the ledger');
    assert.is(room.execution.standing.positionLots('BTC-PERPETUAL'), 0);
  }, marginFull),
);

missed(
  'a decision that is missed again, after it was followed to the end, leaves rows of their own',
  () =>
    withRoom(async (room) => {
      const decision = decisionOf();
      for (let time = 0; time < 2; time += 1) {
        twoLevels(room);
        room.execution.submit([openProposal(deep)], decision);
        await room.pass(601_000);
      }
      for (const [type, count] of [
        ['attribution.recorded', 2],
        ['markout.recorded', 8],
      ] as const) {
        const ids = room.audit.facts(type).map(({ event_id }) => event_id);
        assert.is(ids.length, count);
        assert.is(new Set(ids).size, count, `${type}: whoever replaces by id keeps all`);
      }
    }, marginFull),
);

missed('C-605 no shadow fill beyond the limit, and none without a book', () =>
  withRoom((room) => {
    twoLevels(room);
    submit(room, { ...deep, limit_price: '100002' });
    assert.is(shadows(room)[0]?.fill_price, '100000');
    assert.is(shadows(room)[0]?.amount, '500');
    room.market.book(room.perpetual, [199_999, 9_000], [], room.nowMonotonicUs());
    submit(room, deep);
    assert.is(shadows(room).length, 1);
  }, marginFull),
);

missed('what was missed is marked after 1 s, 10 s, 1 min and 10 min, once each', () =>
  withRoom(async (room) => {
    twoLevels(room);
    submit(room, { ...deep, limit_price: '100002' });
    const steps: [ms: number, mark: number][] = [
      [1_000, 100_100],
      [9_000, 99_900],
      [50_000, 100_000],
      [540_000, 101_000],
    ];
    for (const [ms, mark] of steps) {
      await room.pass(ms - 1);
      const before = markouts(room).length;
      room.market.ticker(room.perpetual, mark, mark);
      await room.pass(1);
      assert.is(markouts(room).length, before + 1);
    }
    const rows = markouts(room);
    assert.equal(
      rows.map((row) => [row.horizon_ms, row.mark_price_float, row.markout_bps_float]),
      [
        [1_000, 100_100, 10],
        [10_000, 99_900, -10],
        [60_000, 100_000, 0],
        [600_000, 101_000, 100],
      ],
    );
    // 500 USD were there at 100 000: 0.5 USD at 10 bp, less the fee of 0.175 USD.
    assert.is(rows[0]?.simulated_amount, '500');
    assert.is(rows[0]?.amount, '1000');
    assert.ok(Math.abs(Number(rows[0]?.opportunity_usd_float) - 0.325) < 1e-9);
    assert.ok(Math.abs(Number(rows[1]?.opportunity_usd_float) + 0.675) < 1e-9);
    assert.is(rows[0]?.missed, 'refused');
    assert.is(rows[0]?.cause, 'MarginHeadroomRejectOpens');
    await room.pass(3_600_000);
    assert.is(markouts(room).length, 4);
  }, marginFull),
);

missed('an order that ends during the stop is not followed: no timer keeps the process', () =>
  withRoom(async (room) => {
    submit(room);
    room.execution.stop();
    room.execution.onVenueOrder(venueOrderOf(room, 0, { state: 'cancelled', filledLots: 40 }));
    await room.pass(700_000);
    assert.equal(markouts(room), []);
  }),
);

missed('an order that ended without all of its lots is followed with what is missing', () =>
  withRoom(async (room) => {
    submit(room);
    room.execution.onVenueOrder(venueOrderOf(room, 0, { state: 'cancelled', filledLots: 40 }));
    room.execution.onVenueTrade(venueTradeOf(room, 0, 'part', 40));
    await room.pass(1_000);
    const [row] = markouts(room);
    assert.is(row?.missed, 'unfilled');
    assert.is(row?.cause, 'cancelled');
    assert.is(row?.amount, '600');
    const [shadow] = shadows(room);
    const [capsule] = room.ledger.facts('capsule.recorded');
    assert.is(shadow?.capsule_id, capsule?.payload.capsule_id);
    assert.is(shadow?.amount, '600');
    const real = room.ledger.facts('attribution.recorded');
    assert.is(real.length, 1, 'rows of the ledger are the fills, always');
    assert.is(real[0]?.payload.mode, 'paper');
  }),
);

missed('a filled order, a reduction, a duplicate and a resting wish miss nothing', () =>
  withRoom(async (room) => {
    const decision = decisionOf();
    room.execution.submit([openProposal()], decision);
    room.execution.onVenueOrder(venueOrderOf(room, 0, { state: 'filled', filledLots: 100 }));
    room.execution.onVenueTrade(venueTradeOf(room, 0, 'all', 100));
    room.execution.submit([openProposal()], decision);
    submit(room, { class: 'CLOSE', reduce_only: true });
    await room.pass(1_000);
    assert.equal(markouts(room), []);
    room.freshBooks();
    const rests = { post_only: true, time_in_force: 'good_til_cancelled' };
    assert.is(submit(room, rests)?.kind, 'refused');
    room.market.ticker(room.perpetual, 101_000, 101_000);
    await room.pass(1_000);
    assert.is(markouts(room).at(-1)?.opportunity_usd_float, 0, 'nothing was there to take');
    assert.equal(shadows(room), []);
  }),
);

missed('a flood of refusals is followed up to the bound, and forgotten at a stop', () =>
  withRoom(async (room) => {
    for (let at = 0; at < followedMax + 5; at += 1) submit(room);
    await room.pass(1_000);
    assert.is(markouts(room).length, followedMax);
    room.execution.stop();
    await room.pass(600_000);
    assert.is(markouts(room).length, followedMax);
  }, marginFull),
);

const greeks = { deltaFloat: 0.5, gammaFloat: 0.00001, vegaFloat: 50, thetaFloat: -20 };

missed('an order decided before a restart keeps its decomposition and its touch', () =>
  withRoom((room) => {
    const own = {
      instrument: room.option.name,
      quantity: '1',
      limit_price: '0.05',
      edge: { gross_usd: 40, fee_usd: 35, slippage_usd: 0 },
    };
    const told = { greeks, markIvFloat: 60, underlyingFloat: 100_000 };
    room.market.ticker(room.option, 0.05, 99_000, told);
    assert.is(submit(room, own)?.kind, 'sent');
    const next = room.restart();
    try {
      next.execution.recover();
      // The market has moved since.
      next.market.ticker(next.option, 0.06, 101_000, { ...told, underlyingFloat: 101_000 });
      const order = venueOrderOf(room, 0, { state: 'filled', filledLots: 10 });
      next.execution.onVenueOrder(order);
      next.execution.onVenueTrade(venueTradeOf(room, 0, 'late', 10, { indexFloat: 101_000 }));
      const row = next.ledger.facts('attribution.recorded').at(-1)?.payload;
      const parts = row?.decomposition as Record<string, number> | null;
      assert.is(parts?.delta_usd_float, 500);
      assert.is(parts?.gamma_usd_float, 5);
      assert.is(parts?.total_usd_float, 0.06 * 101_000 - 0.05 * 99_000);
      assert.is(row?.slippage_touch_bps_float, 0);
    } finally {
      next.execution.stop();
    }
  }),
);

missed('C-606 what fills have taught is taught again after a restart', () =>
  withRoom(
    (room) => {
      for (let at = 0; at < 12; at += 1) {
        twoLevels(room);
        assert.is(submit(room, deep)?.kind, 'sent');
        room.execution.onVenueOrder(venueOrderOf(room, at, { state: 'filled', filledLots: 100 }));
        room.execution.onVenueTrade(venueTradeOf(room, at, `t${at}`, 100, { priceTicks: 200_040 }));
      }
      const next = room.restart();
      try {
        next.execution.recover();
        twoLevels(next);
        assert.is(submit(next, deep)?.kind, 'sent');
        const own = { orderId: 'order-next' };
        next.execution.onVenueTrade(venueTradeOf(next, 0, 'next', 100, own));
        const row = next.ledger.facts('attribution.recorded').at(-1)?.payload;
        assert.is(row?.trade_id, 'next');
        assert.is(row?.realism_penalty_float, 2);
      } finally {
        next.execution.stop();
      }
    },
    { policy: { repeated_execution_max: 1_000 } },
  ),
);

missed('the snapshot says which admitted facts the decision could know', () =>
  withRoom(
    (room) => {
      assert.is(submit(room)?.kind, 'sent');
      const [snapshot] = room.ledger.facts('snapshot.recorded');
      assert.equal(snapshot?.payload.input_basis, {
        next_offset: 40,
        stream: 'traffic',
        waiting: 3,
      });
    },
    { options: { inputBasis: () => ({ stream: 'traffic', nextOffset: 40, waiting: 3 }) } },
  ),
);

missed.run();
