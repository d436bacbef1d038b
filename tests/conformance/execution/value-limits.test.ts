/** Value, position, delta, counts and the local proof of reduction: each limit at its edge. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { ProposedIntent } from '../../../streams/facts/intent.ts';
import { adoptionOf, takenPosition } from '../../fixtures/adoptions.ts';
import {
  decisionOf,
  openProposal,
  type Room,
  venueOrderOf,
  venueTradeOf,
  withRoom,
} from '../../fixtures/execution-room.ts';

const limits = suite('conformance: value limits');

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

const close: ProposedIntent = {
  class: 'CLOSE',
  side: 'sell',
  reduce_only: true,
  limit_price: '100000',
  edge: undefined,
};

limits('order value at the limit passes, one lot more is refused', () =>
  withRoom(
    (room) => {
      assert.is(codeOf(room, { quantity: '1010' }), 'OrderNotionalTooLarge');
      assert.is(codeOf(room, { quantity: '1000' }), 'sent');
    },
    { policy: { max_order_notional_usd: 1_000 } },
  ),
);

limits('a group worth more than its limit is refused as a whole', () =>
  withRoom(
    (room) => {
      const legs = [openProposal(), openProposal({ leg_idx: 1, limit_price: '100001' })];
      const outcome = room.execution.submit(legs, decisionOf());
      assert.is(outcome.sent, 0);
      assert.equal(
        outcome.legs.map((leg) => (leg.kind === 'refused' ? [leg.code, leg.gate] : [])),
        [
          ['OrderNotionalTooLarge', 'order_notional'],
          ['OrderNotionalTooLarge', 'group'],
        ],
      );
      assert.is(room.execution.submit([openProposal()], decisionOf()).sent, 1);
    },
    { policy: { max_group_notional_usd: 1_999 } },
  ),
);

limits('an option of unknown underlying price is too large', () =>
  withRoom((room) => {
    room.market.ticker(room.option, 0.05, 0);
    const own = { instrument: room.option.name, quantity: '0.1', limit_price: '0.05' };
    assert.is(codeOf(room, own), 'OrderNotionalTooLarge');
  }),
);

limits('open and in-doubt orders count in the position at full size', () =>
  withRoom(
    (room) => {
      assert.is(codeOf(room), 'sent');
      assert.is(codeOf(room), 'sent');
      assert.is(codeOf(room, { quantity: '10' }), 'PositionLimitExceeded');
      room.execution.onLinkDown('test');
      assert.is(room.execution.inDoubtCount, 2);
      assert.is(codeOf(room, { quantity: '10' }), 'PositionLimitExceeded');
    },
    { policy: { max_position_usd: 2_000 } },
  ),
);

limits('the delta of the underlying has its own limit', () =>
  withRoom(
    (room) => {
      assert.is(codeOf(room, { quantity: '1000' }), 'sent');
      // 0.1 coin at delta 0.5 and 100 000 is 5 000 USD of delta.
      const call = { instrument: room.option.name, quantity: '0.1', limit_price: '0.05' };
      assert.is(codeOf(room, call), 'PositionLimitExceeded');
    },
    { policy: { max_position_delta_usd: 5_999 } },
  ),
);

limits('the open order beyond the limit is refused', () =>
  withRoom(
    (room) => {
      assert.is(codeOf(room), 'sent');
      assert.is(codeOf(room), 'OpenOrdersLimitExceeded');
    },
    { policy: { open_orders_max: 1 } },
  ),
);

limits('a CLOSE of the position passes, one lot more proves nothing', () =>
  withRoom((room) => {
    hold(room, 100);
    assert.is(codeOf(room, { ...close, quantity: '1010' }), 'ReduceOnlyNotReducing');
    assert.is(
      codeOf(room, { ...close, side: 'buy', limit_price: '100000.5' }),
      'ReduceOnlyNotReducing',
    );
    assert.is(codeOf(room, { ...close, quantity: '600' }), 'sent');
    assert.is(room.line.handed.at(-1)?.params.reduce_only, true);
    assert.is(
      codeOf(room, { ...close, quantity: '500' }),
      'ReduceOnlyNotReducing',
      'pending counts',
    );
    assert.is(codeOf(room, { ...close, quantity: '400' }), 'sent');
  }),
);

limits('a HEDGE without the flag must shrink the worst-case delta', () =>
  withRoom((room) => {
    const hedge = { class: 'HEDGE', reduce_only: false, edge: undefined } as const;
    const sell = { ...hedge, side: 'sell', limit_price: '100000' };
    assert.is(codeOf(room, { ...sell, quantity: '1000' }), 'ReduceOnlyNotReducing', 'flat');
    room.execution.adopt(adoptionOf({ positions: [takenPosition(room.option, 1)] }));
    assert.is(codeOf(room, { ...hedge, quantity: '1000' }), 'ReduceOnlyNotReducing', 'adds');
    assert.is(codeOf(room, { ...sell, quantity: '10010' }), 'ReduceOnlyNotReducing', 'overshoots');
    assert.is(codeOf(room, { ...sell, quantity: '5000' }), 'sent');
    assert.is(room.line.handed.at(-1)?.params.reduce_only, undefined);
  }),
);

limits('the reserve of venue credits is for reduction', () =>
  withRoom(
    (room) => {
      hold(room, 100);
      assert.is(codeOf(room), 'RateLimitBrownout');
      assert.is(codeOf(room, close), 'sent');
    },
    { policy: { venue_order_burst: 3, venue_order_reserve: 2, venue_order_credits_per_s: 0.001 } },
  ),
);

limits.run();
