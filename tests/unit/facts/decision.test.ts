/** Ids of decisions and groups: the same in every run, another with every part they are made of. */
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  decisionIdOf,
  decisionTraceId,
  groupIdOf,
  inputEventIdOf,
} from '../../../streams/facts/decision.ts';
import { canonicalHash } from '../../../streams/facts/hash.ts';
import type { BookEvent, TickerEvent, TradeEvent } from '../../../streams/facts/market.ts';
import { type Pins, pinsSchema, withoutRunId } from '../../../streams/facts/pins.ts';
import { traceIdOf } from '../../../streams/facts/trace.ts';
import { pins } from '../../fixtures/facts/facts.ts';
import { perpetualInstrument } from '../../fixtures/instruments.ts';

const decisions = suite('decision ids');

const idOf = (changes: Partial<Pins> = {}): string =>
  decisionIdOf({ ...pins, ...changes }, 'quoter', 'e1', 'BTC-PERPETUAL', 'quoter@1');

decisions('the run is in the pins and in no decision', () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1 }), (run_id) => {
      assert.is(idOf({ run_id }), idOf());
      assert.is(groupIdOf({ ...pins, run_id }, 's', 'd'), groupIdOf(pins, 's', 'd'));
      assert.not.ok('run_id' in withoutRunId({ ...pins, run_id }));
    }),
  );
  assert.match(idOf(), /^[0-9a-f]{64}$/);
});

decisions('every other part makes another decision', () => {
  const ids = [
    idOf(),
    idOf({ scenario_id: 'other' }),
    idOf({ manifest_fingerprint: 'e'.repeat(64) }),
    idOf({ parameter_hash: 'e'.repeat(64) }),
    idOf({ seed: 0 }),
    idOf({ seed: 1 }),
    decisionIdOf(pins, 'other', 'e1', 'BTC-PERPETUAL', 'quoter@1'),
    decisionIdOf(pins, 'quoter', 'e2', 'BTC-PERPETUAL', 'quoter@1'),
    decisionIdOf(pins, 'quoter', 'e1', 'ETH-PERPETUAL', 'quoter@1'),
    decisionIdOf(pins, 'quoter', 'e1', 'BTC-PERPETUAL', 'quoter@2'),
  ];
  assert.is(new Set(ids).size, ids.length);
});

decisions('parts do not run into each other', () => {
  assert.is.not(decisionIdOf(pins, 'ab', 'c', 'd', 'e'), decisionIdOf(pins, 'a', 'bc', 'd', 'e'));
  assert.is.not(decisionIdOf(pins, 'a', 'b', 'c', 'd'), decisionIdOf(pins, 'a', 'b', 'd', 'c'));
  assert.is.not(groupIdOf(pins, 'ab', 'c'), groupIdOf(pins, 'a', 'bc'));
});

decisions('a group id is the canonical hash of its parts, whatever their text', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (strategy, decision) => {
      const parts = [withoutRunId(pins), strategy, decision];
      assert.is(groupIdOf(pins, strategy, decision), canonicalHash(parts));
    }),
  );
});

decisions('a group is made of pins, strategy and decision', () => {
  const ids = [
    groupIdOf(pins, 's', 'd'),
    groupIdOf(pins, 's', 'other'),
    groupIdOf(pins, 'other', 'd'),
    groupIdOf({ ...pins, seed: 7 }, 's', 'd'),
    groupIdOf({ ...pins, scenario_id: 'other' }, 's', 'd'),
  ];
  assert.is(new Set(ids).size, ids.length);
});

decisions('ids stay what they were when they were first written', () => {
  assert.is(idOf(), '96aefdf68b4bcbeea099d73be8ff7501dd0db3de981dc02fddf892a9795fc940');
  assert.is(
    groupIdOf(pins, 'quoter', idOf()),
    '97fef6a3408a8b4d3ebd74b3a43f84095ca111729261355d0b2d963b3df0093f',
  );
});

const instrument = perpetualInstrument();
const seen = {
  instrument,
  channel: 'book.BTC-PERPETUAL.raw',
  sessionEpoch: 1,
  tsUs: 1_000,
  receivedUs: 2_000,
  receivedMonotonicUs: 3_000,
};
const book: BookEvent = {
  ...seen,
  type: 'book',
  frame: 'change',
  changeId: 7,
  prevChangeId: 6,
  bids: [1, 2],
  asks: [],
};
const trade: TradeEvent = {
  ...seen,
  type: 'trade',
  tradeId: 'T-1',
  tradeSeq: 1,
  priceTicks: 10,
  lots: 1,
  side: 'buy',
  markFloat: 5,
  indexFloat: 5,
};
const ticker: TickerEvent = {
  ...seen,
  type: 'ticker',
  state: 'open',
  markFloat: 5,
  indexFloat: 6,
  lastFloat: null,
  openInterestFloat: null,
  funding8hFloat: null,
  underlyingFloat: null,
  markIvFloat: null,
  greeks: null,
};

decisions('the same tape met in another session, at another time, is the same input', () => {
  const elsewhere = { sessionEpoch: 9, receivedUs: 1, receivedMonotonicUs: 1 };
  for (const event of [book, trade, ticker]) {
    assert.is(inputEventIdOf({ ...event, ...elsewhere }), inputEventIdOf(event));
  }
});

decisions('another sequence, kind, channel or instrument is another input', () => {
  const ids = [
    inputEventIdOf(book),
    inputEventIdOf({ ...book, changeId: 8 }),
    inputEventIdOf({ ...book, frame: 'snapshot' }),
    inputEventIdOf({ ...book, channel: 'book.ETH-PERPETUAL.raw' }),
    inputEventIdOf({ ...book, instrument: perpetualInstrument({ venue: 'other' }) }),
    inputEventIdOf(trade),
    inputEventIdOf({ ...trade, tradeId: 'T-2' }),
    inputEventIdOf(ticker),
    inputEventIdOf({ ...ticker, tsUs: 1_001 }),
    inputEventIdOf({ ...ticker, markFloat: 5.5 }),
    inputEventIdOf({ ...ticker, indexFloat: 6.5 }),
  ];
  assert.is(new Set(ids).size, ids.length);
});

decisions('a trace is of one decision in one run', () => {
  assert.match(decisionTraceId('d', 'r'), /^[0-9a-f]{32}$/);
  assert.is(decisionTraceId('d', 'r'), traceIdOf('r:d'));
  assert.is.not(decisionTraceId('d', 'r2'), decisionTraceId('d', 'r'));
  assert.is.not(decisionTraceId('d2', 'r'), decisionTraceId('d', 'r'));
});

decisions('pins are complete or they are none', () => {
  assert.ok(pinsSchema.safeParse(pins).success);
  assert.ok(pinsSchema.safeParse({ ...pins, seed: 0 }).success);
  for (const name of Object.keys(pins)) {
    assert.not.ok(pinsSchema.safeParse({ ...pins, [name]: undefined }).success, name);
    assert.not.ok(pinsSchema.safeParse({ ...pins, [name]: '' }).success, name);
  }
  for (const seed of [-1, 0.5, '1', 2 ** 53]) {
    assert.not.ok(pinsSchema.safeParse({ ...pins, seed }).success, String(seed));
  }
});

decisions.run();
