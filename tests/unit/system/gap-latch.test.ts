/** Gaps as latch reasons: shared by instruments, standing until the last broken book is rebuilt. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { GapLatch } from '../../../daemon/system/gap-latch.ts';
import { optionInstrument, perpetualInstrument } from '../../fixtures/instruments.ts';

const gaps = suite('gap latch');
const perpetual = perpetualInstrument();
const option = optionInstrument();
const book = 'WS_BOOK_GAP_RECONCILE_REQUIRED';
const trades = 'WS_TRADES_GAP_RECONCILE_REQUIRED';

function bench() {
  const calls: unknown[][] = [];
  const latch = new GapLatch({
    latchSet: (...given) => void calls.push(['set', ...given]),
    latchCauseEnded: (...given) => void calls.push(['ended', ...given]),
  });
  return { latch, calls };
}

gaps('a broken book latches, standing, until it was rebuilt', () => {
  const { latch, calls } = bench();
  latch.onGap({ kind: 'book', instrument: perpetual });
  assert.equal(calls, [['set', book, { standing: true }]]);
  latch.onMended(perpetual);
  assert.equal(calls.slice(1), [['ended', book]]);
});

gaps('the reason ends with the last broken book, not with the first', () => {
  const { latch, calls } = bench();
  latch.onGap({ kind: 'book', instrument: perpetual });
  latch.onGap({ kind: 'book', instrument: option });
  latch.onMended(perpetual);
  assert.is(calls.length, 2);
  latch.onMended(option);
  assert.equal(calls[2], ['ended', book]);
});

gaps('a book that breaks again is broken once', () => {
  const { latch, calls } = bench();
  latch.onGap({ kind: 'book', instrument: perpetual });
  latch.onGap({ kind: 'book', instrument: perpetual });
  latch.onMended(perpetual);
  assert.is(calls.filter(([what]) => what === 'ended').length, 1);
});

gaps('a book that was never broken ends nothing when it is rebuilt', () => {
  const { latch, calls } = bench();
  latch.onMended(perpetual);
  assert.equal(calls, []);
  latch.onGap({ kind: 'book', instrument: option });
  latch.onMended(perpetual);
  assert.is(calls.length, 1);
});

gaps('a hole in trades is over once it was seen: only a proof opens that', () => {
  const { latch, calls } = bench();
  latch.onGap({ kind: 'trades', instrument: perpetual });
  latch.onMended(perpetual);
  assert.equal(calls, [['set', trades]]);
});

gaps.run();
