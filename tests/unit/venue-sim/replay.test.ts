/** A recorded market: the public feed is the recording, our orders follow the fill model. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { MarketEvent } from '../../../streams/facts/market.ts';
import {
  type Account,
  type BookFrame,
  type Market,
  type Order,
  type OrderTerms,
  place,
  replay,
  seededRandom,
  VenueEngine,
} from '../../../streams/venues/simulated/index.ts';
import { limitTerms, simProducts, simStartUs } from '../../fixtures/venue-sim/engines.ts';

const recorded = suite('recorded market');

interface Played {
  readonly engine: VenueEngine;
  readonly market: Market;
  readonly alice: Account;
  readonly frames: BookFrame[];
  step(): void;
  send(terms: OrderTerms): Order;
}

const instrument = simProducts()[0]?.instrument;

function base(atUs: number) {
  if (instrument === undefined) throw new Error('no product');
  return {
    instrument,
    channel: 'c',
    sessionEpoch: 0,
    tsUs: simStartUs + atUs,
    receivedUs: 0,
    receivedMonotonicUs: 0,
  };
}

function book(
  atUs: number,
  changeId: number,
  prevChangeId: number,
  bids: number[],
  asks: number[],
): MarketEvent {
  const frame = prevChangeId === -1 ? 'snapshot' : 'change';
  return { ...base(atUs), type: 'book', frame, changeId, prevChangeId, bids, asks };
}

function trade(
  atUs: number,
  tradeSeq: number,
  priceTicks: number,
  lots: number,
  side: 'buy' | 'sell',
): MarketEvent {
  return {
    ...base(atUs),
    type: 'trade',
    tradeId: `t${tradeSeq}`,
    tradeSeq,
    priceTicks,
    lots,
    side,
    markFloat: 80_000,
    indexFloat: 80_000,
  };
}

function playing(events: readonly MarketEvent[]): Played {
  let at = 0;
  const rows = simProducts()
    .slice(0, 1)
    .map((product) => product.instrument.row);
  const source = replay({
    manifest: { instruments: rows, first_ts_us: simStartUs, counts: { ticker: 0 } },
    cursor: () => ({
      peekTsUs: () => events[at]?.tsUs ?? Number.POSITIVE_INFINITY,
      next: () => {
        at += 1;
        return events[at - 1];
      },
    }),
  });
  const engine = new VenueEngine({
    products: source.list(simStartUs),
    random: seededRandom('r'),
    taped: true,
  });
  const frames: BookFrame[] = [];
  engine.listen({
    trades() {},
    quote() {},
    ticker() {},
    index() {},
    volatility() {},
    state() {},
    listed() {},
    record() {},
    committed() {},
    changes() {},
    protection() {},
    book: (_, frame) => void frames.push(frame),
  });
  const alice = engine.openAccount('alice', false);
  engine.deposit(alice, 'BTC', 10);
  source.open(engine, simStartUs);
  const market = engine.market('BTC-PERPETUAL');
  const send = (terms: OrderTerms): Order =>
    engine.run(engine.nowUs + 1, () => place(engine, alice, market, terms));
  return { engine, market, alice, frames, send, step: () => source.step() };
}

const opening = book(0, 100, -1, [159_998, 50, 159_996, 50], [160_002, 30, 160_004, 30]);

recorded('change ids, levels and deletions come through as recorded', () => {
  const play = playing([
    opening,
    book(10, 107, 100, [159_998, 0, 159_997, 5], []),
    book(20, 109, 107, [], [160_002, 31]),
  ]);
  for (let at = 0; at < 3; at += 1) play.step();
  assert.equal(
    play.frames.map((frame) => [frame.prevChangeId, frame.changeId]),
    [
      [-1, 100],
      [100, 107],
      [107, 109],
    ],
  );
  assert.equal(play.frames[1]?.bids, [159_998, 50, 0, 159_997, 0, 5]);
  assert.equal(
    [play.market.bestTicks('buy'), play.market.displayed('sell').lotsAt(160_002)],
    [159_997, 31],
  );
});

recorded(
  'taking sells each displayed lot once until the recording speaks again, and the feed does not move',
  () => {
    const play = playing([opening, book(10, 107, 100, [], [160_002, 12])]);
    play.step();
    const ioc = limitTerms('buy', 160_002, 40, { timeInForce: 'immediate_or_cancel' });
    assert.equal([play.send(ioc).filledLots, play.send(ioc).filledLots], [30, 0]);
    assert.is(play.market.displayed('sell').lotsAt(160_002), 30);
    assert.is(play.frames.length, 1);
    play.step();
    assert.is(play.send(ioc).filledLots, 12);
  },
);

recorded('a resting order waits for the queue in front of it', () => {
  const play = playing([
    opening,
    trade(10, 1, 159_998, 40, 'sell'),
    trade(20, 2, 159_998, 25, 'sell'),
  ]);
  play.step();
  const order = play.send(limitTerms('buy', 159_998, 20));
  play.step();
  assert.is(order.filledLots, 0);
  play.step();
  assert.is(order.filledLots, 15);
});

recorded('a trade through the price, or the other side reaching it, fills without queue', () => {
  const through = playing([opening, trade(10, 1, 159_990, 4, 'sell')]);
  through.step();
  const first = through.send(limitTerms('buy', 159_998, 20));
  through.step();
  assert.is(first.filledLots, 4);
  const reached = playing([opening, book(10, 107, 100, [159_998, 0, 159_996, 0], [159_997, 8])]);
  reached.step();
  const second = reached.send(limitTerms('buy', 159_998, 20));
  reached.step();
  assert.is(second.filledLots, 8);
});

recorded('our trades stay out of the recorded trade sequence', () => {
  const play = playing([opening, trade(10, 41, 160_002, 1, 'buy')]);
  play.step();
  play.send(limitTerms('buy', 160_002, 5, { timeInForce: 'immediate_or_cancel' }));
  play.step();
  assert.equal(
    play.market.recentTrades.map((each) => each.seq),
    [41],
  );
});

recorded.run();
