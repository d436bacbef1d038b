import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { BookEvent } from '../../../streams/facts/market.ts';
import { BookSide, InstrumentBook, maxLevelsPerSide } from '../../../streams/market/index.ts';
import { perpetualInstrument } from '../../fixtures/instruments.ts';

const book = suite('book');
const instrument = perpetualInstrument();

function event(changes: Partial<BookEvent>): BookEvent {
  return {
    type: 'book',
    instrument,
    channel: 'book.BTC-PERPETUAL.raw',
    sessionEpoch: 1,
    tsUs: 1,
    receivedUs: 1,
    receivedMonotonicUs: 1,
    frame: 'change',
    changeId: 2,
    prevChangeId: 1,
    bids: [],
    asks: [],
    ...changes,
  };
}

const snapshot = (bids: number[], asks: number[], changeId = 1): BookEvent =>
  event({ frame: 'snapshot', changeId, prevChangeId: -1, bids, asks });

function levels(side: BookSide): number[][] {
  return Array.from({ length: side.depth }, (_, at) => [side.ticksAt(at), side.lotsAt(at)]);
}

const changes = fc.array(
  fc.tuple(fc.integer({ min: -40, max: 40 }), fc.integer({ min: 0, max: 5 })),
  {
    maxLength: 200,
  },
);

for (const name of ['bids', 'asks'] as const) {
  book(`${name} agree with a naive model after any changes`, () => {
    fc.assert(
      fc.property(changes, (all) => {
        const side = new BookSide(name);
        const model = new Map<number, number>();
        for (const [ticks, lots] of all) {
          side.set(ticks, lots);
          if (lots === 0) model.delete(ticks);
          else model.set(ticks, lots);
        }
        const sorted = [...model].sort(([a], [b]) => (name === 'bids' ? b - a : a - b));
        assert.equal(levels(side), sorted);
      }),
    );
  });
}

book('at the bound the kept levels are exactly the best ones and never skip a level', () => {
  const side = new BookSide('asks');
  for (let ticks = maxLevelsPerSide + 50; ticks >= 1; ticks -= 1) side.set(ticks, ticks);
  assert.is(side.depth, maxLevelsPerSide);
  assert.is(side.complete, false);
  assert.is(side.ticksAt(0), 1);
  // Levels leave at the touch; a new far level would stand beyond the hole and stays out.
  for (let ticks = 1; ticks <= 10; ticks += 1) side.set(ticks, 0);
  side.set(maxLevelsPerSide + 40, 1);
  assert.is(side.depth, maxLevelsPerSide - 10);
  side.set(3, 7);
  assert.is(side.ticksAt(0), 3);
  side.clear();
  assert.ok(side.complete);
});

book('beyond the last level there is no price and no amount', () => {
  const side = new BookSide('bids');
  assert.ok(Number.isNaN(side.ticksAt(0)));
  assert.is(side.lotsAt(0), 0);
});

book('a change needs a snapshot first', () => {
  const one = new InstrumentBook(instrument);
  assert.is(one.apply(event({})), 'dropped');
  assert.is(one.valid, false);
});

book('changes chain by previous id, whatever the step', () => {
  const one = new InstrumentBook(instrument);
  assert.is(one.apply(snapshot([10, 1], [11, 1], 100)), 'applied');
  assert.is(one.apply(event({ changeId: 350, prevChangeId: 100, bids: [10, 2] })), 'applied');
  assert.is(one.lotsAt('bids', 0), 2);
  assert.is(one.apply(event({ changeId: 350, prevChangeId: 100 })), 'stale');
  assert.is(one.apply(event({ changeId: 400, prevChangeId: 360 })), 'gap');
  assert.is(one.valid, false);
  assert.is(one.apply(event({ changeId: 500, prevChangeId: 400 })), 'dropped');
  assert.is(one.apply(snapshot([9, 1], [12, 1], 600)), 'applied');
  assert.ok(one.valid);
  assert.is(one.depth('bids'), 1);
});

book('the frames of another channel do not mix into the chain', () => {
  const one = new InstrumentBook(instrument);
  one.apply(snapshot([10, 1], [11, 1], 100));
  const other = event({ channel: 'book.BTC-PERPETUAL.100ms', changeId: 101, prevChangeId: 100 });
  assert.is(one.apply(other), 'dropped');
  assert.ok(one.valid);
});

book('a crossed book is not believed', () => {
  const one = new InstrumentBook(instrument);
  one.apply(snapshot([10, 1], [11, 1], 100));
  assert.is(one.apply(event({ changeId: 101, prevChangeId: 100, bids: [11, 1] })), 'gap');
  assert.is(one.valid, false);
});

book.run();
