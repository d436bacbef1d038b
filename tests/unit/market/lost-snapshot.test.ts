/** A snapshot that is lost on its way must not leave a book without belief for ever. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { createMarketRoom, type MarketGap } from '../../../actors/market/index.ts';
import { createVirtualWorld } from '../../../daemon/ports/virtual/index.ts';
import { bookEvent, snapshotEvent } from '../../fixtures/market-events.ts';

const lost = suite('a lost snapshot');

const second = 1_000_000;

function roomUnderTest() {
  const world = createVirtualWorld({ seed: 1, startUs: 1_000_000, log: { level: 'silent' } });
  const gaps: MarketGap[] = [];
  const room = createMarketRoom({
    ports: world.portsFor('market'),
    params: { conflateMs: 100 },
    onGap: (gap) => gaps.push(gap),
  });
  const change = (atUs: number, changeId: number, prevChangeId = changeId - 1) =>
    room.apply(bookEvent({ receivedMonotonicUs: atUs, changeId, prevChangeId }));
  return { room, gaps, change };
}

lost(
  'changes before any snapshot ask for one after five seconds, and again after five more',
  () => {
    const { gaps, change } = roomUnderTest();
    assert.is(change(second, 2), 'dropped');
    change(6 * second, 3);
    assert.is(gaps.length, 0, 'five seconds are not over');
    change(6 * second + 1, 4);
    assert.is(gaps.length, 1);
    assert.is(gaps[0]?.channel, 'book.BTC-PERPETUAL.raw');
    change(11 * second, 5);
    assert.is(gaps.length, 1);
    change(11 * second + 2, 6);
    assert.is(gaps.length, 2);
  },
);

lost('after a gap the snapshot is missed from the gap on', () => {
  const { room, gaps, change } = roomUnderTest();
  room.apply(snapshotEvent({ receivedMonotonicUs: second }));
  assert.is(change(2 * second, 9), 'gap');
  change(7 * second, 10);
  assert.is(gaps.length, 1);
  change(7 * second + 1, 11);
  assert.is(gaps.length, 2);
  room.apply(snapshotEvent({ receivedMonotonicUs: 8 * second, changeId: 20 }));
  assert.is(change(30 * second, 21), 'applied');
  assert.is(gaps.length, 2);
});

lost('a link that was down starts the wait anew', () => {
  const { room, gaps, change } = roomUnderTest();
  change(second, 2);
  room.onLink({ kind: 'down', sessionEpoch: 1, cause: 'test' });
  change(60 * second, 3);
  assert.is(gaps.length, 0);
});

lost.run();
