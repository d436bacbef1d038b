/** Clauses C-209, C-522 and C-523 at the gates: what fees are reckoned with, and when our own trades close a market. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { ProposedIntent } from '../../../streams/facts/intent.ts';
import { decisionOf, openProposal, type Room, withRoom } from '../../fixtures/execution-room.ts';

const fees = suite('conformance: fees and impact');

function codeOf(room: Room, own: ProposedIntent = {}): string {
  const [leg] = room.execution.submit([openProposal(own)], decisionOf()).legs;
  return leg?.kind === 'refused' ? leg.code : 'sent';
}

const aged = (ageS: number, hardStale: boolean, factorFloat: number) => ({
  options: { fees: () => ({ ageS, hardStale, factorFloat }) },
  policy: { min_edge_usd: 2 },
});
const edge = (gross_usd: number) => ({ edge: { gross_usd, fee_usd: 1, slippage_usd: 0 } });

fees('C-522 TRIP hard-stale fees refuse OPEN only', () =>
  withRoom(
    (room) => {
      assert.is(codeOf(room, edge(100)), 'FeeCacheStale');
      const close = { class: 'CLOSE', side: 'sell', reduce_only: true, limit_price: '100000' };
      assert.is(codeOf(room, close), 'ReduceOnlyNotReducing', 'a reduction gets past the fees');
    },
    aged(901, true, 1.2),
  ),
);

fees('C-522 soft-stale fees count 20 % more: 3.19 is too little, 3.20 passes', () =>
  withRoom(
    (room) => {
      assert.is(codeOf(room, edge(3.19)), 'NetEdgeTooLow');
      assert.is(codeOf(room, edge(3.2001)), 'sent');
    },
    aged(301, false, 1.2),
  ),
);

fees('C-522 NON-TRIP fresh fees count as they are', () =>
  withRoom(
    (room) => {
      assert.is(codeOf(room, edge(2.99)), 'NetEdgeTooLow');
      assert.is(codeOf(room, edge(3)), 'sent');
    },
    aged(300, false, 1),
  ),
);

fees('C-209 a fee stated too kindly is replaced by what the instrument charges', () =>
  withRoom(
    (room) => {
      // 1 000 USD at the taker rate of the fixture, 0.035 %.
      const kind = (gross_usd: number) => ({ edge: { gross_usd, fee_usd: 0, slippage_usd: 0 } });
      assert.is(codeOf(room, kind(2.34)), 'NetEdgeTooLow');
      assert.is(codeOf(room, kind(2.36)), 'sent');
    },
    { policy: { min_edge_usd: 2 } },
  ),
);

fees('C-209 slippage stated too kindly is replaced by the walk of the book within the limit', () =>
  withRoom(
    (room) => {
      // Half of it 100 ticks deeper: 25 USD a coin on average, 0.25 USD of 1 000.
      const now = room.nowMonotonicUs();
      room.market.book(room.perpetual, [199_999, 1_000], [200_000, 50, 200_100, 50], now);
      const deep = { limit_price: '100050', time_in_force: 'good_til_cancelled' };
      assert.is(codeOf(room, { ...deep, ...edge(3.2) }), 'NetEdgeTooLow');
      assert.is(codeOf(room, { ...deep, ...edge(3.6) }), 'sent');
    },
    { policy: { min_edge_usd: 2 } },
  ),
);

const blocked = new Map<string, number>();

fees('C-523 TRIP our own impact closes the instrument, NON-TRIP until the cooldown is over', () =>
  withRoom(
    async (room) => {
      blocked.set('BTC-PERPETUAL', room.nowMonotonicUs() + 500_000);
      assert.is(codeOf(room), 'FeedbackLoopGuardActive');
      await room.pass(500);
      room.freshBooks();
      assert.is(codeOf(room), 'sent');
    },
    { options: { impactBlockedUntilUs: (name) => blocked.get(name) ?? 0 } },
  ),
);

fees('C-523 NON-TRIP another instrument is not closed by it', () =>
  withRoom(
    (room) => {
      blocked.clear();
      blocked.set('ETH-PERPETUAL', room.nowMonotonicUs() + 500_000);
      assert.is(codeOf(room), 'sent');
    },
    { options: { impactBlockedUntilUs: (name) => blocked.get(name) ?? 0 } },
  ),
);

fees('an immediate limit reaches past the touch only as far as its edge pays for', () =>
  withRoom(
    (room) => {
      // 3 USD over the minimum on 1 000 USD: 0.3 % of 100 000.5, in ticks of 0.5.
      assert.is(codeOf(room, { ...edge(6), limit_price: '101000' }), 'sent');
      assert.is(room.line.handed[0]?.params.price, 100_300.5);
      assert.is(codeOf(room, { ...edge(60), limit_price: '101000' }), 'sent');
      assert.is(room.line.handed[1]?.params.price, 101_000, 'never beyond what was asked');
      const rests = { time_in_force: 'good_til_cancelled', limit_price: '99990' };
      assert.is(codeOf(room, { ...edge(6), ...rests }), 'sent');
      assert.is(room.line.handed[2]?.params.price, 99_990, 'what rests pays no spread');
    },
    { policy: { min_edge_usd: 2 } },
  ),
);

fees('a wish outside the collar is refused although its price would be made tamer', () =>
  withRoom((room) => {
    assert.is(codeOf(room, { ...edge(2), limit_price: '150000' }), 'PriceCollarBreached');
  }),
);

fees('the same decision met again at another price is a duplicate, another attempt is not', () =>
  withRoom((room) => {
    const decision = decisionOf();
    const again = (own: ProposedIntent) => {
      const [leg] = room.execution.submit([openProposal(own)], decision).legs;
      return leg?.kind === 'refused' ? leg.code : 'sent';
    };
    assert.is(again({}), 'sent');
    assert.is(again({ limit_price: '100000' }), 'DuplicateIntent');
    assert.is(again({ limit_price: '100000', attempt: 1 }), 'sent');
    assert.is(again({ limit_price: '100000', leg_idx: 1 }), 'sent');
  }),
);

fees.run();
