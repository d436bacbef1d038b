/** Clause C-404 for a group over two underlyings: each is hedged for itself, and one never stands for the other. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { sha256Hex } from '../../../streams/facts/hash.ts';
import type { Instrument } from '../../../streams/facts/instrument.ts';
import { adoptionOf, foreignOrder, foreignTrade } from '../../fixtures/adoptions.ts';
import {
  decisionOf,
  openProposal,
  type Room,
  venueOrderOf,
  venueTradeOf,
  withRoom,
} from '../../fixtures/execution-room.ts';
import {
  end,
  handed,
  nakedEvents,
  openCode,
  roomy,
  states,
  thin,
} from '../../fixtures/group-room.ts';
import { optionInstrument, perpetualInstrument } from '../../fixtures/instruments.ts';

const groups = suite('conformance: groups over two underlyings');

const ether = { base_currency: 'ETH', settlement_currency: 'ETH', price_index: 'eth_usd' };
const perpetual = perpetualInstrument({ ...ether, name: 'ETH-PERPETUAL' });
const option = optionInstrument({ ...ether, name: 'ETH-25DEC26-4000-C' });

const both = { policy: { ...roomy.policy, instruments_allowed: ['BTC-*', 'ETH-*'] } };
/** Pays for the plan of an option and for no worse price. */
const optionEdge = { gross_usd: 36, fee_usd: 35, slippage_usd: 0 };

/** Ether at 4 000 USD. */
function quoteEther({ market, nowMonotonicUs }: Room, deltaFloat = 0.5): void {
  const now = nowMonotonicUs();
  market.book(perpetual, [8_000, 10_000], [8_001, 10_000], now);
  market.ticker(perpetual, 4_000, 4_000);
  market.book(option, [495, 1_000], [500, 1_000], now);
  market.ticker(option, 0.05, 4_000, {
    greeks: { deltaFloat, gammaFloat: 0.00001, vegaFloat: 50, thetaFloat: -20 },
  });
}

function leg(instrument: Instrument, legIdx: number) {
  const own = { instrument: instrument.name, quantity: '1', limit_price: '0.05' };
  return openProposal({ ...own, leg_idx: legIdx, edge: optionEdge });
}

/** The options of both underlyings fill, the perpetual does not, and no close of them ever trades. */
async function closesSpent(room: Room): Promise<void> {
  const third = openProposal({ leg_idx: 2, ...thin });
  const legs = [leg(room.option, 0), leg(option, 1), third];
  const outcome = room.execution.submit(legs, decisionOf());
  assert.is(outcome.sent, 3, JSON.stringify(outcome.legs));
  end(room, 0, 10);
  end(room, 1, 10);
  end(room, 2, 0);
  await room.pass(0);
  for (let close = 3; close < 9; close += 2) {
    end(room, close, 0);
    end(room, close + 1, 0);
    await room.pass(0);
  }
}

/** And both hedges are out, as orders number 9 and 10. */
async function hedgesOut(room: Room): Promise<void> {
  quoteEther(room);
  await closesSpent(room);
  const hedges = [handed(room, 9), handed(room, 10)];
  assert.equal(
    hedges.map(({ method, instrument_name, amount }) => [method, instrument_name, amount]),
    [
      ['private/sell', 'BTC-PERPETUAL', 50_000],
      ['private/sell', 'ETH-PERPETUAL', 2_000],
    ],
  );
  assert.is(room.line.handed.length, 11);
}

groups('C-404 one hedge an underlying, of its own delta', () =>
  withRoom(async (room) => {
    await hedgesOut(room);
    end(room, 9, 5_000);
    end(room, 10, 200);
    await room.pass(0);
    assert.is(states(room).at(-1), 'hedged');
    assert.is(room.line.handed.length, 11);
    assert.is(nakedEvents(room)[0]?.exposure_before_usd_float, 52_000);
  }, both),
);

groups('C-404 one underlying hedged and the other not: naked, and its size is told', () =>
  withRoom(async (room) => {
    await hedgesOut(room);
    end(room, 9, 5_000);
    end(room, 10, 50);
    await room.pass(0);
    assert.is(states(room).at(-1), 'naked');
    assert.is(room.line.handed.length, 11, 'one hedge an underlying, and no more');
    const [event] = nakedEvents(room);
    assert.ok(Math.abs((event?.exposure_after_usd_float ?? Number.NaN) - 1_500) < 10);
    assert.is(event?.hedge_used, true);
  }, both),
);

groups('C-404 after a restart what was hedged is not hedged again', () =>
  withRoom(async (room) => {
    await hedgesOut(room);
    room.execution.stop();
    const again = room.restart();
    try {
      again.execution.recover();
      again.execution.onLinkUp();
      quoteEther(again);
      const filled = { state: 'filled', filledLots: 5_000 } as const;
      again.execution.onVenueOrder(venueOrderOf(room, 9, filled));
      again.execution.onVenueTrade(venueTradeOf(room, 9, 'after', 5_000));
      again.execution.onVenueOrder(venueOrderOf(room, 10, { state: 'cancelled', filledLots: 0 }));
      await again.pass(0);
      assert.is(states(again).at(-1), 'naked');
      assert.is(again.line.handed.length, 0);
    } finally {
      again.execution.stop();
    }
  }, both),
);

groups(
  'C-404 an underlying with too little delta for any order keeps nobody from being hedged',
  () =>
    withRoom(async (room) => {
      quoteEther(room, 0.000_01);
      await closesSpent(room);
      assert.is(room.line.handed.length, 10);
      end(room, 9, 5_000);
      await room.pass(0);
      assert.is(states(room).at(-1), 'hedged');
    }, both),
);

groups('C-404 legs taken off by hand leave the hedges: naked until these are gone as well', () =>
  withRoom(async (room) => {
    await hedgesOut(room);
    end(room, 9, 5_000);
    end(room, 10, 50);
    await room.pass(0);
    const taken = (instrument: Instrument, side: 'buy' | 'sell', lots: number): void => {
      const order = foreignOrder(instrument, { side, lots });
      const trade = foreignTrade(order, { tradeId: `${instrument.name} ${side}` });
      const adoptionId = sha256Hex(trade.tradeId);
      room.execution.adopt(adoptionOf({ adoptionId, trades: [trade] }));
    };
    taken(room.option, 'sell', 10);
    taken(option, 'sell', 10);
    await room.pass(0);
    assert.is(states(room).at(-1), 'naked');
    assert.is(openCode(room), 'RiskStateNotHealthy containment');
    taken(room.perpetual, 'buy', 5_000);
    taken(perpetual, 'buy', 50);
    await room.pass(0);
    assert.is(states(room).at(-1), 'flattened');
  }, both),
);

groups.run();
