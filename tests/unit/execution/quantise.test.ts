/** Quantisation: exact, and never in our disfavour beyond what was asked. */
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { decimalTextOf, quantiseLots, quantisePrice } from '../../../actors/execution/quantise.ts';
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

quantise.run();
