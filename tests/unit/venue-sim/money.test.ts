/** Money: inverse and option profit, fees with their cap, averages, and margin that refuses. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { marginOf, positionRow, walletOf } from '../../../streams/venues/simulated/index.ts';
import {
  type Bench,
  limitTerms,
  send,
  simBench,
  totals,
} from '../../fixtures/venue-sim/engines.ts';

const money = suite('simulated money');
const satoshi = 1e-8;

function trade(
  bench: Bench,
  market: 'perpetual' | 'option',
  side: 'buy' | 'sell',
  ticks: number,
  lots: number,
): void {
  const other = side === 'buy' ? 'sell' : 'buy';
  send(bench, bench.maker, bench[market], limitTerms(other, ticks, lots));
  send(bench, bench.alice, bench[market], limitTerms(side, ticks, lots));
}

money('a long inverse perpetual earns amount × (1/entry − 1/exit) coins, less fees', () => {
  const bench = simBench();
  trade(bench, 'perpetual', 'buy', 160_000, 1_000);
  bench.perpetual.mark.price = 80_400;
  trade(bench, 'perpetual', 'sell', 160_800, 1_000);
  const wallet = walletOf(bench.alice, 'BTC');
  assert.ok(Math.abs(wallet.realised * satoshi - 10_000 * (1 / 80_000 - 1 / 80_400)) < 2 * satoshi);
  const fees = 0.00035 * (10_000 / 80_000 + 10_000 / 80_400);
  assert.ok(Math.abs(wallet.feesPaid * satoshi - fees) < 2 * satoshi);
  assert.is(wallet.cash, 10 / satoshi + wallet.realised - wallet.feesPaid);
  assert.equal(totals(bench.engine), { lots: 0, money: 0 });
});

money('a position that turns starts a new average', () => {
  const bench = simBench();
  trade(bench, 'perpetual', 'buy', 160_000, 100);
  trade(bench, 'perpetual', 'sell', 160_400, 300);
  const row = positionRow(
    bench.perpetual,
    bench.alice.positions.get(bench.perpetual.product.index),
  );
  assert.equal([row.size, row.direction, row.average_price], [-2_000, 'sell', 80_200]);
});

money('an option costs its premium at once and is worth its mark', () => {
  const bench = simBench();
  trade(bench, 'option', 'buy', 500, 10);
  const wallet = walletOf(bench.alice, 'BTC');
  assert.is(wallet.cash, 10 / satoshi - 0.05 / satoshi - 0.0003 / satoshi);
  bench.option.mark.price = 0.07;
  const figures = marginOf(bench.alice, 'BTC', (index) => bench.engine.marketAt(index));
  assert.is(figures.optionsValue, 7_000_000);
  assert.is(figures.equity - wallet.cash, 7_000_000);
});

money('an option fee never exceeds an eighth of its price', () => {
  const bench = simBench();
  bench.option.mark.price = 0.001;
  trade(bench, 'option', 'buy', 10, 10);
  assert.is(walletOf(bench.alice, 'BTC').feesPaid, (0.001 * 0.125) / satoshi);
});

money('a short option is margined and refused when the money is not there', () => {
  const bench = simBench();
  send(bench, bench.maker, bench.option, limitTerms('buy', 500, 10_000));
  assert.throws(
    () => send(bench, bench.alice, bench.option, limitTerms('sell', 500, 1_000)),
    /not_enough_funds/,
  );
  assert.is(send(bench, bench.alice, bench.option, limitTerms('sell', 500, 100)).state, 'filled');
  const figures = marginOf(bench.alice, 'BTC', (index) => bench.engine.marketAt(index));
  assert.is(figures.initial, Math.round((0.15 + 0.05) * 10 * 1e8));
});

money.run();
