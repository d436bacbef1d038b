/** A position past its limit, in each unit; what cannot be valued counts as past it. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { positionLimitReached } from '../../../daemon/system/position-limit.ts';
import { optionInstrument, perpetualInstrument } from '../../fixtures/instruments.ts';
import { marketOf, positionOf, positionsOf } from '../../fixtures/system/markets.ts';

const limit = suite('position limit');
const policy = { max_position_usd: 10_000 };
const inverse = perpetualInstrument();
const option = optionInstrument();
const quiet = marketOf({ instrument: option, markFloat: 0.05, indexFloat: 50_000 });

for (const [what, instrument, lots, reached] of [
  ['USD at the limit', inverse, 1_000, false],
  ['USD one lot above', inverse, 1_001, true],
  ['USD one lot above, short', inverse, -1_001, true],
  ['coins at the limit', option, 2, false],
  ['coins one lot above', option, 3, true],
  ['coins one lot above, short', option, -3, true],
  ['nothing', inverse, 0, false],
] as const) {
  limit(`${what}: ${reached ? 'reached' : 'not reached'}`, () => {
    const positions = positionsOf(positionOf(instrument, { signedLots: lots }));
    assert.is(positionLimitReached(positions, quiet, policy), reached);
  });
}

limit('coins that nothing values are past every limit, USD need no market', () => {
  const one = positionsOf(positionOf(option, { signedLots: 1 }));
  assert.is(positionLimitReached(one, marketOf(), policy), true);
  assert.is(positionLimitReached(one, marketOf({ instrument: option }), policy), true);
  const bad = marketOf({ instrument: option, markFloat: 1, indexFloat: Number.NaN });
  assert.is(positionLimitReached(one, bad, policy), true);
  const usd = positionsOf(positionOf(inverse, { signedLots: 1 }));
  assert.is(positionLimitReached(usd, marketOf(), policy), false);
});

limit('one position past it is enough, many below it are not', () => {
  const below = positionOf(inverse, { signedLots: 900 });
  const above = positionOf(perpetualInstrument({ name: 'ETH-PERPETUAL' }), { signedLots: -2_000 });
  assert.is(positionLimitReached(positionsOf(below, below, below), quiet, policy), false);
  assert.is(positionLimitReached(positionsOf(below, above, below), quiet, policy), true);
});

limit('without a limit nothing is past it: a missing limit blocks OPEN elsewhere', () => {
  const huge = positionsOf(positionOf(inverse, { signedLots: 1_000_000 }));
  assert.is(positionLimitReached(huge, quiet, { max_position_usd: undefined }), false);
});

limit.run();
