/** Instruments: every step exact, every unit as the kind says, and rows that fit themselves. */
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { gridOf, gridText } from '../../../streams/facts/decimal.ts';
import {
  decimalSchema,
  type InstrumentRow,
  instrumentOf,
  instrumentSchema,
  stepTicksAt,
} from '../../../streams/facts/instrument.ts';
import { hasCode } from '../../fixtures/facts/errors.ts';
import { optionInstrument, perpetualInstrument } from '../../fixtures/instruments.ts';

const instruments = suite('instrument');

const linearFuture: Partial<InstrumentRow> = {
  kind: 'linear_future',
  margin: 'linear',
  expiry_us: 1_798_185_600_000_000,
};

instruments('an inverse perpetual counts USD, in lots of its own', () => {
  const { amountUnit, minLots, price, amount, bands, revision } = perpetualInstrument();
  assert.is(amountUnit, 'usd');
  assert.is(minLots, 1);
  assert.is(gridText(price, 3), '1.5');
  assert.is(gridText(amount, 3), '30');
  assert.equal(bands, []);
  assert.match(revision, /^[0-9a-f]{64}$/);
});

for (const [what, changes, unit] of [
  ['an inverse future', { kind: 'inverse_future', expiry_us: 1 }, 'usd'],
  ['a linear future', linearFuture, 'coin'],
  ['a linear perpetual', { margin: 'linear' }, 'coin'],
] as const) {
  instruments(`${what} counts ${unit}`, () =>
    assert.is(perpetualInstrument(changes).amountUnit, unit),
  );
}

instruments('an option counts coins, whatever its margin', () => {
  assert.is(optionInstrument().amountUnit, 'coin');
  assert.is(optionInstrument({ margin: 'linear' }).amountUnit, 'coin');
});

instruments('bands hold above their price and not at it', () => {
  const option = optionInstrument();
  assert.equal(option.bands, [{ aboveTicks: 50, stepTicks: 5 }]);
  assert.is(stepTicksAt(option, 50), 1);
  assert.is(stepTicksAt(option, 51), 5);
  const three = optionInstrument({
    tick_bands: [
      { above_price: '0.005', tick_size: '0.0005' },
      { above_price: '0.1', tick_size: '0.001' },
    ],
  });
  assert.equal(
    [50, 51, 1_000, 1_001].map((ticks) => stepTicksAt(three, ticks)),
    [1, 5, 5, 10],
  );
});

instruments('minimum and bands are exact counts where floats would round', () => {
  fc.assert(
    fc.property(
      fc.constantFrom('0.1', '0.0001', '0.00000001', '0.7', '2.5'),
      fc.integer({ min: 1, max: 9_000_000_000_000 }),
      (step, count) => {
        const text = gridText(gridOf(step), count);
        const instrument = perpetualInstrument({ lot_size: step, min_amount: text });
        assert.is(instrument.minLots, count);
      },
    ),
  );
});

for (const [what, changes] of [
  ['a minimum between lots', { min_amount: '15' }],
  ['a minimum of nothing', { min_amount: '0' }],
  ['a minimum below nothing', { min_amount: '-10' }],
  ['a minimum just off a lot', { lot_size: '0.1', min_amount: '0.30000000000000004' }],
  ['a band tick between ticks', { tick_bands: [{ above_price: '5', tick_size: '0.7' }] }],
  ['a band edge between ticks', { tick_bands: [{ above_price: '5.1', tick_size: '1' }] }],
  ['a band of no width', { tick_bands: [{ above_price: '5', tick_size: '0' }] }],
  [
    'bands out of order',
    {
      tick_bands: [
        { above_price: '10', tick_size: '2' },
        { above_price: '5', tick_size: '1' },
      ],
    },
  ],
  ['two bands at one price', { tick_bands: Array(2).fill({ above_price: '5', tick_size: '1' }) }],
  ['a tick of nothing', { tick_size: '0' }],
  ['a negative lot', { lot_size: '-10' }],
  ['a contract of nothing', { contract_size: '0' }],
  ['a perpetual that expires', { expiry_us: 1 }],
  ['a future that never expires', { kind: 'inverse_future' }],
  ['a linear future with inverse margin', { ...linearFuture, margin: 'inverse' }],
  ['an inverse future with linear margin', { ...linearFuture, kind: 'inverse_future' }],
  ['a perpetual with a strike', { strike: '1' }],
  ['a perpetual that is a call', { option_type: 'call' }],
] as const satisfies readonly (readonly [string, Partial<InstrumentRow>])[]) {
  instruments(`${what} is refused`, () =>
    assert.throws(() => perpetualInstrument(changes), hasCode('SCHEMA_INVALID')),
  );
}

for (const changes of [{ strike: null }, { option_type: null }, { expiry_us: null }]) {
  instruments(`an option without ${Object.keys(changes)[0]} is refused`, () =>
    assert.throws(() => optionInstrument(changes), hasCode('SCHEMA_INVALID')),
  );
}

instruments('another row is another revision, the same row is the same', () => {
  const { row, revision } = perpetualInstrument();
  assert.is(instrumentOf(structuredClone(row)).revision, revision);
  const turned = Object.fromEntries(Object.entries(row).reverse()) as InstrumentRow;
  assert.is(instrumentOf(turned).revision, revision);
  assert.is.not(perpetualInstrument({ taker_fee_rate: '0.0005' }).revision, revision);
});

instruments('one value has one spelling: revisions would differ otherwise', () => {
  for (const text of ['0', '1', '-1', '0.5', '-0.5', '10', '10.05', '0.00000001']) {
    assert.ok(decimalSchema.safeParse(text).success, text);
  }
  for (const text of [
    '',
    '-',
    '-0',
    '00',
    '01',
    '1.',
    '.5',
    '0.50',
    '1.0',
    '0.0',
    '+1',
    '1e3',
    ' 1',
  ]) {
    assert.not.ok(decimalSchema.safeParse(text).success, text);
  }
  const { row } = perpetualInstrument();
  assert.not.ok(instrumentSchema.safeParse({ ...row, tick_size: '0.50' }).success);
  assert.not.ok(instrumentSchema.safeParse({ ...row, colour: 'red' }).success);
});

instruments.run();
