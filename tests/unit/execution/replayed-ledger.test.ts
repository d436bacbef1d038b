/** What a start reads back: how much it was, deliveries once, and the last lessons of past fills. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { replayLedger } from '../../../actors/execution/replay.ts';
import { lessonsMax } from '../../../actors/execution/replayed-market.ts';
import { createVirtualWorld } from '../../../daemon/ports/virtual/index.ts';
import type { VenueDelivery } from '../../../streams/facts/venue-records.ts';
import {
  decisionOf,
  MemoryStream,
  openProposal,
  type Room,
  startUs,
  venueOrderOf,
  venueTradeOf,
  withRoom,
} from '../../fixtures/execution-room.ts';
import { blind } from '../../fixtures/room-state.ts';

const replayed = suite('replayed ledger');

function fill(room: Room, lots = 100): void {
  const index = room.line.handed.length;
  room.execution.submit([openProposal()], decisionOf());
  room.execution.onVenueOrder(venueOrderOf(room, index, { state: 'filled', filledLots: lots }));
  room.execution.onVenueTrade(venueTradeOf(room, index, `t${index}`, lots));
}

/** Over the same ledger, recovered. */
function withNext(room: Room, work: (next: Room, summary: object) => void): void {
  const next = room.restart();
  try {
    const { durationMs: _, ...summary } = next.execution.recover();
    work(next, summary);
  } finally {
    next.execution.stop();
  }
}

replayed('a start says how much it has read', () =>
  withRoom((room) => {
    fill(room);
    room.execution.submit([openProposal()], decisionOf());
    const records = room.ledger.durable.length;
    assert.ok(records > 6);
    withNext(room, (_, summary) => {
      assert.equal(summary, { records, intents: 2, fills: 1, inDoubt: 1 });
    });
    withNext(room, (next) => {
      assert.is(next.execution.submit([openProposal()], decisionOf()).sent, 1);
      const instruments = next.ledger.facts('instrument.recorded');
      assert.is(instruments.length, 1, 'a revision is written once in the life of the ledger');
    });
  }),
);

replayed('a delivery moves the position once, in every life of the daemon', () =>
  withRoom((room) => {
    fill(room);
    const delivery: VenueDelivery = {
      deliveryId: 'BTC-PERPETUAL 1',
      instrument: room.perpetual,
      tsUs: startUs,
      signedLots: 60,
      indexFloat: 100_000,
      markFloat: null,
      profitFloat: null,
    };
    const lots = ({ execution }: Room) => execution.standing.positionLots('BTC-PERPETUAL');
    const heldIn = ({ execution }: Room) => execution.exposure.row('BTC-PERPETUAL')?.signedLots;
    assert.is(room.execution.hasDelivery(delivery.deliveryId), false);
    for (let told = 0; told < 2; told += 1) room.execution.onVenueDelivery(delivery);
    assert.equal([lots(room), heldIn(room)], [40, 40]);
    assert.is(room.execution.hasDelivery(delivery.deliveryId), true);
    const [fact, ...others] = room.ledger.facts('position.delivered');
    assert.equal(others, []);
    assert.equal([fact?.payload.amount_before, fact?.payload.amount], ['1000', '600']);
    withNext(room, (next) => {
      assert.equal([lots(next), heldIn(next)], [40, 40]);
      next.execution.onVenueDelivery(delivery);
      assert.is(lots(next), 40, 'known from the life before');
    });
  }),
);

replayed(
  'a reduction that went without its capsule takes no market from a snapshot before it',
  () =>
    withRoom((room) => {
      fill(room);
      blind(room);
      const close = {
        class: 'CLOSE',
        side: 'sell',
        reduce_only: true,
        limit_price: '100000',
        edge: undefined,
      } as const;
      const [leg] = room.execution.submit([openProposal(close)], decisionOf()).legs;
      assert.is(leg?.kind, 'sent');
      withNext(room, (next) => {
        const expectation = next.execution.order(leg?.intentId ?? '')?.expectation;
        assert.equal([expectation?.capsuleId, expectation?.mark], [null, null]);
        assert.is(expectation?.touchPriceFloat, null);
      });
    }),
);

replayed('a trade without an intent is counted as a fill that opened', async () => {
  const world = createVirtualWorld({ seed: 1, startUs, log: { level: 'silent' } });
  const node = world.node('daemon');
  await withRoom(
    async (room) => {
      room.execution.submit([openProposal()], decisionOf());
      const stray = { ...venueTradeOf(room, 0, 'x1', 5), orderId: 'foreign', label: '' };
      room.execution.onVenueTrade(stray);
      const text = await node.metrics.render('openmetrics');
      assert.match(text, /holdfast_fills_total\{class="OPEN"\} 1\n/);
    },
    { options: { ports: node.ports } },
  );
});

/** A ledger with the attribution of one fill so many times, each with a slippage of its own. */
function taught(room: Room, times: number): number[] {
  const stream = new MemoryStream();
  const texts = room.ledger.durable.map((bytes) => bytes.toString('utf8'));
  const isRow = (text: string): boolean => text.includes('"event_type":"attribution.recorded"');
  const row = texts.find(isRow) ?? '';
  stream.durable.push(...texts.filter((text) => !isRow(text)).map((text) => Buffer.from(text)));
  for (let at = 0; at < times; at += 1) {
    const own = row.replace(
      /"slippage_touch_bps_float":[^,}]+/,
      `"slippage_touch_bps_float":${at}`,
    );
    stream.durable.push(Buffer.from(own));
  }
  const learnt: number[] = [];
  const ignore = (): void => undefined;
  replayLedger({ stream, knowsInstrument: ignore }, {
    addOrder: ignore,
    group: ignore,
    orderOf: () => undefined,
    restore: ignore,
    trade: ignore,
    deliver: ignore,
    learn: ({ realisedBpsFloat }: { readonly realisedBpsFloat: number }) =>
      void learnt.push(realisedBpsFloat),
  } as unknown as Parameters<typeof replayLedger>[1]);
  return learnt;
}

replayed('the last lessons are taught, in the order they were learnt, and no more of them', () =>
  withRoom((room) => {
    fill(room);
    assert.equal(taught(room, 3), [0, 1, 2]);
    for (const times of [lessonsMax, 2 * lessonsMax, 2 * lessonsMax + 1]) {
      const learnt = taught(room, times);
      assert.is(learnt.length, lessonsMax, `${times}`);
      assert.equal([learnt[0], learnt.at(-1)], [times - lessonsMax, times - 1]);
    }
  }),
);

replayed.run();
