/** Clauses C-212 and C-213, order size against depth, repetition, sessions: each the only reason. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { ExecutionPolicy } from '../../../streams/facts/policy/execution.ts';
import {
  decisionOf,
  openProposal,
  type Room,
  startUs,
  venueOrderOf,
  withRoom,
} from '../../fixtures/execution-room.ts';
import { perpetualInstrument } from '../../fixtures/instruments.ts';
import { stateOf } from '../../fixtures/room-state.ts';

const headroom = suite('conformance: headroom');

function codeOf(room: Room, own: Parameters<typeof openProposal>[0] = {}): string {
  const was = stateOf(room);
  const [leg] = room.execution.submit([openProposal(own)], decisionOf()).legs;
  if (leg?.kind !== 'refused') return 'sent';
  assert.is(stateOf(room), was, 'a refusal changes nothing');
  return leg.code;
}

headroom('a quarter of the best five levels passes, one lot more is too large', () =>
  withRoom(
    (room) => {
      const asks = [1, 2, 3, 4, 5, 6].flatMap((level) => [200_000 + level, 80]);
      room.market.book(room.perpetual, [199_999, 400], asks, room.nowMonotonicUs());
      assert.is(codeOf(room, { quantity: '1010' }), 'OrderSizeVsDepthTooLarge');
      assert.is(codeOf(room, { quantity: '1000' }), 'sent');
    },
    { policy: { order_depth_share_max: 0.25 } },
  ),
);

headroom('the eleventh execution of one kind within 10 s waits for an operator', () =>
  withRoom(async (room) => {
    for (let at = 0; at < 10; at += 1) {
      assert.is(codeOf(room), 'sent');
      room.execution.onVenueOrder(venueOrderOf(room, at, { state: 'cancelled' }));
    }
    assert.is(codeOf(room), 'RepeatedExecutionThrottled');
    assert.is(codeOf(room, { side: 'sell', limit_price: '99999.5' }), 'sent');
    room.execution.onVenueOrder(venueOrderOf(room, 10, { state: 'cancelled' }));
    await room.pass(20_000);
    room.freshBooks();
    assert.is(codeOf(room), 'RepeatedExecutionThrottled', 'waiting does not re-arm it');
    assert.equal(room.execution.rearm(), ['test-strategy BTC-PERPETUAL buy']);
    assert.is(codeOf(room), 'sent');
  }),
);

headroom('ten within the window and the next one after it pass', () =>
  withRoom(async (room) => {
    for (let at = 0; at < 12; at += 1) {
      room.freshBooks();
      assert.is(codeOf(room), 'sent');
      room.execution.onVenueOrder(venueOrderOf(room, at, { state: 'cancelled' }));
      await room.pass(1_000);
    }
  }),
);

const minute = Math.floor(startUs / 60_000_000) % 1_440;
const windows: [string, ExecutionPolicy['sessions_utc'], string][] = [
  ['a session that is on', [{ from_minute: minute, to_minute: minute + 1 }], 'sent'],
  ['a session that is over', [{ from_minute: minute - 1, to_minute: minute }], 'OutsideSession'],
  ['a session over midnight', [{ from_minute: minute, to_minute: minute - 1 }], 'sent'],
  ['the gap of one', [{ from_minute: minute + 1, to_minute: minute }], 'OutsideSession'],
];
for (const [title, sessions_utc, expected] of windows) {
  headroom(`${title}: ${expected}`, () =>
    withRoom((room) => assert.is(codeOf(room), expected), { policy: { sessions_utc } }),
  );
}

for (const [use, expected] of [
  [0.7, 'MarginHeadroomRejectOpens'],
  [0.6999, 'sent'],
] as const) {
  headroom(`C-213 margin use ${use}: ${expected}, and the mode is Active`, () =>
    withRoom(
      (room) => {
        assert.is(codeOf(room), expected);
        assert.is(room.guard.view.mode, 'Active');
      },
      { options: { marginUse: () => use } },
    ),
  );
}

const ethRow = {
  name: 'ETH-PERPETUAL',
  base_currency: 'ETH',
  settlement_currency: 'ETH',
  price_index: 'eth_usd',
};

for (const [ethUsd, expected] of [
  ['9000', 'GlobalExposureBudgetExceeded'],
  ['5000', 'sent'],
] as const) {
  headroom(`C-212 BTC at 9 000 of 10 000 USD and ETH at ${ethUsd}: ${expected}`, () =>
    withRoom(
      (room) => {
        const eth = perpetualInstrument(ethRow);
        const now = room.nowMonotonicUs();
        room.market.book(eth, [199_999, 10_000], [200_001, 10_000], now);
        room.market.ticker(eth, 100_000, 100_000);
        assert.is(codeOf(room, { quantity: '9000' }), 'sent');
        const own = { instrument: 'ETH-PERPETUAL', quantity: ethUsd };
        assert.is(codeOf(room, own), expected);
        assert.is(room.line.handed.length, expected === 'sent' ? 2 : 1);
      },
      { policy: { max_position_delta_usd: 10_000, instruments_allowed: ['BTC-*', 'ETH-*'] } },
    ),
  );
}

headroom.run();
