/** Which two options are picked, and that the choice depends on nothing but the market. */
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { optionPairParameters } from '../../../actors/strategy/builtin/option-pair.ts';
import { selectPair, selectPool } from '../../../actors/strategy/builtin/option-selection.ts';
import type { Instrument } from '../../../streams/facts/instrument.ts';
import { benchOption, optionBench, StrategyBench } from '../../fixtures/strategy-bench.ts';

const selection = suite('option selection');

function parametersOf(changes: object = {}) {
  return optionPairParameters.parse({
    base_currency: 'BTC',
    style: 'any',
    leg_amount: 1,
    hold_s: 30,
    cooldown_s: 3,
    depth_factor: 2,
    spread_fraction_max: 0.25,
    pool_strikes: 4,
    pool_expiries: 2,
    expiry_s_min: 3_600,
    hedge_instrument: null,
    hedge_delta_min: 0.1,
    ...changes,
  });
}

/** Quoted around a mark of 0.05: 100 ticks, so that one tick of spread is a hundredth. */
function quote(bench: StrategyBench, { name }: Instrument, spreadTicks: number, lots = 100): void {
  bench.ticker(name, { mark: 0.05, delta: 0.5 });
  bench.book(name, [100 - spreadTicks / 2, lots], [100 + spreadTicks / 2, lots]);
}

function pick(bench: StrategyBench, changes: object = {}) {
  const pair = selectPair(bench.view, parametersOf(changes), bench.nowUs);
  if (pair === undefined) return undefined;
  return { style: pair.style, scope: pair.scope, names: [pair.long.name, pair.short.name] };
}

const near48 = benchOption(7, 48_000, 'call');
const near50 = benchOption(7, 50_000, 'call');
const near52 = benchOption(7, 52_000, 'call');
const nearPut = benchOption(7, 48_000, 'put');
const farPut = benchOption(30, 45_000, 'put');
const farCall = benchOption(30, 55_000, 'call');

selection('a vertical is the tightest pair of neighbouring calls: the lower strike bought', () => {
  const bench = optionBench(near48, near50, near52);
  quote(bench, near48, 8);
  quote(bench, near50, 4);
  quote(bench, near52, 6);
  const pair = selectPair(bench.view, parametersOf({ style: 'vertical' }), bench.nowUs);
  assert.equal([pair?.long.name, pair?.short.name], [near50.name, near52.name]);
  assert.is(pair?.spreadFraction, 0.06);
  const legs = pair?.legs.map(({ view, side, ticks }) => [view.instrument.name, side, ticks]);
  assert.equal(legs, [
    [near50.name, 'buy', 102],
    [near52.name, 'sell', 97],
  ]);
});

selection('a strangle buys a call and a put of one expiry', () => {
  const bench = optionBench(near50, nearPut);
  quote(bench, near50, 4);
  quote(bench, nearPut, 4);
  const pair = selectPair(bench.view, parametersOf({ style: 'strangle' }), bench.nowUs);
  assert.equal(
    pair?.legs.map(({ side, ticks }) => [side, ticks]),
    [
      ['buy', 102],
      ['buy', 102],
    ],
  );
  assert.is(pick(bench, { style: 'vertical' }), undefined);
});

selection('a diagonal buys the far option and sells the near one of its type', () => {
  const bench = optionBench(near50, farCall, nearPut, farPut);
  quote(bench, near50, 4);
  quote(bench, farCall, 4);
  quote(bench, nearPut, 2);
  quote(bench, farPut, 2);
  const pair = selectPair(bench.view, parametersOf({ style: 'diagonal' }), bench.nowUs);
  assert.is(pair?.style, 'diagonal');
  assert.equal(
    pair?.legs.map(({ view, side, ticks }) => [view.instrument.name, side, ticks]),
    [
      [farPut.name, 'buy', 101],
      [nearPut.name, 'sell', 99],
    ],
  );
});

selection('any style goes across expiries only when no expiry offers a pair', () => {
  const sparse = optionBench(near50, farCall);
  quote(sparse, near50, 4);
  quote(sparse, farCall, 4);
  assert.is(pick(sparse)?.style, 'diagonal');

  const richer = optionBench(near50, nearPut, farCall);
  quote(richer, near50, 8);
  quote(richer, nearPut, 8);
  quote(richer, farCall, 2);
  assert.is(pick(richer)?.style, 'strangle');
});

for (const [what, spoil] of [
  ['wider than allowed', (bench: StrategyBench) => quote(bench, near52, 26)],
  ['not deep enough', (bench: StrategyBench) => quote(bench, near52, 4, 19)],
  ['one-sided', (bench: StrategyBench) => void bench.book(near52.name, [98, 100], [])],
  ['invalid after a gap', (bench: StrategyBench) => void bench.gap(near52.name)],
  ['not open', (b: StrategyBench) => void b.ticker(near52.name, { mark: 0.05, state: 'closed' })],
  ['without a mark', (bench: StrategyBench) => void bench.ticker(near52.name, { mark: 0 })],
  ['far from its mark', (bench: StrategyBench) => void bench.ticker(near52.name, { mark: 0.04 })],
] as const) {
  selection(`a leg that is ${what} is not taken`, () => {
    const bench = optionBench(near50, near52);
    quote(bench, near50, 4);
    quote(bench, near52, 4);
    assert.ok(pick(bench));
    spoil(bench);
    assert.is(pick(bench), undefined);
  });
}

selection('a leg whose book is older than believed is not taken', () => {
  const bench = optionBench(near50, near52);
  quote(bench, near50, 4);
  quote(bench, near52, 4);
  bench.pass(5_000);
  assert.ok(pick(bench, { book_age_s_max: 5 }));
  bench.pass(1);
  assert.is(pick(bench, { book_age_s_max: 5 }), undefined);
});

selection('an expiry too near, or another underlying, is not traded', () => {
  const bench = optionBench(near50, near52);
  quote(bench, near50, 4);
  quote(bench, near52, 4);
  const sevenDaysS = 7 * 86_400;
  assert.ok(pick(bench, { expiry_s_min: sevenDaysS }));
  assert.is(pick(bench, { expiry_s_min: sevenDaysS + 1 }), undefined);
  assert.is(pick(bench, { base_currency: 'ETH' }), undefined);
});

selection('the order in which the market lists instruments does not matter', () => {
  const chain = [near48, near50, near52, nearPut, farPut, farCall];
  fc.assert(
    fc.property(
      fc.shuffledSubarray(chain, { minLength: chain.length }),
      fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 6, maxLength: 6 }),
      (shuffled, halves) => {
        const picked = [chain, shuffled].map((instruments) => {
          const bench = new StrategyBench(instruments);
          for (const [at, option] of chain.entries()) quote(bench, option, (halves[at] ?? 1) * 2);
          return pick(bench);
        });
        assert.equal(picked[0], picked[1]);
      },
    ),
  );
});

selection('the pool is the middle strikes of the nearest expiries, and the hedge', () => {
  const strikes = [44, 46, 48, 50, 52, 54].map((thousands) => thousands * 1_000);
  const options = [7, 14, 30].flatMap((days) =>
    strikes.flatMap((strike) => [
      benchOption(days, strike, 'call'),
      benchOption(days, strike, 'put'),
    ]),
  );
  const bench = optionBench(...options);
  const parameters = parametersOf({ pool_strikes: 2, hedge_instrument: 'BTC-PERPETUAL' });
  const pool = selectPool(parameters, bench.market.instruments);
  const expected = [7, 14].flatMap((days) =>
    [48_000, 50_000].flatMap((strike) => [`BTC-${days}D-${strike}-C`, `BTC-${days}D-${strike}-P`]),
  );
  assert.equal([...pool].sort(), [...expected, 'BTC-PERPETUAL'].sort());
});

selection.run();
