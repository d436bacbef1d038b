/** Clauses C-604 to C-606: where profit came from, what a size costs, how kind predictions were. */
import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { decomposePnl, SlippageCalibration, simulateFill } from '../../../actors/evidence/index.ts';
import { HandMarket } from '../../fixtures/execution-room.ts';
import { perpetualInstrument } from '../../fixtures/instruments.ts';

const realism = suite('conformance: realism');

const greeks = { deltaFloat: 0.5, gammaFloat: 0.0001, vegaFloat: 12, thetaFloat: -0.04 };
const start = { tsUs: 0, spotFloat: 80_000, ivPercentFloat: 60 };
const halfDay = { ...start, tsUs: 43_200_000_000 };

realism('C-604 spot and volatility unchanged: delta and vega 0, theta of half a day', () => {
  const parts = decomposePnl({
    amountFloat: 1,
    greeks,
    from: start,
    to: halfDay,
    totalPnlFloat: -0.02,
    feesFloat: 0.001,
  });
  assert.is(parts.deltaFloat, 0);
  assert.is(parts.gammaFloat, 0);
  assert.is(parts.vegaFloat, 0);
  assert.is(parts.thetaFloat, -0.02);
  assert.is(parts.residualFloat, 0);
  assert.is(parts.feesFloat, -0.001);
});

realism('C-604 the parts and the residual add up to the whole', () => {
  const move = { tsUs: 43_200_000_000, spotFloat: 80_100, ivPercentFloat: 61 };
  const parts = decomposePnl({
    amountFloat: -2,
    greeks,
    from: start,
    to: move,
    totalPnlFloat: 7,
    feesFloat: 0,
  });
  assert.is(parts.deltaFloat, -100);
  assert.is(parts.gammaFloat, -1);
  assert.is(parts.vegaFloat, -24);
  const { deltaFloat, gammaFloat, thetaFloat, vegaFloat, residualFloat } = parts;
  const sum = deltaFloat + gammaFloat + thetaFloat + vegaFloat + residualFloat;
  assert.ok(Math.abs(sum - 7) < 1e-9, String(sum));
});

function thinBook() {
  const market = new HandMarket();
  const instrument = perpetualInstrument();
  market.book(instrument, [199_999, 10, 199_990, 50], [200_001, 10, 200_011, 20, 200_101, 500], 0);
  const book = market.get(instrument.name)?.book;
  if (book === undefined) throw new Error('no book');
  return book;
}

realism('C-605 the same input gives the same output, twice the size slips more', () => {
  const book = thinBook();
  const one = simulateFill({ book, side: 'buy', lots: 10 });
  assert.equal(simulateFill({ book, side: 'buy', lots: 10 }), one);
  assert.is(one.slippageBpsFloat, 0);
  const two = simulateFill({ book, side: 'buy', lots: 20 });
  assert.ok((two.slippageBpsFloat ?? 0) > 0);
  assert.is(two.averagePriceFloat, 100_003);
});

realism(
  'C-605 no size slips less than a smaller one, and none is filled beyond limit or book',
  () => {
    const book = thinBook();
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 600 }), fc.integer({ min: 1, max: 600 }), (a, b) => {
        const [small, large] = a < b ? [a, b] : [b, a];
        const less = simulateFill({ book, side: 'buy', lots: small });
        const more = simulateFill({ book, side: 'buy', lots: large });
        assert.ok((more.slippageBpsFloat ?? 0) >= (less.slippageBpsFloat ?? 0) - 1e-9);
        assert.ok(more.filledLots <= 530 && more.feeFloat >= less.feeFloat);
        const limited = simulateFill({ book, side: 'buy', lots: large, limitTicks: 200_011 });
        assert.ok(limited.filledLots <= 30);
      }),
    );
  },
);

realism('C-605 nothing within the limit is no fill, and costs nothing', () => {
  const none = simulateFill({ book: thinBook(), side: 'sell', lots: 5, limitTicks: 200_000 });
  assert.equal(none, {
    filledLots: 0,
    averagePriceFloat: null,
    slippageBpsFloat: null,
    feeFloat: 0,
  });
});

const trade = (predictedBpsFloat: number, strategyId = 'one') => ({
  strategyId,
  kind: 'perpetual' as const,
  predictedBpsFloat,
});

realism('C-606 fifty fills at 1.2 times the prediction: 1.2; none: 1.3', () => {
  const calibration = new SlippageCalibration(() => 1.3);
  assert.is(calibration.penaltyFloat(trade(2)), 1.3);
  for (let fill = 0; fill < 50; fill += 1) {
    const predicted = 3 + (fill % 5);
    calibration.add(trade(predicted), predicted * 1.2);
  }
  assert.ok(Math.abs(calibration.penaltyFloat(trade(4)) - 1.2) <= 0.05);
});

realism('C-606 the penalty stays within 1.0 and 2.5 and looks at the last 200 fills', () => {
  const calibration = new SlippageCalibration(() => 1.3);
  for (let fill = 0; fill < 200; fill += 1) calibration.add(trade(1), 10);
  assert.is(calibration.penaltyFloat(trade(1)), 2.5);
  for (let fill = 0; fill < 101; fill += 1) calibration.add(trade(1), 0.1);
  assert.is(calibration.penaltyFloat(trade(1)), 1, 'the median of the last 200');
});

realism('C-606 another strategy, kind of instrument or depth of book learns for itself', () => {
  const calibration = new SlippageCalibration(() => 1.3);
  for (let fill = 0; fill < 9; fill += 1) calibration.add(trade(1), 2);
  assert.is(calibration.penaltyFloat(trade(1)), 1.3, 'nine fills are an anecdote');
  calibration.add(trade(1), 2);
  assert.is(calibration.penaltyFloat(trade(1)), 2);
  for (const other of [trade(1, 'two'), trade(11), trade(0)]) {
    assert.is(calibration.penaltyFloat(other), 1.3);
  }
  assert.is(calibration.penaltyFloat({ ...trade(1), kind: 'option' }), 1.3);
});

realism('C-606 one wild fill moves nothing', () => {
  const calibration = new SlippageCalibration(() => 1.3);
  for (let fill = 0; fill < 20; fill += 1) calibration.add(trade(1), 1.5);
  calibration.add(trade(0.001), 100);
  assert.is(calibration.penaltyFloat(trade(1)), 1.5);
});

realism.run();
