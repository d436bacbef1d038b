/** The option pair: open, hold, hedge, close, in that order and one step at a time. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { strategyKinds } from '../../../actors/strategy/index.ts';
import type { StrategyDecision } from '../../../streams/facts/decision.ts';
import { benchOption, optionBench, perpetualName } from '../../fixtures/strategy-bench.ts';

const pair = suite('option pair');

const low = benchOption(7, 50_000, 'call');
const high = benchOption(7, 52_000, 'call');

function withBench(changes: object = {}) {
  const kind = strategyKinds.get('option-pair');
  if (kind === undefined) throw new Error('no such kind');
  const parameters = {
    base_currency: 'BTC',
    style: 'vertical',
    leg_amount: 0.5,
    hold_s: 30,
    cooldown_s: 4,
    depth_factor: 1,
    spread_fraction_max: 0.25,
    pool_strikes: 4,
    pool_expiries: 2,
    expiry_s_min: 3_600,
    hedge_instrument: perpetualName,
    hedge_delta_min: 0.1,
    ...changes,
  };
  const strategy = kind.create(kind.parameters.parse(parameters));
  const bench = optionBench(low, high);
  const tick = (): StrategyDecision | undefined => {
    bench.book(perpetualName, [100_000, 5_000], [100_001, 5_000]);
    bench.ticker(low.name, { mark: 0.05, delta: 0.6 });
    bench.ticker(high.name, { mark: 0.05, delta: 0.4 });
    bench.book(low.name, [98, 50], [102, 50]);
    return bench.tell(strategy, bench.book(high.name, [97, 50], [103, 50]));
  };
  return { bench, strategy, tick };
}

pair('opens both legs in one decision, at the touch, as one group', () => {
  const decision = withBench().tick();
  assert.is(decision?.action, 'ENTER');
  assert.is(decision?.scope, `vertical.BTC.${low.expiryUs}`);
  const legs = decision?.intents.map((intent) => [
    intent.leg_idx,
    intent.instrument,
    intent.class,
    intent.side,
    intent.quantity,
    intent.limit_price,
    intent.time_in_force,
  ]);
  assert.equal(legs, [
    [0, low.name, 'OPEN', 'buy', '0.5', '0.051', 'immediate_or_cancel'],
    [1, high.name, 'OPEN', 'sell', '0.5', '0.0485', 'immediate_or_cancel'],
  ]);
});

pair('the fee of a leg is a rate of the underlying, its edge an assumption', () => {
  const [intent] = withBench({ assumed_edge_usd: 7 }).tick()?.intents ?? [];
  // 0.5 BTC × 0.00035 × 50,000 USD.
  assert.equal(intent?.edge, { gross_usd: 7, fee_usd: 8.75, slippage_usd: 0 });
});

pair('rests after a decision for its cooldown', () => {
  const { bench, tick } = withBench();
  assert.ok(tick());
  bench.pass(3_999);
  assert.is(tick(), undefined);
  bench.pass(1);
  assert.ok(tick());
});

pair('decides nothing while a leg or the hedge is under way', () => {
  const { bench, tick } = withBench();
  bench.work(high.name, 5);
  assert.is(tick(), undefined);
  bench.pass(1_000);
  bench.work(high.name, 0);
  bench.work(perpetualName, 1);
  assert.is(tick(), undefined);
  bench.pass(1_000);
  bench.work(perpetualName, 0);
  assert.is(tick()?.action, 'ENTER');
});

pair('while a pair is held no other is opened', () => {
  const { bench, tick } = withBench({ hedge_instrument: null });
  bench.hold(low.name, 5);
  bench.hold(high.name, -5);
  assert.is(tick(), undefined);
});

pair('hedges the delta of what it holds before anything else', () => {
  const { bench, tick } = withBench({ hedge_delta_min: 0.05 });
  bench.hold(low.name, 5);
  bench.hold(high.name, -5);
  // 0.5 × 0.6 − 0.5 × 0.4 = 0.1 BTC.
  const decision = tick();
  assert.is(decision?.action, 'HEDGE');
  assert.equal(
    decision?.intents.map(({ instrument, side, quantity }) => [instrument, side, quantity]),
    [[perpetualName, 'sell', '5000']],
  );
});

pair('closes what it holds after its time: each leg at the touch it can be left at', () => {
  const { bench, tick } = withBench({ hedge_instrument: null });
  bench.hold(low.name, 5);
  bench.hold(high.name, -5);
  assert.is(tick(), undefined);
  bench.pass(29_999);
  assert.is(tick(), undefined);
  bench.pass(250);
  const decision = tick();
  assert.is(decision?.action, 'EXIT');
  assert.is(decision?.scope, 'close.BTC');
  const legs = decision?.intents.map((intent) => [
    intent.instrument,
    intent.class,
    intent.side,
    intent.quantity,
    intent.limit_price,
    intent.reduce_only,
  ]);
  assert.equal(legs, [
    [low.name, 'CLOSE', 'sell', '0.5', '0.049', true],
    [high.name, 'CLOSE', 'buy', '0.5', '0.0515', true],
  ]);
});

pair('a leg without a touch stays, the other is closed', () => {
  const { bench, strategy, tick } = withBench({ hedge_instrument: null });
  bench.hold(low.name, 5);
  bench.hold(high.name, -5);
  tick();
  bench.pass(30_000);
  bench.book(low.name, [98, 50], [102, 50]);
  const decision = bench.tell(strategy, bench.book(high.name, [97, 50], []));
  assert.equal(
    decision?.intents.map(({ instrument }) => instrument),
    [low.name],
  );
});

pair('the hold time begins anew with the next position', () => {
  const { bench, tick } = withBench({ hedge_instrument: null, cooldown_s: 0 });
  bench.hold(low.name, 5);
  tick();
  bench.pass(20_000);
  bench.hold(low.name, 0);
  assert.is(tick()?.action, 'ENTER');
  bench.hold(low.name, 5);
  bench.pass(1_000);
  tick();
  bench.pass(20_000);
  assert.is(tick(), undefined);
});

pair('rounds the leg down to the lot', () => {
  const [intent] = withBench({ leg_amount: 0.59 }).tick()?.intents ?? [];
  assert.is(intent?.quantity, '0.5');
});

pair('wakes for books and tickers of options of its underlying', () => {
  const { bench, strategy } = withBench({ base_currency: 'ETH' });
  assert.is(strategy.wants(bench.book(low.name, [1, 1], [2, 1])), false);
  const btc = withBench();
  assert.is(btc.strategy.wants(btc.bench.ticker(low.name, { mark: 0.05 })), true);
  assert.is(btc.strategy.wants(btc.bench.trade(low.name, 'buy', 1)), false);
  assert.is(btc.strategy.wants(btc.bench.book(perpetualName, [1, 1], [2, 1])), false);
});

pair('the same events lead to the same decisions', () => {
  const play = (): unknown[] => {
    const { bench, tick } = withBench();
    return Array.from({ length: 60 }, (_, step) => {
      if (step === 10) bench.hold(low.name, 5);
      if (step === 10) bench.hold(high.name, -5);
      if (step === 50) bench.hold(low.name, 0);
      bench.pass(1_000);
      return tick() ?? null;
    });
  };
  const played = play();
  assert.ok(played.filter((decision) => decision !== null).length > 5);
  assert.equal(play(), played);
});

pair.run();
