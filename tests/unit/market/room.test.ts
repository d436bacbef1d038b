import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { createMarketRoom, type MarketChange } from '../../../actors/market/index.ts';
import { createVirtualWorld } from '../../../daemon/ports/virtual/index.ts';
import { perpetualInstrument } from '../../fixtures/instruments.ts';
import {
  btcPerpetual,
  snapshotEvent,
  tickerEvent,
  tradeEvent,
} from '../../fixtures/market-events.ts';

const market = suite('market room');

function roomUnderTest() {
  const world = createVirtualWorld({ seed: 1, startUs: 1_000_000, log: { level: 'silent' } });
  const ports = world.portsFor('market');
  const room = createMarketRoom({ ports, params: { conflateMs: 100 } });
  const pass = (ms: number): Promise<void> =>
    world.clock.runWhile(ports.clock.sleep(ms), world.clock.nowUs + (ms + 1) * 1_000);
  return { room, pass };
}

market('changes are conflated: one item per instrument and window, whatever the rate', async () => {
  const { room, pass } = roomUnderTest();
  const changes: MarketChange[] = [];
  const subscription = room.changes$.subscribe((change) => changes.push(change));
  for (let seq = 1; seq <= 1_000; seq += 1) room.apply(tradeEvent({ tradeSeq: seq }));
  room.apply(snapshotEvent());
  await pass(150);
  assert.equal(changes, [{ instrument: btcPerpetual, book: true, trade: true, ticker: false }]);
  room.apply(tickerEvent());
  await pass(150);
  assert.is(changes.length, 2);
  await pass(1_000);
  assert.is(changes.length, 2, 'nothing changed, nothing told');
  subscription.unsubscribe();
});

market('the stream completes when the room closes', async () => {
  const { room } = roomUnderTest();
  let completed = false;
  room.changes$.subscribe({ complete: () => (completed = true) });
  room.close();
  assert.ok(completed);
});

market('the view knows what it was told, and nothing else', () => {
  const { room } = roomUnderTest();
  assert.is(room.view.get('BTC-PERPETUAL'), undefined);
  assert.is(room.view.lastEventMonotonicUs, 0);
  room.apply(tickerEvent({ receivedMonotonicUs: 5_000 }));
  assert.is(room.view.get('BTC-PERPETUAL')?.state, 'open');
  assert.is(room.view.lastEventMonotonicUs, 5_000);
  room.setState('BTC-PERPETUAL', 'halted');
  assert.is(room.view.get('BTC-PERPETUAL')?.state, 'halted');
});

market('freshness is told per instrument and over all; unknown is infinitely old', () => {
  const { room } = roomUnderTest();
  room.apply(snapshotEvent({ receivedMonotonicUs: 1_000 }));
  const fresh = room.freshness(251_000);
  assert.is(fresh.overallMs, 250);
  assert.is(fresh.ofMs('BTC-PERPETUAL'), 250);
  assert.is(fresh.ofMs('nothing'), Number.POSITIVE_INFINITY);
  assert.is(fresh.validBooks, 1);
});

market('another revision of an instrument starts with an empty book', () => {
  const { room } = roomUnderTest();
  room.apply(snapshotEvent());
  room.setInstruments([perpetualInstrument({ tick_size: '1' })]);
  assert.is(room.view.get('BTC-PERPETUAL')?.book.valid, false);
  room.setInstruments([perpetualInstrument({ tick_size: '1' })]);
});

market.run();
