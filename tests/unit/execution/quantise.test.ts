/** Quantisation: exact, and never in our disfavour beyond what was asked. */
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { decimalTextOf, quantiseLots, quantisePrice } from '../../../actors/execution/quantise.ts';
import { notionalUsdFloat, sizeOf } from '../../../actors/execution/sizing.ts';
import { gridText, parseDecimal } from '../../../streams/facts/decimal.ts';
import { stepTicksAt } from '../../../streams/facts/instrument.ts';
import { optionInstrument, perpetualInstrument } from '../../fixtures/instruments.ts';

const quantise = suite('quantise');
const perpetual = perpetualInstrument();
const option = optionInstrument();

/** Sign of a − b, exact. */
function compare(a: string, b: string): number {
  const [left, right] = [parseDecimal(a), parseDecimal(b)];
  const scale = Math.max(left.scale, right.scale);
  const difference =
    left.units * 10n ** BigInt(scale - left.scale) -
    right.units * 10n ** BigInt(scale - right.scale);
  return difference > 0n ? 1 : difference < 0n ? -1 : 0;
}

const priceText = fc
  .tuple(fc.integer({ min: 1, max: 5_000_000 }), fc.integer({ min: 0, max: 8 }))
  .map(([units, scale]) => `${units}e-${scale}`);

for (const instrument of [perpetual, option]) {
  quantise(
    `${instrument.name}: BUY never pays more, SELL never takes less, both on the grid`,
    () => {
      fc.assert(
        fc.property(priceText, fc.constantFrom('buy', 'sell'), (text, side) => {
          const result = quantisePrice(instrument, side, text);
          if (!result.ok) {
            assert.is(result.code, 'TooSmallAfterQuantization');
            return;
          }
          const order = compare(gridText(instrument.price, result.value), text);
          assert.ok(side === 'buy' ? order <= 0 : order >= 0);
          assert.is(result.value % stepTicksAt(instrument, result.value), 0);
        }),
      );
    },
  );

  quantise(`${instrument.name}: no valid price lies between the wish and the result`, () => {
    fc.assert(
      fc.property(priceText, fc.constantFrom('buy', 'sell'), (text, side) => {
        const result = quantisePrice(instrument, side, text);
        if (!result.ok) return;
        const away = side === 'buy' ? 1 : -1;
        const limit = stepTicksAt(instrument, result.value + 10) + 1;
        for (
          let ticks = result.value + away, n = 0;
          n < limit && ticks > 0;
          ticks += away, n += 1
        ) {
          if (ticks % stepTicksAt(instrument, ticks) !== 0) continue;
          const order = compare(gridText(instrument.price, ticks), text);
          assert.ok(side === 'buy' ? order > 0 : order < 0, `${text} → ${ticks}`);
          return;
        }
      }),
    );
  });

  quantise(`${instrument.name}: a quantity never grows`, () => {
    fc.assert(
      fc.property(priceText, (text) => {
        const result = quantiseLots(instrument, text, undefined, 0.001);
        if (!result.ok) return;
        assert.ok(compare(gridText(instrument.amount, result.value), text) <= 0);
        assert.ok(result.value >= instrument.minLots);
      }),
    );
  });
}

quantise('a float that spells a grid point is that point', () => {
  assert.equal(quantiseLots(option, 0.1 + 0.2, undefined, 0.001), { ok: true, value: 3 });
  assert.equal(quantiseLots(option, 0.3, undefined, 0.001), { ok: true, value: 3 });
  assert.equal(quantisePrice(option, 'buy', 0.0512), { ok: true, value: 510 });
});

for (const bad of [
  Number.NaN,
  Number.POSITIVE_INFINITY,
  '',
  'abc',
  '1,5',
  {},
  null,
  true,
  '9'.repeat(41),
]) {
  quantise(`${JSON.stringify(bad)?.slice(0, 20)} is no number`, () => {
    assert.is(decimalTextOf(bad), undefined);
    const price = quantisePrice(perpetual, 'buy', bad);
    assert.is(price.ok ? 'ok' : price.code, 'SchemaInvalid');
  });
}

for (const bad of [0, -1, '-5', '0.0', 1e300]) {
  quantise(`a quantity or price of ${bad} is refused`, () => {
    assert.is(quantiseLots(perpetual, bad, undefined, 0.001).ok, false);
    assert.is(quantisePrice(perpetual, 'buy', bad).ok, false);
  });
}

quantise('texts that are numbers, up to forty characters and two digits of exponent', () => {
  const kept = ['9'.repeat(40), '1e5', '1E-05', '+5', '-0.5', '1.25e+10'];
  for (const text of kept) assert.is(decimalTextOf(text), text);
  for (const text of ['9'.repeat(41), '1e100', '.5', '5.', '0x10', ' 1']) {
    assert.is(decimalTextOf(text), undefined, text);
  }
});

const refused = (code: string, cause: string) => ({ ok: false, code, cause });
const is = (value: number) => ({ ok: true, value });

quantise('C-104 prices on either side of a band, and what rounds to nothing', () => {
  const sell = (price: unknown) => quantisePrice(option, 'sell', price);
  const buy = (price: unknown) => quantisePrice(option, 'buy', price);
  assert.equal([sell('0.00491'), sell('0.005'), sell('0.00501')], [is(50), is(50), is(55)]);
  assert.equal([buy('0.0055'), buy('0.00549'), buy('0.00509')], [is(55), is(50), is(50)]);
  assert.equal([buy('0.0001'), sell('0.00004')], [is(1), is(1)]);
  const nothing = refused('TooSmallAfterQuantization', 'limit_price rounds to nothing');
  assert.equal([buy('0.00009'), sell('-0.00009'), sell('0')], [nothing, nothing, nothing]);
  assert.equal(buy('1e30'), refused('SchemaInvalid', 'limit_price is out of range'));
  assert.equal(buy('x'), refused('SchemaInvalid', 'limit_price is not a decimal number'));
});

quantise('C-104 a step that leads into the next band is taken again with its step', () => {
  const banded = optionInstrument({
    tick_bands: [
      { above_price: '0.001', tick_size: '0.0002' },
      { above_price: '0.0019', tick_size: '0.0006' },
    ],
  });
  assert.equal(quantisePrice(banded, 'sell', '0.0019'), is(24), '19, then 20, then 24');
  assert.equal(quantisePrice(banded, 'buy', '0.0019'), is(18));
});

quantise('C-103 contracts beside a quantity: 0.1 % apart agrees, more does not, either way', () => {
  const lots = (quantity: unknown, contracts: unknown, tolerance = 0.001) =>
    quantiseLots(perpetual, quantity, contracts, tolerance);
  for (const contracts of [100, '1e2', '100.1', '99.9', '100.0000']) {
    assert.equal(lots('1000', contracts), is(100), String(contracts));
  }
  for (const contracts of ['100.1001', '99.8999']) {
    const cause = `quantity 1000, contracts ${contracts}`;
    assert.equal(lots('1000', contracts), refused('ContractsAmountMismatch', cause));
  }
  assert.equal(lots('1000.00', '100.1'), is(100), 'scales of their own');
  assert.equal(lots('1000.5', '100'), is(100), 'and the other way round');
  assert.equal(quantiseLots(option, '0.3', '0.3', 0.001), is(3));
  const quarter = perpetualInstrument({
    contract_size: '0.25',
    lot_size: '0.1',
    min_amount: '0.1',
  });
  assert.equal(quantiseLots(quarter, '0.5', '2', 0.001), is(5));
  assert.is(quantiseLots(quarter, '0.5', '2.1', 0.001).ok, false);
  assert.is(lots('1000', '100.1', 0.000_999_999).ok, false);
  assert.is(lots('1000', '100.000001', 0.000_000_01).ok, true);
});

quantise('contracts alone are converted; a fractional size of theirs as well', () => {
  assert.equal(quantiseLots(perpetual, undefined, '12.5', 0.001), is(12));
  const small = perpetualInstrument({ contract_size: '0.25', lot_size: '0.1', min_amount: '0.1' });
  assert.equal(quantiseLots(small, undefined, '3.3', 0.001), is(8));
});

quantise('what is no quantity, too much of one, or less than the minimum', () => {
  const lots = (quantity: unknown, contracts?: unknown) =>
    quantiseLots(perpetual, quantity, contracts, 0.001);
  assert.equal(lots(undefined), refused('SchemaInvalid', 'no quantity'));
  assert.equal(lots('x'), refused('SchemaInvalid', 'quantity is not a decimal number'));
  assert.equal(lots('10', 'x'), refused('SchemaInvalid', 'contracts is not a decimal number'));
  assert.equal(lots('1e30'), refused('SchemaInvalid', 'quantity is out of range'));
  const five = optionInstrument({ min_amount: '0.5' });
  assert.equal(quantiseLots(five, '0.5', undefined, 0.001), is(5));
  assert.equal(
    quantiseLots(five, '0.49', undefined, 0.001),
    refused('TooSmallAfterQuantization', '4 lots, the minimum is 5'),
  );
});

quantise('C-102 what a size is worth: one canonical amount, the other derived', () => {
  assert.equal(sizeOf(perpetual, 3_000, 100_000), {
    qtyCoin: null,
    qtyUsd: '30000',
    coinFloat: 0.3,
    notionalUsdFloat: 30_000,
  });
  const size = sizeOf(option, 3, 100_000);
  assert.equal([size.qtyCoin, size.qtyUsd], ['0.3', null]);
  assert.ok(Math.abs(size.coinFloat - 0.3) < 1e-12);
  assert.ok(Math.abs(size.notionalUsdFloat - 30_000) < 1e-6);
  assert.is(notionalUsdFloat(perpetual, 3_000, 5), 30_000);
  assert.ok(Math.abs(notionalUsdFloat(option, 3, 100_000) - 30_000) < 1e-6);
});

quantise.run();
