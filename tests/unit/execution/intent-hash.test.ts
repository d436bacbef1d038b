/** The hand-written canonical text is RFC 8785, and the hash sees exactly seven fields. */
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { canonicalIntent, intentHash } from '../../../actors/execution/intent-hash.ts';
import { gridText } from '../../../streams/facts/decimal.ts';
import { canonicalHash, canonicalJson } from '../../../streams/facts/hash.ts';
import { perpetualInstrument } from '../../fixtures/instruments.ts';

const hash = suite('intent hash');

const identities = fc.record({
  name: fc.string({ minLength: 1, maxLength: 64, unit: 'grapheme' }),
  side: fc.constantFrom('buy' as const, 'sell' as const),
  qtyLots: fc.integer({ min: 1, max: 2 ** 40 }),
  limitTicks: fc.integer({ min: 1, max: 2 ** 40 }),
  groupId: fc.stringMatching(/^[0-9a-f]{64}$/),
  legIdx: fc.nat(100),
  attempt: fc.nat(100),
});

hash('equals the general canonical form for any instrument name and numbers', () => {
  fc.assert(
    fc.property(identities, ({ name, ...rest }) => {
      const instrument = perpetualInstrument({ name });
      const general = {
        side: rest.side,
        qty: gridText(instrument.amount, rest.qtyLots),
        limit_price: gridText(instrument.price, rest.limitTicks),
        leg_idx: rest.legIdx,
        instrument: name,
        group_id: rest.groupId,
        attempt: rest.attempt,
      };
      assert.is(canonicalIntent({ instrument, ...rest }), canonicalJson(general));
      assert.is(intentHash({ instrument, ...rest }), canonicalHash(general));
    }),
  );
});

hash('a frozen vector stays what it was', () => {
  const identity = {
    instrument: perpetualInstrument(),
    side: 'buy',
    qtyLots: 100,
    limitTicks: 200_001,
    groupId: 'ab'.repeat(32),
    legIdx: 0,
    attempt: 0,
  } as const;
  assert.is(
    canonicalIntent(identity),
    `{"attempt":0,"group_id":"${'ab'.repeat(32)}","instrument":"BTC-PERPETUAL","leg_idx":0,` +
      '"limit_price":"100000.5","qty":"1000","side":"buy"}',
  );
  assert.is(
    intentHash(identity),
    '0eeb91505b7248f5ea9c550d542b421e1659eb65e0d3e355d196640bc106a231',
  );
});

hash.run();
