import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { createMarketRoom, type MarketGap, type MarketRoom } from '../../../actors/market/index.ts';
import { createVirtualWorld } from '../../../daemon/ports/virtual/index.ts';
import {
  bookEvent,
  btcPerpetual,
  snapshotEvent,
  tickerEvent,
  tradeEvent,
} from '../../fixtures/market-events.ts';

const gaps = suite('C-508 gaps in books and trades');

interface RoomUnderTest {
  readonly room: MarketRoom;
  readonly gaps: MarketGap[];
  readonly mended: string[];
}

function roomUnderTest(): RoomUnderTest {
  const world = createVirtualWorld({ seed: 1, startUs: 1_000_000, log: { level: 'silent' } });
  const seen: MarketGap[] = [];
  const mended: string[] = [];
  const room = createMarketRoom({
    ports: world.portsFor('market'),
    params: { conflateMs: 100 },
    instruments: [btcPerpetual],
    onGap: (gap) => seen.push(gap),
    onMended: ({ name }) => mended.push(name),
  });
  return { room, gaps: seen, mended };
}

const bookOf = (room: MarketRoom) => room.view.get('BTC-PERPETUAL')?.book;

gaps(
  'C-508 TRIP: a change that does not follow makes the book invalid at once and asks for a new one',
  () => {
    const { room, gaps: seen } = roomUnderTest();
    room.apply(snapshotEvent());
    assert.is(room.apply(bookEvent({ changeId: 9, prevChangeId: 5 })), 'gap');
    assert.is(bookOf(room)?.valid, false);
    assert.equal(seen, [
      {
        instrument: btcPerpetual,
        kind: 'book',
        channel: 'book.BTC-PERPETUAL.raw',
        expected: 1,
        got: 5,
      },
    ]);
  },
);

gaps('C-508 NON-TRIP: a change that follows keeps the book valid', () => {
  const { room, gaps: seen } = roomUnderTest();
  room.apply(snapshotEvent());
  assert.is(room.apply(bookEvent({ changeId: 90, prevChangeId: 1 })), 'applied');
  assert.is(bookOf(room)?.valid, true);
  assert.equal(seen, []);
});

gaps('C-508: changes after the gap are not believed; the next snapshot mends the book', () => {
  const { room, gaps: seen, mended } = roomUnderTest();
  room.apply(snapshotEvent());
  room.apply(bookEvent({ changeId: 9, prevChangeId: 5 }));
  assert.is(room.apply(bookEvent({ changeId: 12, prevChangeId: 9 })), 'dropped');
  assert.is(seen.length, 1, 'one hole is told once');
  assert.is(room.apply(snapshotEvent({ changeId: 20, bids: [90, 1] })), 'applied');
  assert.is(bookOf(room)?.valid, true);
  assert.is(bookOf(room)?.ticksAt('bids', 0), 90);
  assert.equal(
    mended,
    ['BTC-PERPETUAL', 'BTC-PERPETUAL'],
    'the first snapshot and the mending one',
  );
});

gaps(
  'C-508 TRIP: a missing trade number is told with the first missing and the one that came',
  () => {
    const { room, gaps: seen } = roomUnderTest();
    room.apply(tradeEvent({ tradeSeq: 10 }));
    assert.is(room.apply(tradeEvent({ tradeSeq: 13 })), 'gap');
    assert.is(seen[0]?.kind, 'trades');
    assert.is(seen[0]?.expected, 11);
    assert.is(seen[0]?.got, 13);
  },
);

gaps('C-508 NON-TRIP: consecutive trades, and a trade seen twice counts once', () => {
  const { room, gaps: seen } = roomUnderTest();
  room.apply(tradeEvent({ tradeSeq: 10 }));
  room.apply(tradeEvent({ tradeSeq: 11, lots: 3 }));
  assert.is(room.apply(tradeEvent({ tradeSeq: 11, lots: 3 })), 'stale');
  assert.is(room.view.get('BTC-PERPETUAL')?.lastTrade?.lots, 3);
  assert.equal(seen, []);
  assert.is(room.counters.applied, 2);
});

gaps('C-508: trades missed while the link was down are a gap when it returns', () => {
  const { room, gaps: seen } = roomUnderTest();
  room.apply(tradeEvent({ tradeSeq: 10 }));
  room.onLink({ kind: 'down', sessionEpoch: 1, cause: 'test' });
  room.onLink({ kind: 'up', sessionEpoch: 2 });
  room.apply(tradeEvent({ tradeSeq: 12, sessionEpoch: 2 }));
  assert.is(seen[0]?.kind, 'trades');
});

gaps('a lost link takes the belief in every book with it', () => {
  const { room } = roomUnderTest();
  room.apply(snapshotEvent());
  room.onLink({ kind: 'down', sessionEpoch: 1, cause: 'test' });
  assert.is(bookOf(room)?.valid, false);
  assert.is(room.apply(bookEvent()), 'dropped');
});

gaps('an older ticker does not replace a newer one', () => {
  const { room } = roomUnderTest();
  room.apply(tickerEvent({ markFloat: 60 }));
  assert.is(room.apply(tickerEvent({ markFloat: 50, tsUs: 1 })), 'stale');
  assert.is(room.view.get('BTC-PERPETUAL')?.ticker?.markFloat, 60);
});

gaps.run();
