/** Clauses C-207 to C-209, C-214 to C-216, C-218: liquidity, edge, permission, limits. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { ProposedIntent } from '../../../streams/facts/intent.ts';
import type { RejectCode } from '../../../streams/facts/reject-codes.ts';
import type { InstrumentBook } from '../../../streams/market/instrument-book.ts';
import {
  decisionOf,
  openProposal,
  type Room,
  venueOrderOf,
  venueTradeOf,
  withRoom,
} from '../../fixtures/execution-room.ts';
import { stateOf } from '../../fixtures/room-state.ts';

const limits = suite('conformance: limits');

function codeOf(room: Room, own: ProposedIntent = {}): string {
  const [leg] = room.execution.submit([openProposal(own)], decisionOf()).legs;
  return leg?.kind === 'refused' ? leg.code : 'sent';
}

/** Buys and fills, so that there is a position of `lots` to reduce. */
function hold(room: Room, lots: number): void {
  const index = room.line.handed.length;
  room.execution.submit([openProposal({ quantity: lots * 10 })], decisionOf());
  room.execution.onVenueOrder(venueOrderOf(room, index, { state: 'filled', filledLots: lots }));
  room.execution.onVenueTrade(venueTradeOf(room, index, `hold-${index}`, lots));
}

/** The venue ends the last order unfilled. */
function end(room: Room): void {
  const index = room.line.handed.length - 1;
  room.execution.onVenueOrder(venueOrderOf(room, index, { state: 'cancelled' }));
}

const close: ProposedIntent = {
  class: 'CLOSE',
  side: 'sell',
  reduce_only: true,
  limit_price: '100000',
  edge: undefined,
};

// 100 lots: 90 at the touch, 10 deeper. Average is worse by depth / 10.
function stepBook(room: Room, deeperTicks: number): void {
  const now = room.nowMonotonicUs();
  room.market.book(
    room.perpetual,
    [199_999, 1000],
    [200_000, 90, 200_000 + deeperTicks, 1000],
    now,
  );
}

limits('C-207 an average of 10.00 bps off the touch passes, more is refused', () =>
  withRoom((room) => {
    stepBook(room, 2_000);
    assert.is(codeOf(room, { limit_price: '101000' }), 'sent');
    stepBook(room, 2_002);
    assert.is(codeOf(room, { limit_price: '101000' }), 'ExpectedSlippageTooHigh');
    assert.is(room.line.handed.length, 1);
  }),
);

limits('C-207 more than the visible book is refused', () =>
  withRoom((room) => {
    room.market.book(room.perpetual, [199_999, 1000], [200_001, 99], room.nowMonotonicUs());
    assert.is(codeOf(room), 'ExpectedSlippageTooHigh');
  }),
);

limits('C-207 later gates do not run: the edge is not even looked at', () =>
  withRoom((room) => {
    stepBook(room, 5_000);
    assert.is(codeOf(room, { limit_price: '101000', edge: undefined }), 'ExpectedSlippageTooHigh');
  }),
);

limits('C-208 a book 1 000 ms old passes, 1 001 ms refuses OPEN and CLOSE', () =>
  withRoom(async (room) => {
    hold(room, 100);
    room.freshBooks();
    await room.pass(1_000);
    assert.is(codeOf(room), 'sent');
    end(room);
    await room.pass(1);
    assert.is(codeOf(room), 'LiquidityGateNoL2');
    assert.is(codeOf(room, close), 'LiquidityGateNoL2');
  }),
);

limits('C-208 no book at all refuses OPEN and CLOSE, one that is back passes both', () =>
  withRoom((room) => {
    hold(room, 100);
    const book = room.market.get('BTC-PERPETUAL')?.book as InstrumentBook;
    book.invalidate();
    assert.is(codeOf(room), 'LiquidityGateNoL2');
    assert.is(codeOf(room, close), 'LiquidityGateNoL2');
    room.freshBooks();
    assert.is(codeOf(room, close), 'sent');
    end(room);
    assert.is(codeOf(room), 'sent');
  }),
);

limits('C-208 a cancel needs no book', () =>
  withRoom(async (room) => {
    codeOf(room, { time_in_force: 'good_til_cancelled', limit_price: '99999' });
    room.execution.onVenueOrder(venueOrderOf(room, 0));
    await room.pass(5_000);
    const cancel = { class: 'CANCEL', target_order_id: 'order-0' };
    assert.is(room.execution.submit([cancel], decisionOf()).sent, 1);
    assert.is(room.line.handed[1]?.method, 'private/cancel');
  }),
);

limits('C-209 net edge below the minimum, and an edge not stated, refuse OPEN only', () =>
  withRoom(
    (room) => {
      hold(room, 100);
      const edge = (gross_usd: number) => ({ edge: { gross_usd, fee_usd: 1, slippage_usd: 1 } });
      assert.is(codeOf(room, edge(3.99)), 'NetEdgeTooLow');
      assert.is(codeOf(room, edge(4)), 'sent');
      end(room);
      assert.is(codeOf(room, { edge: { gross_usd: 5, fee_usd: 1 } }), 'NetEdgeInputMissing');
      assert.is(codeOf(room, { edge: undefined }), 'NetEdgeInputMissing');
      assert.is(codeOf(room, close), 'sent');
    },
    { policy: { min_edge_usd: 2 } },
  ),
);

limits('C-214 Active when judged, ReduceOnly at dispatch: recorded, never sent', () =>
  withRoom((room) => {
    const { guard } = room;
    let asked = 0;
    Object.defineProperty(guard, 'refusal', {
      get: () => {
        asked += 1;
        return asked > 1 ? 'TradingModeForbidsClass' : undefined;
      },
    });
    assert.is(codeOf(room), 'TradingModeForbidsClass');
    assert.is(room.line.handed.length, 0);
    assert.equal([...room.execution.openOrders], []);
    assert.is(room.execution.standing.workingLots('BTC-PERPETUAL'), 0);
    const [transition] = room.ledger.facts('order.transition');
    assert.is(transition?.payload.to, 'not_sent');
  }),
);

limits('C-214 Active when judged and at dispatch: sent, and asked both times', () =>
  withRoom((room) => {
    const before = room.guard.evaluations;
    assert.is(codeOf(room), 'sent');
    assert.ok(room.guard.evaluations - before >= 2);
    assert.is(room.line.handed.length, 1);
  }),
);

const unclear: ProposedIntent[] = [
  { class: 'REDUCE' },
  { class: undefined },
  { class: 'CLOSE', reduce_only: undefined },
  { class: 'CLOSE', reduce_only: false },
  { class: 'HEDGE', reduce_only: undefined },
  { class: 'CANCEL' },
];
for (const own of unclear) {
  limits(`C-215 ${JSON.stringify(own)} is treated as OPEN`, () =>
    withRoom((room) => {
      const [leg] = room.execution.submit([openProposal(own)], decisionOf()).legs;
      assert.is(leg?.class, 'OPEN');
    }),
  );
}

const guardCodes: RejectCode[] = [
  'RiskStateNotHealthy',
  'OpenPermissionLatched',
  'EvidenceChainNotGreen',
  'TradingModeForbidsClass',
];
for (const code of guardCodes) {
  limits(`C-216 a guard that says ${code} is obeyed without side effects`, () =>
    withRoom((room) => {
      const before = stateOf(room);
      room.guard.refusal = code;
      assert.is(codeOf(room), code);
      assert.is(stateOf(room), before);
      room.guard.refusal = undefined;
      assert.is(codeOf(room), 'sent');
    }),
  );
}

limits('C-218 an own resting order on the other side is not met', () =>
  withRoom((room) => {
    const resting = { time_in_force: 'good_til_cancelled', limit_price: '99999.5' };
    assert.is(codeOf(room, resting), 'sent');
    const sell = { side: 'sell', limit_price: '99999.5' };
    assert.is(codeOf(room, sell), 'SelfTradePrevented');
    assert.is(codeOf(room, { ...sell, limit_price: '100000' }), 'sent');
  }),
);

limits('C-218 a price at the collar passes, one tick beyond is refused, on both sides', () =>
  withRoom((room) => {
    room.market.book(room.perpetual, [195_000, 10_000], [203_990, 10_000], room.nowMonotonicUs());
    assert.is(codeOf(room, { limit_price: '102000' }), 'sent');
    assert.is(codeOf(room, { limit_price: '102000.5' }), 'PriceCollarBreached');
    const low = { time_in_force: 'good_til_cancelled' };
    assert.is(codeOf(room, { ...low, limit_price: '98000' }), 'sent');
    assert.is(codeOf(room, { ...low, limit_price: '97999.5' }), 'PriceCollarBreached');
  }),
);

limits('C-218 the order over the rate is refused until a second has passed', () =>
  withRoom(
    async (room) => {
      assert.is(codeOf(room), 'sent');
      assert.is(codeOf(room), 'sent');
      assert.is(codeOf(room), 'OrderRateExceeded');
      await room.pass(1_000);
      assert.is(codeOf(room), 'sent');
    },
    { policy: { max_order_rate_per_s: 2 } },
  ),
);

limits.run();
