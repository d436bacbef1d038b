/** Clauses C-401 to C-405: a group that filled in part is contained, and never called complete. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { GroupNakedPayload } from '../../../streams/facts/schemas/group.ts';
import { venueOrderOf, venueTradeOf, withRoom } from '../../fixtures/execution-room.ts';
import {
  begin,
  end,
  handed,
  nakedEvents,
  openCode,
  roomy,
  states,
  thin,
} from '../../fixtures/group-room.ts';

const groups = suite('conformance: containment');

groups('C-401 A filled and B rejected: failed at once, closed, never complete', () =>
  withRoom(async (room) => {
    begin(room, thin);
    end(room, 0, 100);
    end(room, 1, 0);
    assert.equal(states(room), ['recorded', 'dispatched', 'mixed_failed']);
    assert.is(openCode(room), 'RiskStateNotHealthy containment');
    await room.pass(0);
    assert.equal(handed(room, 2), {
      method: 'private/sell',
      instrument_name: 'BTC-PERPETUAL',
      amount: 1000,
      price: 99_997.5,
      reduce_only: true,
    });
    assert.ok(room.conditions.some((one) => one.kind === 'containment' && one.active));
    assert.is(openCode(room), 'RiskStateNotHealthy containment');
    end(room, 2, 100);
    await room.pass(0);
    assert.is(states(room).at(-1), 'flattened');
    assert.is(states(room).includes('complete'), false);
    assert.equal(room.conditions.at(-1), { kind: 'containment', active: false });
    assert.is(openCode(room), 'sent');
    assert.is(nakedEvents(room).length, 1);
  }, roomy),
);

groups('C-401 nothing filled at all: over, nothing to close, no naked event', () =>
  withRoom(async (room) => {
    begin(room);
    end(room, 0, 0);
    end(room, 1, 0);
    await room.pass(0);
    assert.is(states(room).at(-1), 'flattened');
    assert.is(room.line.handed.length, 2);
    assert.equal(nakedEvents(room), []);
  }, roomy),
);

groups('C-402 A 0.6 and B 0: two rescues at most, then flat', () =>
  withRoom(async (room) => {
    begin(room, { edge: { gross_usd: 500, fee_usd: 1, slippage_usd: 0 } });
    end(room, 0, 60);
    end(room, 1, 0);
    await room.pass(0);
    assert.is(room.line.handed.length, 4);
    assert.equal(handed(room, 2), {
      method: 'private/buy',
      instrument_name: 'BTC-PERPETUAL',
      amount: 400,
      price: 100_001.5,
      reduce_only: undefined,
    });
    end(room, 2, 0);
    end(room, 3, 0);
    await room.pass(0);
    assert.is(room.line.handed.length, 6);
    end(room, 4, 0);
    end(room, 5, 0);
    await room.pass(0);
    assert.is(room.line.handed.length, 7);
    assert.is(handed(room, 6).reduce_only, true);
    assert.is(handed(room, 6).amount, 600);
    end(room, 6, 60);
    await room.pass(0);
    assert.is(states(room).at(-1), 'flattened');
    const [event] = nakedEvents(room);
    assert.is(event?.rescue_attempts, 2);
    assert.is(event?.close_attempts, 1);
  }, roomy),
);

groups('C-402 a rescue that completes the legs leaves nothing naked', () =>
  withRoom(async (room) => {
    begin(room, { edge: { gross_usd: 500, fee_usd: 1, slippage_usd: 0 } });
    end(room, 0, 100);
    end(room, 1, 4);
    await room.pass(0);
    assert.is(room.line.handed.length, 3);
    end(room, 2, 6);
    await room.pass(0);
    assert.equal(states(room).slice(2), ['mixed_failed', 'rescuing', 'balanced']);
    assert.is(nakedEvents(room).length, 1);
    assert.is(openCode(room), 'sent');
  }, roomy),
);

groups('C-403 gates refuse the rescue: none is sent, the close goes out', () =>
  withRoom(async (room) => {
    begin(room, thin);
    end(room, 0, 60);
    end(room, 1, 0);
    await room.pass(0);
    assert.is(room.line.handed.length, 3);
    assert.is(handed(room, 2).reduce_only, true);
    const codes = room.audit.facts('decision.suppressed').map(({ payload }) => payload.code);
    assert.equal(codes, ['NetEdgeTooLow']);
    assert.is(states(room).includes('rescuing'), false);
  }, roomy),
);

groups('C-404 closes at 5, 10, 20 ticks, then one bounded hedge, then one event', () =>
  withRoom(async (room) => {
    begin(room, thin);
    end(room, 0, 0);
    end(room, 1, 10);
    await room.pass(0);
    const prices: unknown[] = [];
    for (let close = 2; close < 5; close += 1) {
      prices.push(handed(room, close).price);
      assert.is(handed(room, close).instrument_name, room.option.name);
      end(room, close, 0);
      await room.pass(0);
    }
    // Best bid 0.0495, steps of 0.0005 at that price.
    assert.equal(prices, [0.047, 0.0445, 0.0395]);
    assert.is(room.line.handed.length, 6);
    // 1 BTC at delta 0.5: 50 000 USD of the perpetual, sold without the flag.
    const { method, amount, reduce_only } = handed(room, 5);
    assert.equal([method, amount, reduce_only], ['private/sell', 50_000, undefined]);
    end(room, 5, 5_000);
    await room.pass(0);
    assert.is(states(room).at(-1), 'hedged');
    const events = nakedEvents(room);
    assert.is(events.length, 1);
    const [event] = events as [GroupNakedPayload];
    assert.is(event.outcome, 'hedged');
    assert.is(event.hedge_used, true);
    assert.is(event.close_attempts, 3);
    assert.is(event.exposure_before_usd_float, 50_000);
    assert.ok(Math.abs(event.exposure_after_usd_float ?? Number.NaN) < 10);
    assert.ok(event.ms_to_neutral !== null && event.mode === 'Active');
    assert.is(event.evidence, 'GREEN');
    assert.ok(event.cause.startsWith('leg 0 cancelled'));
    assert.is(room.execution.nakedEvents24h, 1);
  }, roomy),
);

groups('C-405 no fresh book: priced from a fresh ticker; neither: nothing is sent', () =>
  withRoom(async (room) => {
    begin(room, thin);
    await room.pass(1_500);
    end(room, 0, 100);
    end(room, 1, 0);
    await room.pass(0);
    assert.is(room.line.handed.length, 2);
    const codes = room.audit.facts('decision.suppressed').map(({ payload }) => payload.code);
    assert.is(codes.at(-1), 'EmergencyCloseNoPrice');
    const { market, perpetual } = room;
    market.ticker(perpetual, 100_000, 100_000, { receivedMonotonicUs: room.nowMonotonicUs() });
    await room.pass(250);
    assert.is(room.line.handed.length, 3);
    assert.is(handed(room, 2).price, 99_997.5);
  }, roomy),
);

groups('after a restart a broken group is closed, never rescued', () =>
  withRoom(async (room) => {
    begin(room, { edge: { gross_usd: 500, fee_usd: 1, slippage_usd: 0 } });
    end(room, 0, 100);
    end(room, 1, 0);
    room.execution.stop();
    const last = room.restart();
    try {
      last.execution.recover();
      last.execution.onLinkUp();
      await last.pass(1);
      assert.is(last.line.handed.length, 1);
      assert.is(handed(last, 0).reduce_only, true);
      const late = { orderId: 'late-0' };
      const filled = { ...late, state: 'filled', filledLots: 100 } as const;
      last.execution.onVenueOrder(venueOrderOf(last, 0, filled));
      last.execution.onVenueTrade(venueTradeOf(last, 0, 'late-trade', 100, late));
      await last.pass(0);
      assert.is(states(last).at(-1), 'flattened');
      assert.is(nakedEvents(last).length, 1);
    } finally {
      last.execution.stop();
    }
  }, roomy),
);

groups.run();
