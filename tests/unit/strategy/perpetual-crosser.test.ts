/** The perpetual crosser: when it enters, leaves, waits, and how large it trades. */
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type Strategy, strategyKinds } from '../../../actors/strategy/index.ts';
import { perpetualInstrument } from '../../fixtures/instruments.ts';
import { perpetualName, StrategyBench } from '../../fixtures/strategy-bench.ts';

const crosser = suite('perpetual crosser');

const imbalanceOnly = {
  instrument: perpetualName,
  order_amount: 1_000,
  position_amount_max: 2_500,
  enter_bps: 3,
  exit_bps: 1,
  hold_s_max: 20,
  cooldown_ms: 1_000,
  imbalance_gain_bps: 6,
  trend_gain: 0,
  flow_gain_bps: 0,
};

function make(changes: Partial<typeof imbalanceOnly> = {}): Strategy {
  const kind = strategyKinds.get('perpetual-crosser');
  if (kind === undefined) throw new Error('no such kind');
  return kind.create(kind.parameters.parse({ ...imbalanceOnly, ...changes }));
}

function withBench(changes: Partial<typeof imbalanceOnly> = {}) {
  const bench = new StrategyBench([perpetualInstrument()]);
  const strategy = make(changes);
  /** A book of 100,000.0 against 100,000.5 USD with so many lots a side. */
  const tick = (bidLots: number, askLots: number) =>
    bench.tell(strategy, bench.book(perpetualName, [200_000, bidLots], [200_001, askLots]));
  /** Entered just now, and rested: the position is its own and young. */
  const enter = (lots: number): void => {
    const decision = lots > 0 ? tick(90, 10) : tick(10, 90);
    assert.is(decision?.action, 'ENTER');
    bench.hold(perpetualName, lots);
    bench.pass(changes.cooldown_ms ?? imbalanceOnly.cooldown_ms);
  };
  return { bench, strategy, tick, enter };
}

crosser('a heavy bid buys at the ask with an IOC limit, a heavy ask sells at the bid', () => {
  const buys = withBench().tick(90, 10);
  assert.is(buys?.action, 'ENTER');
  assert.is(buys?.scope, perpetualName);
  const [buy] = buys?.intents ?? [];
  assert.is(buy?.class, 'OPEN');
  assert.is(buy?.side, 'buy');
  assert.is(buy?.limit_price, '100000.5');
  assert.is(buy?.quantity, '1000');
  assert.is(buy?.time_in_force, 'immediate_or_cancel');
  assert.is(buy?.reduce_only, false);
  const [sell] = withBench().tick(10, 90)?.intents ?? [];
  assert.is(sell?.side, 'sell');
  assert.is(sell?.limit_price, '100000');
});

crosser('the expected move is the imbalance times its gain, and the threshold is inclusive', () => {
  // (75 − 25) / 100 × 6 bps = 3 bps.
  assert.is(withBench().tick(75, 25)?.signal.expected_bps, 3);
  assert.is(withBench().tick(74, 26), undefined);
});

crosser('states its edge: the expected move on its notional, less the taker fee', () => {
  const [intent] = withBench().tick(75, 25)?.intents ?? [];
  assert.equal(intent?.edge, { gross_usd: 0.3, fee_usd: 0.35, slippage_usd: 0 });
});

crosser('rests after a decision for its cooldown', () => {
  const { bench, tick } = withBench();
  assert.ok(tick(90, 10));
  bench.pass(999);
  assert.is(tick(90, 10), undefined);
  bench.pass(1);
  assert.ok(tick(90, 10));
});

crosser('decides nothing while an order of its own is under way', () => {
  const { bench, tick } = withBench();
  bench.work(perpetualName, 100);
  assert.is(tick(90, 10), undefined);
  bench.work(perpetualName, 0);
  assert.ok(tick(90, 10));
});

crosser('adds to a position up to its limit and no further', () => {
  const { bench, tick, enter } = withBench({ cooldown_ms: 0 });
  enter(150);
  assert.is(tick(90, 10)?.intents[0]?.quantity, '1000');
  bench.hold(perpetualName, 151);
  bench.pass(1);
  assert.is(tick(90, 10), undefined);
});

crosser('does not enter against the position it holds', () => {
  const { tick, enter } = withBench({ exit_bps: 5 });
  enter(100);
  // −3 bps: enough to enter short, not enough to leave.
  assert.is(tick(25, 75), undefined);
});

crosser('leaves the whole position when the signal turns', () => {
  const { bench, tick, enter } = withBench();
  enter(-130);
  // The move against a short is a rise of at least 1 bp.
  assert.is(tick(58, 42), undefined);
  bench.pass(1);
  const decision = tick(59, 41);
  assert.is(decision?.action, 'EXIT');
  assert.equal(decision?.reasons, ['signal_turned']);
  const [close] = decision?.intents ?? [];
  assert.equal(
    [close?.class, close?.reduce_only, close?.side, close?.quantity, close?.limit_price],
    ['CLOSE', true, 'buy', '1300', '100000.5'],
  );
});

crosser('leaves a position it has held long enough, whatever the signal says', () => {
  const { bench, tick, enter } = withBench({ cooldown_ms: 0 });
  enter(100);
  bench.pass(20_000);
  assert.is(tick(60, 40), undefined);
  bench.pass(1);
  assert.equal(tick(60, 40)?.reasons, ['held_long_enough']);
});

crosser('leaves a position an earlier run left behind', () => {
  const { bench, tick } = withBench();
  bench.hold(perpetualName, 40);
  const decision = tick(50, 50);
  assert.is(decision?.action, 'EXIT');
  assert.is(decision?.intents[0]?.quantity, '400');
});

crosser('rounds the order down to the lot', () => {
  const { tick } = withBench({ order_amount: 1_009 });
  assert.is(tick(90, 10)?.intents[0]?.quantity, '1000');
});

crosser('without a whole, valid book there is no decision', () => {
  const { bench, strategy } = withBench();
  const oneSided = bench.book(perpetualName, [200_000, 90], []);
  assert.is(bench.tell(strategy, oneSided), undefined);
  bench.book(perpetualName, [200_000, 90], [200_001, 10]);
  assert.is(bench.tell(strategy, bench.gap(perpetualName)), undefined);
});

crosser('trend and flow move the signal in their direction', () => {
  const { bench, strategy } = withBench({
    imbalance_gain_bps: 0,
    trend_gain: 1,
    flow_gain_bps: 10,
    cooldown_ms: 0,
  });
  bench.tell(strategy, bench.book(perpetualName, [200_000, 10], [200_001, 10]));
  bench.pass(2_000);
  const rise = bench.tell(strategy, bench.book(perpetualName, [200_200, 10], [200_201, 10]));
  assert.is(rise?.intents[0]?.side, 'buy');

  const sold = withBench({ imbalance_gain_bps: 0, trend_gain: 0, flow_gain_bps: 10 });
  sold.bench.tell(sold.strategy, sold.bench.trade(perpetualName, 'sell', 50));
  assert.is(sold.tick(50, 50)?.intents[0]?.side, 'sell');
});

crosser('wakes for books and trades of its instrument only', () => {
  const bench = new StrategyBench([
    perpetualInstrument(),
    perpetualInstrument({ name: 'ETH-PERPETUAL', base_currency: 'ETH' }),
  ]);
  const strategy = make();
  assert.is(strategy.wants(bench.book('ETH-PERPETUAL', [1, 1], [2, 1])), false);
  assert.is(strategy.wants(bench.ticker(perpetualName, { mark: 100_000 })), false);
  assert.is(strategy.wants(bench.trade(perpetualName, 'buy', 1)), true);
});

crosser('the same events lead to the same decisions, however often they are played', () => {
  const step = fc.record({
    waitMs: fc.integer({ min: 0, max: 3_000 }),
    bidLots: fc.integer({ min: 1, max: 100 }),
    askLots: fc.integer({ min: 1, max: 100 }),
    ticks: fc.integer({ min: 199_000, max: 201_000 }),
    traded: fc.integer({ min: -20, max: 20 }),
    held: fc.integer({ min: -250, max: 250 }),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const play = (): unknown[] => {
        const { bench, strategy } = withBench({ trend_gain: 0.8, flow_gain_bps: 4 });
        return steps.map(({ waitMs, bidLots, askLots, ticks, traded, held }) => {
          bench.pass(waitMs);
          bench.hold(perpetualName, held);
          const side = traded > 0 ? 'buy' : 'sell';
          bench.tell(strategy, bench.trade(perpetualName, side, Math.abs(traded)));
          const book = bench.book(perpetualName, [ticks, bidLots], [ticks + 1, askLots]);
          return bench.tell(strategy, book) ?? null;
        });
      };
      assert.equal(play(), play());
    }),
    { numRuns: 50 },
  );
});

crosser('whatever the market, an order never takes the position past its limit', () => {
  const point = fc.record({
    held: fc.integer({ min: -250, max: 250 }),
    bidLots: fc.integer({ min: 1, max: 100 }),
    askLots: fc.integer({ min: 1, max: 100 }),
  });
  fc.assert(
    fc.property(point, ({ held, bidLots, askLots }) => {
      const { bench, tick } = withBench();
      bench.hold(perpetualName, held);
      const [intent] = tick(bidLots, askLots)?.intents ?? [];
      if (intent === undefined) return;
      const lots = Number(intent.quantity) / 10;
      const after = held + (intent.side === 'buy' ? lots : -lots);
      assert.ok(Math.abs(after) <= 250);
      if (intent.class === 'CLOSE') assert.is(after, 0);
    }),
  );
});

crosser.run();
