import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { viewMayApply } from '../../../actors/ingress/index.ts';
import { gateUnderTest } from '../../fixtures/gate.ts';
import { optionInstrument } from '../../fixtures/instruments.ts';
import {
  bookEvent,
  btcPerpetual,
  snapshotEvent,
  tickerEvent,
  tradeEvent,
} from '../../fixtures/market-events.ts';

const gate = suite('ingestion gate');

gate('admits each new event once and writes it with one receipt', async () => {
  const { gate: one, traffic, receipts, pass } = gateUnderTest();
  const events = [snapshotEvent(), bookEvent(), tradeEvent(), tickerEvent()];
  for (const event of events) assert.is(one.admit(event), 'ADMIT');
  assert.is(traffic.facts.length, 0, 'nothing is written on the tick');
  await pass(600);
  assert.equal(
    traffic.facts.map(({ event_type }) => event_type),
    ['market.book', 'market.book', 'market.trade', 'market.ticker'],
  );
  const [receipt] = receipts.facts;
  assert.is(receipts.facts.length, 1);
  assert.is(receipt?.payload.admitted, 4);
  assert.equal(receipt?.payload.traffic, { first_offset: 0, next_offset: 4 });
});

gate('its basis counts what was admitted, and offsets are those the facts get', async () => {
  const { gate: one, traffic, pass } = gateUnderTest();
  one.admit(snapshotEvent());
  one.admit(bookEvent());
  one.admit(bookEvent());
  assert.equal(one.basis, { stream: 'traffic', nextOffset: 0, waiting: 2 });
  await pass(600);
  assert.is(traffic.facts.length, 2);
  assert.equal(one.basis, { stream: 'traffic', nextOffset: 2, waiting: 0 });
  one.admit(tradeEvent());
  assert.equal(one.basis, { stream: 'traffic', nextOffset: 2, waiting: 1 });
});

const twins: [title: string, first: () => Parameters<typeof bookEvent>[0]][] = [
  ['change', () => ({})],
  ['change with levels', () => ({ bids: [100, 5], asks: [101, 0] })],
];
for (const [title, changes] of twins) {
  gate(`the same ${title} again is a duplicate and is not written`, async () => {
    const { gate: one, traffic, pass } = gateUnderTest();
    assert.is(one.admit(bookEvent(changes())), 'ADMIT');
    assert.is(one.admit(bookEvent(changes())), 'DUPLICATE');
    await pass(600);
    assert.is(traffic.facts.length, 1);
    assert.is(one.counters.duplicates, 1);
  });
}

const conflicts: [
  title: string,
  first: Parameters<typeof snapshotEvent>[0],
  other: Parameters<typeof snapshotEvent>[0],
][] = [
  ['another amount', { bids: [100, 5] }, { bids: [100, 6] }],
  ['another price', { bids: [100, 5] }, { bids: [99, 5] }],
  ['another previous id', { prevChangeId: 1 }, { prevChangeId: 0 }],
  ['another venue time', { tsUs: 1_000_000 }, { tsUs: 2_000_000 }],
];
for (const [title, first, other] of conflicts) {
  gate(`the same identity with ${title} is quarantined, written aside and told`, async () => {
    const { gate: one, traffic, receipts, conflicts: told, pass } = gateUnderTest();
    one.admit(bookEvent(first));
    assert.is(one.admit(bookEvent(other)), 'QUARANTINE');
    assert.is(one.lastReason, 'identity_conflict');
    assert.is(viewMayApply('QUARANTINE', one.lastReason), false);
    await pass(600);
    assert.is(traffic.facts.length, 1);
    assert.equal(told, [1]);
    assert.ok(receipts.facts.some(({ event_type }) => event_type === 'gate.quarantined'));
  });
}

gate('a snapshot with the id of the last change is another frame kind', () => {
  const { gate: one } = gateUnderTest();
  one.admit(bookEvent({ changeId: 7 }));
  assert.is(one.admit(snapshotEvent({ changeId: 7 })), 'ADMIT');
  assert.is(one.admit(snapshotEvent({ changeId: 7 })), 'DUPLICATE');
  assert.is(viewMayApply('DUPLICATE', ''), true);
});

gate('another session, channel or instrument is another identity', () => {
  const { gate: one } = gateUnderTest();
  one.admit(bookEvent());
  assert.is(one.admit(bookEvent({ channel: 'book.BTC-PERPETUAL.100ms' })), 'ADMIT');
  assert.is(one.admit(bookEvent({ sessionEpoch: 2 })), 'ADMIT');
  const channel = 'trades.any.any.raw';
  assert.is(one.admit(tradeEvent({ channel })), 'ADMIT');
  const option = optionInstrument();
  assert.is(one.admit(tradeEvent({ channel, instrument: option })), 'ADMIT');
  assert.is(one.admit(tradeEvent({ channel, instrument: option })), 'DUPLICATE');
  assert.is(one.admit(tradeEvent({ channel, instrument: btcPerpetual })), 'DUPLICATE');
});

gate('tickers of one time differ by payload; only the same payload is a duplicate', () => {
  const { gate: one } = gateUnderTest();
  assert.is(one.admit(tickerEvent({ markFloat: 50 })), 'ADMIT');
  assert.is(one.admit(tickerEvent({ markFloat: 50.5 })), 'ADMIT');
  assert.is(one.admit(tickerEvent({ markFloat: 50 })), 'DUPLICATE');
});

gate('a late event is admitted while it can be told from a duplicate, not after', () => {
  const { gate: one } = gateUnderTest();
  one.admit(tradeEvent({ tradeSeq: 1 }));
  one.admit(tradeEvent({ tradeSeq: 3 }));
  assert.is(one.admit(tradeEvent({ tradeSeq: 2 })), 'ADMIT');
  for (let seq = 4; seq < 80; seq += 1) one.admit(tradeEvent({ tradeSeq: seq }));
  assert.is(one.admit(tradeEvent({ tradeSeq: 2 })), 'QUARANTINE');
  assert.is(one.lastReason, 'identity_too_old');
});

gate('a full queue refuses intake, loudly, and takes again once drained', async () => {
  const { gate: one, health, traffic, pass } = gateUnderTest({ queueCapacity: 4 });
  for (let seq = 1; seq <= 4; seq += 1)
    assert.is(one.admit(tradeEvent({ tradeSeq: seq })), 'ADMIT');
  assert.is(one.admit(tradeEvent({ tradeSeq: 5 })), 'QUARANTINE');
  assert.is(one.lastReason, 'intake_refused');
  assert.is(viewMayApply('QUARANTINE', one.lastReason), true, 'prices stay usable to reduce risk');
  assert.is(one.health, 'RED');
  await pass(600);
  assert.is(one.health, 'GREEN');
  assert.equal(health, ['RED', 'GREEN']);
  assert.is(one.admit(tradeEvent({ tradeSeq: 6 })), 'ADMIT');
  assert.is(traffic.facts.length, 4);
});

gate('a journal without room makes it wait in order, and nothing is lost', async () => {
  const { gate: one, traffic, health, pass } = gateUnderTest();
  traffic.queueCapacity = 0;
  for (let seq = 1; seq <= 250; seq += 1) one.admit(tradeEvent({ tradeSeq: seq }));
  await pass(700);
  assert.is(traffic.facts.length, 0);
  assert.is(health[0], 'AMBER');
  traffic.queueCapacity = 1_000;
  await pass(700);
  assert.equal(
    traffic.facts.map(({ payload }) => payload.trade_seq),
    Array.from({ length: 250 }, (_, at) => at + 1),
  );
  assert.is(one.health, 'GREEN');
});

gate(
  'evidence without room ends nothing: what was set aside is counted once there is',
  async () => {
    const { gate: one, receipts, failures, pass } = gateUnderTest();
    receipts.queueCapacity = 0;
    one.admit(bookEvent());
    assert.is(one.admit(bookEvent({ bids: [7, 7] })), 'QUARANTINE');
    await pass(2_000);
    assert.equal([receipts.facts.length, failures.length], [0, 0]);
    receipts.queueCapacity = 10;
    await pass(1_000);
    assert.equal(
      receipts.facts.map(({ payload }) => [payload.admitted, payload.quarantined]),
      [[1, 1]],
    );
    assert.is(one.quarantine.size, 1, 'people still find it');
  },
);

gate('a failed journal write is final', async () => {
  const { gate: one, traffic, failures, pass } = gateUnderTest();
  traffic.broken = true;
  one.admit(tradeEvent());
  await pass(600);
  traffic.broken = false;
  assert.is(failures[0]?.code, 'JOURNAL_WRITE_FAILED');
  assert.is(one.health, 'RED');
  assert.is(one.admit(tradeEvent({ tradeSeq: 2 })), 'QUARANTINE');
  await pass(700);
  assert.is(traffic.facts.length, 0);
});

gate('a tick is written within the gathering window, not with the next receipt', async () => {
  const { gate: one, traffic, pass } = gateUnderTest();
  one.admit(tradeEvent({ tradeSeq: 1 }));
  await pass(25);
  assert.is(traffic.facts.length, 1);
  one.admit(tradeEvent({ tradeSeq: 2 }));
  await pass(25);
  assert.is(traffic.facts.length, 2);
});

gate('receipts cover every admitted fact exactly once, in ranges', async () => {
  const { gate: one, receipts, pass } = gateUnderTest();
  for (let seq = 1; seq <= 2_500; seq += 1) one.admit(tradeEvent({ tradeSeq: seq }));
  await pass(600);
  let next = 0;
  for (const { payload } of receipts.facts) {
    const range = payload.traffic as { first_offset: number; next_offset: number };
    assert.is(range.first_offset, next);
    assert.is(range.next_offset - range.first_offset, payload.admitted);
    next = range.next_offset;
  }
  assert.is(next, 2_500);
  assert.ok(receipts.facts.length > 1);
});

gate('over a sealed world nothing is copied: receipts name its rows', () => {
  const {
    gate: one,
    traffic,
    receipts,
  } = gateUnderTest({
    traffic: { byReference: { worldFingerprint: 'f'.repeat(64) } },
  });
  for (let seq = 1; seq <= 10_500; seq += 1)
    assert.is(one.admit(tradeEvent({ tradeSeq: seq })), 'ADMIT');
  one.flush();
  assert.is(traffic.facts.length, 0);
  assert.equal(
    receipts.facts.map(({ payload }) => payload.world),
    [
      { manifest_fingerprint: 'f'.repeat(64), first_row: 0, next_row: 10_000 },
      { manifest_fingerprint: 'f'.repeat(64), first_row: 10_000, next_row: 10_500 },
    ],
  );
});

gate('people list, release and drop what was set aside', async () => {
  const { gate: one, traffic, pass } = gateUnderTest();
  one.admit(bookEvent({ bids: [100, 5] }));
  one.admit(bookEvent({ bids: [100, 6] }));
  one.refuseFrame({
    reason: 'not_json',
    channel: '',
    detail: '',
    sessionEpoch: 1,
    receivedUs: 1_000_000,
    excerpt: '{',
  });
  assert.equal(
    one.quarantine.list().map(({ reason }) => reason),
    ['not_json', 'identity_conflict'],
  );
  assert.is(one.release(1)?.type, 'book');
  assert.is(one.drop(2).reason, 'not_json');
  assert.is(one.quarantine.size, 0);
  assert.throws(() => one.drop(2), /no quarantined entry/);
  await pass(600);
  assert.is(traffic.facts.length, 2);
});

gate.run();
