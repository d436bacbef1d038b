/** Clauses C-210 and C-211: inventory skews what new risk must earn and where it stands; budgets hold. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { ProposedIntent } from '../../../streams/facts/intent.ts';
import {
  decisionOf,
  openProposal,
  type Room,
  venueOrderOf,
  venueTradeOf,
  withRoom,
} from '../../fixtures/execution-room.ts';
import { stateOf } from '../../fixtures/room-state.ts';

const inventory = suite('conformance: inventory');

function codeOf(room: Room, own: ProposedIntent = {}): string {
  const was = stateOf(room);
  const [leg] = room.execution.submit([openProposal(own)], decisionOf()).legs;
  if (leg?.kind !== 'refused') return 'sent';
  assert.is(stateOf(room), was, 'a refusal changes nothing');
  return leg.code;
}

const net = (usd: number) => ({ edge: { gross_usd: usd + 1, fee_usd: 1, slippage_usd: 0 } });

/** Holds this many USD long, bought and filled. */
function hold(room: Room, usd: number): void {
  const index = room.line.handed.length;
  const lots = usd / 10;
  assert.is(codeOf(room, { quantity: usd, ...net(1_000) }), 'sent');
  room.execution.onVenueOrder(venueOrderOf(room, index, { state: 'filled', filledLots: lots }));
  room.execution.onVenueTrade(venueTradeOf(room, index, `hold-${index}`, lots));
}

const skewed = { policy: { min_edge_usd: 2, delta_limit_usd: 10_000, inventory_skew_k: 0.5 } };

inventory('C-210 TRIP bias 0.9 raises the minimum edge by 45 %', () =>
  withRoom((room) => {
    hold(room, 9_000);
    assert.is(codeOf(room, net(2.899)), 'InventorySkew');
    assert.is(codeOf(room, net(1.99)), 'NetEdgeTooLow', 'below the plain minimum it is that');
  }, skewed),
);

inventory('C-210 NON-TRIP with 45 % more edge it passes, and flat the plain minimum does', () =>
  withRoom((room) => {
    assert.is(codeOf(room, net(2)), 'sent');
    room.execution.onVenueOrder(venueOrderOf(room, 0, { state: 'cancelled' }));
    hold(room, 9_000);
    assert.is(codeOf(room, net(2.901)), 'sent');
  }, skewed),
);

for (const [usd, price] of [
  [10_000, 99_999],
  [9_000, 99_999.5],
  [3_000, 100_000.5],
] as const) {
  inventory(`C-210 with ${usd} USD held a BUY for 100 000.5 goes out for ${price}`, () =>
    withRoom((room) => {
      hold(room, usd);
      assert.is(codeOf(room, net(1_000)), 'sent');
      assert.is(room.line.handed[1]?.params.price, price);
      const label = String(room.line.handed[1]?.params.label);
      const [order] = [...room.execution.openOrders];
      assert.is(label.endsWith(order?.intentId.slice(0, 16) ?? '?'), true, 'hashed as it is sent');
    }, skewed),
  );
}

inventory('C-210 a SELL that flattens passes with less, one that adds to a short does not', () =>
  withRoom((room) => {
    const sell = { side: 'sell', limit_price: '100000' };
    assert.is(codeOf(room, { ...sell, ...net(1.2) }), 'NetEdgeTooLow');
    hold(room, 9_000);
    assert.is(codeOf(room, { ...sell, ...net(1.2) }), 'sent');
    assert.is(room.line.handed[1]?.params.price, 100_000, 'flattening is not moved away');
    assert.is(codeOf(room, { ...sell, ...net(1.09) }), 'NetEdgeTooLow');
  }, skewed),
);

inventory('C-210 TRIP without delta_limit nothing is opened', () =>
  withRoom(
    (room) => {
      const { delta_limit_usd: _removed, ...rest } = room.policy;
      room.policy = rest as typeof room.policy;
      assert.is(codeOf(room, net(1_000)), 'InventorySkewDeltaLimitMissing');
      room.policy = { ...room.policy, delta_limit_usd: 10_000 };
      assert.is(codeOf(room, net(1_000)), 'sent');
    },
    { policy: { min_edge_usd: 2 } },
  ),
);

inventory('C-210 a negative minimum is raised by inventory as well', () =>
  withRoom(
    (room) => {
      hold(room, 10_000);
      assert.is(codeOf(room, net(-1.5)), 'InventorySkew');
      assert.is(codeOf(room, net(-0.9)), 'sent');
    },
    { policy: { min_edge_usd: -2, delta_limit_usd: 10_000, inventory_skew_k: 0.5 } },
  ),
);

inventory('C-211 of five OPENs against one budget only those that fit reserve', () =>
  withRoom(
    (room) => {
      const codes = [0, 1, 2, 3, 4].map(() => codeOf(room));
      assert.equal(codes, [
        'sent',
        'sent',
        'sent',
        'PendingExposureBudgetExceeded',
        'PendingExposureBudgetExceeded',
      ]);
      assert.is(room.execution.standing.workingLots('BTC-PERPETUAL'), 300);
    },
    { policy: { pending_exposure_max_usd: 3_000 } },
  ),
);

inventory(
  'C-211 an end releases once, however often it is told; what filled goes on counting',
  () =>
    withRoom(
      (room) => {
        for (let at = 0; at < 3; at += 1) assert.is(codeOf(room), 'sent');
        const ended = venueOrderOf(room, 0, { state: 'cancelled' });
        for (let told = 0; told < 3; told += 1) room.execution.onVenueOrder(ended);
        room.execution.onVenueOrder(venueOrderOf(room, 1, { state: 'rejected' }));
        assert.is(room.execution.standing.workingLots('BTC-PERPETUAL'), 100);
        room.execution.onVenueOrder(venueOrderOf(room, 2, { state: 'filled', filledLots: 100 }));
        room.execution.onVenueTrade(venueTradeOf(room, 2, 'once', 100));
        room.execution.onVenueTrade(venueTradeOf(room, 2, 'once', 100));
        assert.is(room.execution.standing.workingLots('BTC-PERPETUAL'), 0);
        // 1 000 are held: two more fit, a third does not.
        assert.equal([codeOf(room), codeOf(room)], ['sent', 'sent']);
        assert.is(codeOf(room), 'PendingExposureBudgetExceeded');
      },
      { policy: { pending_exposure_max_usd: 3_000 } },
    ),
);

inventory('C-211 a reduction draws on no budget', () =>
  withRoom(
    (room) => {
      hold(room, 3_000);
      const close = { class: 'CLOSE', side: 'sell', reduce_only: true, limit_price: '100000' };
      assert.is(codeOf(room, { ...close, quantity: '3000', edge: undefined }), 'sent');
    },
    { policy: { pending_exposure_max_usd: 3_000 } },
  ),
);

inventory.run();
