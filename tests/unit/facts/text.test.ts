/** Text from outside: bounded, and never a text that no fact could carry. */
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { canonicalJson } from '../../../streams/facts/hash.ts';
import { cutText, parseJson, wellFormed } from '../../../streams/facts/text.ts';
import { recordFrames } from '../../fixtures/frame-recorder.ts';
import { gateUnderTest } from '../../fixtures/gate.ts';

const text = suite('text');
const anyText = fc.string({ unit: 'binary' });
const broken = fc
  .array(fc.integer({ min: 0xd7f0, max: 0xe00f }))
  .map((units) => String.fromCharCode(...units));

text('whatever comes in, a fact can carry what comes out', () => {
  fc.assert(
    fc.property(fc.oneof(anyText, broken), fc.nat(20), (given, max) => {
      canonicalJson(wellFormed(given));
      canonicalJson(cutText(given, max));
      assert.ok(cutText(given, max).length <= max);
      canonicalJson(parseJson(JSON.stringify({ given: [given] })));
    }),
    { numRuns: 1_000 },
  );
});

text('what was whole stays as it was', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (given) => {
      assert.is(wellFormed(given), given);
      assert.is(cutText(given, given.length), given);
      assert.equal(parseJson(JSON.stringify([given, 1, null])), [given, 1, null]);
    }),
  );
});

text('halves become U+FFFD, pairs stay', () => {
  assert.is(wellFormed('a\ud83d\ude00b'), 'a\ud83d\ude00b');
  assert.is(wellFormed('a\ud83db\ude00'), 'a\ufffdb\ufffd');
  assert.is(cutText('ab\ud83d\ude00', 3), 'ab\ufffd');
  assert.equal(parseJson('{"a":"\\ud83d\\ude00","b":"\\ud83d"}'), {
    a: '\ud83d\ude00',
    b: '\ufffd',
  });
});

text('a venue that sends half a character is quarantined like any other nonsense', () => {
  const seen = recordFrames([]);
  const { gate, receipts } = gateUnderTest();
  for (const channel of ['\\ud800', `${'x'.repeat(127)}\\ud83d\\ude00`]) {
    seen.decode(`{"method":"subscription","params":{"channel":"${channel}","data":{}}}`);
  }
  assert.is(seen.quarantined.length, 2);
  for (const frame of seen.quarantined) gate.refuseFrame(frame);
  gate.flush();
  const facts = receipts.facts.filter(({ event_type }) => event_type === 'gate.quarantined');
  assert.equal(
    facts.map(({ payload }) => payload.channel),
    ['\ufffd', `${'x'.repeat(127)}\ufffd`],
  );
});

text.run();
