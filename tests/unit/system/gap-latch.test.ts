import { fake } from 'sinon';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { GapLatch } from '../../../daemon/system/gap-latch.ts';
import { instrumentOf } from '../../../streams/facts/instrument.ts';
import { btcPerpetual } from '../../fixtures/market-events.ts';

const gaps = suite('gaps as latch reasons');
const ethPerpetual = instrumentOf({ ...btcPerpetual.row, name: 'ETH-PERPETUAL' });

function latch() {
  const guard = { latchSet: fake(), latchCauseEnded: fake() };
  return { guard, gapLatch: new GapLatch(guard) };
}

gaps('a hole in a book stands until that book was rebuilt', () => {
  const { guard, gapLatch } = latch();
  gapLatch.onGap({ kind: 'book', instrument: btcPerpetual });
  assert.equal(guard.latchSet.args, [['WS_BOOK_GAP_RECONCILE_REQUIRED', { standing: true }]]);
  assert.is(guard.latchCauseEnded.callCount, 0);
  gapLatch.onMended(btcPerpetual);
  assert.equal(guard.latchCauseEnded.args, [['WS_BOOK_GAP_RECONCILE_REQUIRED']]);
});

gaps('the reason is shared: it stands until the last broken book was rebuilt', () => {
  const { guard, gapLatch } = latch();
  gapLatch.onGap({ kind: 'book', instrument: btcPerpetual });
  gapLatch.onGap({ kind: 'book', instrument: ethPerpetual });
  gapLatch.onMended(btcPerpetual);
  gapLatch.onMended(btcPerpetual);
  assert.is(guard.latchCauseEnded.callCount, 0);
  gapLatch.onMended(ethPerpetual);
  assert.is(guard.latchCauseEnded.callCount, 1);
});

gaps('a book that was never broken ends nothing', () => {
  const { guard, gapLatch } = latch();
  gapLatch.onMended(btcPerpetual);
  assert.is(guard.latchCauseEnded.callCount, 0);
});

gaps('a hole in trades is over once seen: the next proof may clear it', () => {
  const { guard, gapLatch } = latch();
  gapLatch.onGap({ kind: 'trades', instrument: btcPerpetual });
  assert.equal(guard.latchSet.args, [['WS_TRADES_GAP_RECONCILE_REQUIRED']]);
});

gaps.run();
