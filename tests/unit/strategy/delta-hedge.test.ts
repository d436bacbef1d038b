/** The delta hedge: its sign, its size, and when there is none. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { deltaHedge, optionDeltaFloat } from '../../../actors/strategy/builtin/delta-hedge.ts';
import { benchOption, optionBench, perpetualName } from '../../fixtures/strategy-bench.ts';

const hedge = suite('delta hedge');

const call = benchOption(30, 50_000, 'call');
const put = benchOption(30, 45_000, 'put');

/** Perpetual at 50,000.0 against 50,000.5 USD; both options with greeks. */
function withBench() {
  const bench = optionBench(call, put);
  bench.book(perpetualName, [100_000, 500], [100_001, 500]);
  bench.ticker(call.name, { mark: 0.05, delta: 0.5 });
  bench.ticker(put.name, { mark: 0.03, delta: -0.3 });
  return bench;
}

const decide = (bench: ReturnType<typeof withBench>, deltaMin = 0.1) =>
  deltaHedge(bench.view, 'BTC', perpetualName, deltaMin);

hedge('sums the deltas of what is held, short options counted against', () => {
  const bench = withBench();
  bench.hold(call.name, 10); // 1 BTC × 0.5
  bench.hold(put.name, -20); // −2 BTC × −0.3
  assert.ok(Math.abs((optionDeltaFloat(bench.view, 'BTC') ?? Number.NaN) - 1.1) < 1e-12);
});

hedge('long delta sells the perpetual at the bid, sized in USD and rounded down to the lot', () => {
  const bench = withBench();
  bench.hold(call.name, 10);
  const decision = decide(bench);
  assert.is(decision?.action, 'HEDGE');
  assert.is(decision?.scope, 'hedge.BTC');
  const [intent] = decision?.intents ?? [];
  // 0.5 BTC at the mid of 50,000.25 is 25,000.125 USD: 2,500 whole lots of 10.
  assert.equal(
    [intent?.class, intent?.side, intent?.quantity, intent?.limit_price, intent?.reduce_only],
    ['HEDGE', 'sell', '25000', '50000', false],
  );
});

hedge('short delta buys at the ask', () => {
  const bench = withBench();
  bench.hold(put.name, 10);
  const [intent] = decide(bench)?.intents ?? [];
  assert.equal([intent?.side, intent?.quantity, intent?.limit_price], ['buy', '15000', '50000.5']);
});

hedge('what the perpetual hedges already is not hedged again', () => {
  const bench = withBench();
  bench.hold(call.name, 10);
  bench.hold(perpetualName, -2_500);
  assert.is(decide(bench), undefined);
});

hedge('a perpetual left over without options is delta too', () => {
  const bench = withBench();
  bench.hold(perpetualName, -2_500);
  const [intent] = decide(bench)?.intents ?? [];
  assert.equal([intent?.side, intent?.quantity], ['buy', '25000']);
});

hedge('below the threshold, or below the smallest order, nothing is done', () => {
  const bench = withBench();
  bench.hold(call.name, 1); // 0.05 BTC
  assert.is(decide(bench, 0.0501), undefined);
  assert.ok(decide(bench, 0.05));
  bench.ticker(call.name, { mark: 0.05, delta: 0.001 });
  assert.is(decide(bench, 0.00001), undefined);
});

hedge('without greeks, without a book or without the instrument there is no guess', () => {
  const blind = withBench();
  blind.hold(call.name, 10);
  blind.ticker(call.name, { mark: 0.05 });
  assert.is(decide(blind), undefined);

  const gapped = withBench();
  gapped.hold(call.name, 10);
  gapped.gap(perpetualName);
  assert.is(decide(gapped), undefined);

  const oneSided = withBench();
  oneSided.hold(call.name, 10);
  oneSided.book(perpetualName, [100_000, 500], []);
  assert.is(decide(oneSided), undefined);

  const unknown = withBench();
  unknown.hold(call.name, 10);
  assert.is(deltaHedge(unknown.view, 'BTC', 'ETH-PERPETUAL', 0.1), undefined);
});

hedge('options of another underlying are not its business', () => {
  const bench = withBench();
  bench.hold(call.name, 10);
  assert.is(optionDeltaFloat(bench.view, 'ETH'), 0);
});

hedge.run();
