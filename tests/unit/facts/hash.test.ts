/** Canonical JSON: the published vectors of RFC 8785, an independent writer, and refusals. */
import canonicalize from 'canonicalize';
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  canonicalHash,
  canonicalJson,
  sha256Bytes,
  sha256Hex,
} from '../../../streams/facts/hash.ts';
import { hasCode } from '../../fixtures/facts/errors.ts';

const hashing = suite('canonical json');

function double(hex: string): number {
  return Buffer.from(hex, 'hex').readDoubleBE();
}

// RFC 8785, appendix B.
for (const [hex, text] of [
  ['0000000000000000', '0'],
  ['8000000000000000', '0'],
  ['0000000000000001', '5e-324'],
  ['8000000000000001', '-5e-324'],
  ['7fefffffffffffff', '1.7976931348623157e+308'],
  ['ffefffffffffffff', '-1.7976931348623157e+308'],
  ['4340000000000000', '9007199254740992'],
  ['c340000000000000', '-9007199254740992'],
  ['4430000000000000', '295147905179352830000'],
  ['44b52d02c7e14af5', '9.999999999999997e+22'],
  ['44b52d02c7e14af6', '1e+23'],
  ['44b52d02c7e14af7', '1.0000000000000001e+23'],
  ['444b1ae4d6e2ef4e', '999999999999999700000'],
  ['444b1ae4d6e2ef4f', '999999999999999900000'],
  ['444b1ae4d6e2ef50', '1e+21'],
  ['3eb0c6f7a0b5ed8c', '9.999999999999997e-7'],
  ['3eb0c6f7a0b5ed8d', '0.000001'],
  ['41b3de4355555553', '333333333.3333332'],
  ['41b3de4355555554', '333333333.33333325'],
  ['41b3de4355555555', '333333333.3333333'],
  ['41b3de4355555556', '333333333.3333334'],
  ['41b3de4355555557', '333333333.33333343'],
  ['becbf647612f3696', '-0.0000033333333333333333'],
  ['43143ff3c1cb0959', '1424953923781206.2'],
] as const) {
  hashing(`the double ${hex} is ${text}`, () => assert.is(canonicalJson(double(hex)), text));
}

hashing('literals, escapes and numbers stand as in section 3.2.2', () => {
  const value = {
    numbers: [Number('333333333.33333329'), 1e30, 4.5, 2e-3, 0.000000000000000000000000001],
    string: '\u20ac$\u000F\u000aA\'\u0042\u0022\u005c\\"/',
    literals: [null, true, false],
  };
  assert.is(
    canonicalJson(value),
    '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],' +
      '"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
  );
});

hashing('members are ordered by UTF-16 code units, as in section 3.2.3', () => {
  const value = {
    '\u20ac': 'Euro Sign',
    '\r': 'Carriage Return',
    '\ufb33': 'Hebrew Letter Dalet With Dagesh',
    '1': 'One',
    '\ud83d\ude00': 'Emoji: Grinning Face',
    '\u0080': 'Control',
    '\u00f6': 'Latin Small Letter O With Diaeresis',
  };
  const order = Object.keys(JSON.parse(canonicalJson(value)) as object);
  assert.equal(order, ['1', '\r', '\u0080', '\u00f6', '\u20ac', '\ud83d\ude00', '\ufb33']);
});

hashing('says what another implementation says, about any JSON', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 5, noUnicodeString: false }), (value) => {
      assert.is(canonicalJson(value), canonicalize(value));
    }),
    { numRuns: 2_000 },
  );
});

hashing('is the same whatever the order members were set in, and survives parsing', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
      const turned = Object.fromEntries(Object.entries(value).reverse());
      assert.is(canonicalHash(turned), canonicalHash(value));
      assert.is(canonicalJson(JSON.parse(canonicalJson(value))), canonicalJson(value));
    }),
  );
});

hashing('an undefined member is no member', () => {
  assert.is(canonicalJson({ b: undefined, a: 1 }), '{"a":1}');
  assert.is(canonicalJson(Object.assign(Object.create(null) as object, { a: 1 })), '{"a":1}');
});

const ring: Record<string, unknown> = {};
ring.again = ring;
class Point {
  readonly x = 1;
}
const deep = (levels: number): unknown => (levels === 0 ? 1 : [deep(levels - 1)]);

for (const [name, value] of [
  ['undefined', undefined],
  ['NaN', Number.NaN],
  ['Infinity', Number.NEGATIVE_INFINITY],
  ['a BigInt', 1n],
  ['a symbol', Symbol('a')],
  ['a function', () => 1],
  ['a Map', new Map([['a', 1]])],
  ['a Set', new Set([1])],
  ['a Date', new Date(0)],
  ['bytes', Buffer.from('a')],
  ['a class instance', new Point()],
  ['a ring', ring],
  ['what nests too deep', deep(65)],
  ['half a character', '\ud800'],
  ['half a character, the other half', 'a\udc00b'],
] as const) {
  hashing(`${name} is refused, at the top and inside`, () => {
    assert.throws(() => canonicalJson(value), hasCode('INTERNAL'));
    assert.throws(() => canonicalJson([value]), hasCode('INTERNAL'));
    if (value !== undefined) assert.throws(() => canonicalJson({ a: value }), hasCode('INTERNAL'));
  });
}

hashing('half a character is refused in names too', () => {
  assert.throws(() => canonicalJson({ '\udfff': 1 }), hasCode('INTERNAL'));
});

hashing('what nests as deep as allowed has a form', () => {
  assert.is(canonicalJson(deep(64)), `${'['.repeat(64)}1${']'.repeat(64)}`);
});

hashing('sha256 is that of FIPS 180, over text, bytes and runs of bytes', () => {
  const abc = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';
  assert.is(sha256Hex('abc'), abc);
  assert.is(sha256Hex(Buffer.from('abc')), abc);
  assert.is(sha256Bytes(Buffer.from('a'), Buffer.alloc(0), Buffer.from('bc')).toString('hex'), abc);
  assert.is(canonicalHash('abc'), sha256Hex('"abc"'));
});

hashing.run();
