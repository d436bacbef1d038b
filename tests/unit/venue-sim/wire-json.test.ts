/** The venue's number spelling, against recorded spellings. */
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { encodeWire, spellFloat } from '../../../streams/venues/simulated/index.ts';

const wire = suite('venue json');

wire('numbers are spelled as recorded', () => {
  const recorded: [number, string][] = [
    [85217.5, '85217.5'],
    [10, '10.0'],
    [2000, '2.0e3'],
    [12_700, '1.27e4'],
    [300_000, '3.0e5'],
    [83_900, '8.39e4'],
    [174_870, '174870.0'],
    [6720, '6720.0'],
    [380, '380.0'],
    [0.00006563, '6.563e-5'],
    [0.000031, '3.1e-5'],
    [8e-8, '8.0e-8'],
    [0, '0.0'],
  ];
  for (const [value, text] of recorded) assert.is(spellFloat(value), text);
});

wire('whatever the spelling, the number comes back', () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
      assert.is(JSON.parse(spellFloat(value)), value === 0 ? 0 : value);
    }),
  );
});

wire('counters and times stay integers, missing fields are left out', () => {
  const row = {
    timestamp: 1791120409417,
    change_id: 177146678834,
    price: 1000,
    label: undefined,
    last: null,
  };
  assert.is(
    encodeWire(row),
    '{"timestamp":1791120409417,"change_id":177146678834,"price":1.0e3,"last":null}',
  );
});

wire.run();
