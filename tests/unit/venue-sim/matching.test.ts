/** Properties of the matching engine over random order flow, and the order rules one by one. */
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  type Account,
  cancel,
  edit,
  type Market,
  type Order,
  place,
} from '../../../streams/venues/simulated/index.ts';
import {
  type Bench,
  limitTerms,
  send,
  simBench,
  simStartUs,
  totals,
} from '../../fixtures/venue-sim/engines.ts';

const matching = suite('simulated matching');

interface Flow {
  readonly who: number;
  readonly buy: boolean;
  readonly ticks: number;
  readonly lots: number;
  readonly tif: 'good_til_cancelled' | 'immediate_or_cancel' | 'fill_or_kill';
  readonly drop: boolean;
}

const flows = fc.array(
  fc.record({
    who: fc.integer({ min: 0, max: 2 }),
    buy: fc.boolean(),
    ticks: fc.integer({ min: 159_990, max: 160_010 }),
    lots: fc.integer({ min: 1, max: 40 }),
    tif: fc.constantFrom('good_til_cancelled', 'immediate_or_cancel', 'fill_or_kill'),
    drop: fc.boolean(),
  }),
  { maxLength: 120 },
) as fc.Arbitrary<Flow[]>;

function playFlow(steps: readonly Flow[], after: (bench: Bench, order: Order) => void): Bench {
  const bench = simBench();
  const bob = bench.engine.openAccount('bob', false);
  bench.engine.deposit(bob, 'BTC', 10);
  const people: Account[] = [bench.alice, bench.maker, bob];
  for (const step of steps) {
    const account = people[step.who] ?? bench.alice;
    const terms = limitTerms(step.buy ? 'buy' : 'sell', step.ticks, step.lots, {
      timeInForce: step.tif,
    });
    const order = send(bench, account, bench.perpetual, terms);
    if (step.drop && order.state === 'open')
      bench.engine.run(bench.engine.nowUs, () => cancel(bench.engine, order));
    after(bench, order);
  }
  return bench;
}

function crossed(market: Market): boolean {
  const bid = market.bestTicks('buy');
  const ask = market.bestTicks('sell');
  return bid !== undefined && ask !== undefined && bid >= ask;
}

function levelsAddUp(market: Market): boolean {
  return [market.book.bids, market.book.asks].every((side) =>
    side.prices.every((ticks) => {
      let sum = 0;
      for (let order = side.levels.get(ticks)?.head; order !== undefined; order = order.next) {
        sum += order.lots - order.filledLots;
      }
      return sum === side.lotsAt(ticks) && sum > 0;
    }),
  );
}

matching('no flow leaves a crossed book or a level that does not add up', () => {
  fc.assert(
    fc.property(flows, (steps) => {
      playFlow(steps, (bench) => {
        assert.not(crossed(bench.perpetual), 'crossed book');
        assert.ok(levelsAddUp(bench.perpetual), 'level total differs from its orders');
      });
    }),
    { numRuns: 100 },
  );
});

matching('positions sum to zero and money is only moved', () => {
  fc.assert(
    fc.property(flows, (steps) => {
      const { lots, money } = totals(playFlow(steps, () => undefined).engine);
      assert.is(lots, 0);
      assert.is(money, 0);
    }),
    { numRuns: 100 },
  );
});

matching('trade sequences have no gap and ids never repeat', () => {
  fc.assert(
    fc.property(flows, (steps) => {
      const orderIds = new Set<string>();
      let orders = 0;
      const bench = playFlow(steps, (_, order) => {
        orderIds.add(order.id);
        orders += 1;
      });
      assert.is(orderIds.size, orders);
      const trades = bench.perpetual.recentTrades;
      for (let at = 1; at < trades.length; at += 1) {
        assert.is(trades[at]?.seq, (trades[at - 1]?.seq ?? 0) + 1);
      }
      assert.is(new Set(trades.map((trade) => trade.id)).size, trades.length);
    }),
    { numRuns: 60 },
  );
});

matching('the better price trades first and the older order first within a price', () => {
  const bench = simBench();
  const bob = bench.engine.openAccount('bob', false);
  bench.engine.deposit(bob, 'BTC', 10);
  const far = send(bench, bench.maker, bench.perpetual, limitTerms('sell', 160_004, 5));
  const old = send(bench, bench.maker, bench.perpetual, limitTerms('sell', 160_002, 5));
  const young = send(bench, bob, bench.perpetual, limitTerms('sell', 160_002, 5));
  send(bench, bench.alice, bench.perpetual, limitTerms('buy', 160_004, 8));
  assert.equal([old.filledLots, young.filledLots, far.filledLots], [5, 3, 0]);
});

matching('an order that shrinks keeps its turn and one that grows loses it', () => {
  const bench = simBench();
  const bob = bench.engine.openAccount('bob', false);
  bench.engine.deposit(bob, 'BTC', 10);
  const first = send(bench, bench.maker, bench.perpetual, limitTerms('sell', 160_002, 5));
  const second = send(bench, bob, bench.perpetual, limitTerms('sell', 160_002, 5));
  bench.engine.run(bench.engine.nowUs, () => edit(bench.engine, first, { lots: 3 }));
  send(bench, bench.alice, bench.perpetual, limitTerms('buy', 160_002, 2));
  assert.equal([first.filledLots, second.filledLots], [2, 0]);
  bench.engine.run(bench.engine.nowUs, () => edit(bench.engine, first, { lots: 9 }));
  send(bench, bench.alice, bench.perpetual, limitTerms('buy', 160_002, 2));
  assert.equal([first.filledLots, second.filledLots], [2, 2]);
  assert.ok(levelsAddUp(bench.perpetual));
});

matching('immediate-or-cancel takes what is there and is cancelled without error', () => {
  const bench = simBench();
  send(bench, bench.maker, bench.perpetual, limitTerms('sell', 160_002, 5));
  const order = send(
    bench,
    bench.alice,
    bench.perpetual,
    limitTerms('buy', 160_002, 8, { timeInForce: 'immediate_or_cancel' }),
  );
  assert.is(order.state, 'cancelled');
  assert.is(order.filledLots, 5);
  assert.is(bench.perpetual.bestTicks('buy'), undefined);
});

matching('fill-or-kill trades all or nothing', () => {
  const bench = simBench();
  send(bench, bench.maker, bench.perpetual, limitTerms('sell', 160_002, 5));
  const short = send(
    bench,
    bench.alice,
    bench.perpetual,
    limitTerms('buy', 160_002, 6, { timeInForce: 'fill_or_kill' }),
  );
  assert.equal([short.state, short.filledLots], ['cancelled', 0]);
  const exact = send(
    bench,
    bench.alice,
    bench.perpetual,
    limitTerms('buy', 160_002, 5, { timeInForce: 'fill_or_kill' }),
  );
  assert.equal([exact.state, exact.filledLots], ['filled', 5]);
});

matching('post-only slides inside the spread, or is refused with 11054 when asked to', () => {
  const bench = simBench();
  send(bench, bench.maker, bench.perpetual, limitTerms('sell', 160_002, 5));
  const slid = send(
    bench,
    bench.alice,
    bench.perpetual,
    limitTerms('buy', 160_010, 2, { postOnly: true }),
  );
  assert.equal([slid.state, slid.priceTicks, slid.filledLots], ['open', 160_001, 0]);
  const strict = limitTerms('buy', 160_010, 2, { postOnly: true, rejectPostOnly: true });
  refuses(11054, () => send(bench, bench.alice, bench.perpetual, strict));
});

matching('reduce-only is cut to the position and refused without one', () => {
  const bench = simBench();
  const reduce = limitTerms('sell', 159_998, 9, { reduceOnly: true });
  refuses(11030, () => send(bench, bench.alice, bench.perpetual, reduce));
  send(bench, bench.maker, bench.perpetual, limitTerms('sell', 160_000, 4));
  send(bench, bench.alice, bench.perpetual, limitTerms('buy', 160_000, 4));
  assert.is(send(bench, bench.alice, bench.perpetual, reduce).lots, 4);
});

matching('an account never trades with itself: its resting order is cancelled', () => {
  const bench = simBench();
  const resting = send(bench, bench.alice, bench.perpetual, limitTerms('sell', 160_002, 5));
  const taker = send(bench, bench.alice, bench.perpetual, limitTerms('buy', 160_002, 5));
  assert.equal(
    [resting.state, taker.state, bench.perpetual.recentTrades.length],
    ['cancelled', 'open', 0],
  );
});

matching('late, out of band, unpayable and closed are refused by their codes', () => {
  const bench = simBench();
  const validUntilMs = simStartUs / 1_000 - 1;
  refuses(13888, () =>
    send(bench, bench.alice, bench.perpetual, limitTerms('buy', 160_000, 1, { validUntilMs })),
  );
  refuses(10007, () => send(bench, bench.alice, bench.perpetual, limitTerms('buy', 163_000, 1)));
  refuses(10005, () => send(bench, bench.alice, bench.perpetual, limitTerms('sell', 157_000, 1)));
  refuses(10009, () =>
    send(bench, bench.alice, bench.perpetual, limitTerms('buy', 160_000, 100_000_000)),
  );
  bench.perpetual.state = 'closed';
  refuses(10012, () => send(bench, bench.alice, bench.perpetual, limitTerms('buy', 160_000, 1)));
});

matching('one operation is one book frame, and change ids jump', () => {
  const bench = simBench();
  const ids: [number, number, number][] = [];
  bench.engine.listen({
    trades() {},
    quote() {},
    ticker() {},
    index() {},
    volatility() {},
    state() {},
    listed() {},
    record() {},
    committed() {},
    changes() {},
    protection() {},
    book: (_, frame) => void ids.push([frame.prevChangeId, frame.changeId, frame.bids.length / 3]),
  });
  bench.engine.run(simStartUs, () => {
    for (let at = 0; at < 3; at += 1)
      place(bench.engine, bench.maker, bench.perpetual, limitTerms('buy', 159_990 + at, 1));
  });
  send(bench, bench.maker, bench.perpetual, limitTerms('buy', 159_980, 1));
  assert.equal(
    ids.map(([, , levels]) => levels),
    [3, 1],
  );
  assert.is(ids[1]?.[0], ids[0]?.[1]);
});

function refuses(code: number, action: () => unknown): void {
  try {
    action();
  } catch (error) {
    assert.is((error as { code?: number }).code, code);
    return;
  }
  assert.unreachable(`should have been refused with ${code}`);
}

matching.run();
