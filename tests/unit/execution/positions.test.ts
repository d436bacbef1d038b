/** Positions: exact lots from fills in any order; prices and profit as the contract defines them. */
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type Fill, Positions } from '../../../actors/execution/positions.ts';
import type { Instrument } from '../../../streams/facts/instrument.ts';
import { optionInstrument, perpetualInstrument } from '../../fixtures/instruments.ts';

const positions = suite('positions');
const inverse = perpetualInstrument();
const linear = perpetualInstrument({
  name: 'BTC_USDC-PERPETUAL',
  margin: 'linear',
  settlement_currency: 'USDC',
  quote_currency: 'USDC',
  lot_size: '0.01',
  min_amount: '0.01',
});

function fill(instrument: Instrument, side: 'buy' | 'sell', lots: number, price: number): Fill {
  return {
    instrument,
    side,
    lots,
    priceTicks: Math.round(price * instrument.price.perUnit),
    feeFloat: 0,
    indexFloat: 50_000,
    tsUs: 1,
  };
}

function near(actual: number | undefined, expected: number): void {
  assert.ok(Math.abs((actual ?? Number.NaN) - expected) < 1e-9, `${actual} is not ${expected}`);
}

positions('lots are the signed sum of the fills, whatever their order', () => {
  const fills = fc.array(fc.tuple(fc.constantFrom('buy' as const, 'sell' as const), fc.nat(50)));
  fc.assert(
    fc.property(fills, (list) => {
      const book = new Positions();
      for (const [side, lots] of list) book.apply(fill(inverse, side, lots + 1, 50_000));
      const sum = list.reduce(
        (at, [side, lots]) => at + (side === 'buy' ? lots + 1 : -lots - 1),
        0,
      );
      assert.is(book.lots(inverse.name), sum);
      if (sum === 0 && list.length > 0) assert.is(book.get(inverse.name)?.averagePriceFloat, 0);
    }),
  );
});

positions('an inverse contract profits in coin by the difference of reciprocals', () => {
  const book = new Positions();
  book.apply(fill(inverse, 'buy', 1_000, 50_000));
  book.apply(fill(inverse, 'sell', 1_000, 62_500));
  // 10 000 USD × (1/50 000 − 1/62 500) = 0.04 coin.
  near(book.get(inverse.name)?.realisedPnlFloat, 0.04);
  near(book.get(inverse.name)?.realisedUsdFloat, 2_000);
});

positions('an inverse short profits when the price falls', () => {
  const book = new Positions();
  book.apply(fill(inverse, 'sell', 1_000, 50_000));
  book.apply(fill(inverse, 'buy', 1_000, 40_000));
  near(book.get(inverse.name)?.realisedPnlFloat, 0.05);
});

positions('a linear contract and an option profit linearly, in their own currency', () => {
  const book = new Positions();
  book.apply(fill(linear, 'buy', 100, 50_000));
  book.apply(fill(linear, 'sell', 50, 51_000));
  near(book.get(linear.name)?.realisedPnlFloat, 500);
  near(book.get(linear.name)?.realisedUsdFloat, 500);
  const option = optionInstrument();
  book.apply(fill(option, 'sell', 10, 0.05));
  book.apply(fill(option, 'buy', 10, 0.04));
  near(book.get(option.name)?.realisedPnlFloat, 0.01);
  near(book.get(option.name)?.realisedUsdFloat, 500);
});

positions('crossing zero closes at the old price and opens at the new one', () => {
  const book = new Positions();
  book.apply(fill(linear, 'buy', 100, 50_000));
  book.apply(fill(linear, 'sell', 150, 49_000));
  near(book.get(linear.name)?.realisedPnlFloat, -1_000);
  assert.is(book.lots(linear.name), -50);
  near(book.get(linear.name)?.averagePriceFloat, 49_000);
});

positions('fees reduce the profit in dollars, rebates raise it', () => {
  const book = new Positions();
  book.apply({ ...fill(inverse, 'buy', 100, 50_000), feeFloat: 0.0001 });
  book.apply({ ...fill(inverse, 'buy', 100, 50_000), feeFloat: -0.00002 });
  near(book.get(inverse.name)?.realisedUsdFloat, -4);
});

positions.run();
