/** Reservations return to zero whatever happens to the orders, and are never released twice. */
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ExposureBook } from '../../../actors/execution/exposure.ts';
import { newOrderRecord } from '../../../actors/execution/order-record.ts';
import { OrderTracker } from '../../../actors/execution/order-tracker.ts';
import { isTerminal, orderEvents } from '../../../machines/order-lifecycle.ts';
import type { OrderIntent } from '../../../streams/facts/intent.ts';
import { perpetualInstrument } from '../../fixtures/instruments.ts';

const exposure = suite('exposure');
const instrument = perpetualInstrument();

function intentOf(index: number, side: 'buy' | 'sell'): OrderIntent {
  return {
    intentId: `intent-${index}`,
    groupId: 'group',
    legIdx: index,
    attempt: 0,
    strategyId: 's',
    decisionId: 'd',
    class: 'OPEN',
    instrument,
    side,
    qtyLots: 10,
    limitTicks: 100,
    timeInForce: 'immediate_or_cancel',
    postOnly: false,
    reduceOnly: false,
    validUntilUs: 0,
    label: `label-${index}`,
    edge: null,
    reasonCodes: [],
    traceId: '',
  };
}

const nothing = {
  capsuleId: null,
  fairPriceFloat: null,
  predictedSlippageBpsFloat: null,
  touchPriceFloat: null,
  mark: null,
  decidedUs: null,
};

const steps = fc.array(
  fc.tuple(
    fc.nat(4),
    fc.oneof(
      fc.constantFrom(...orderEvents).map((event) => ({ event, lots: 0 })),
      fc.integer({ min: 1, max: 4 }).map((lots) => ({ event: undefined, lots })),
    ),
  ),
  { maxLength: 60 },
);

exposure('returns to zero at rest under any sequence of events and fills', () => {
  fc.assert(
    fc.property(steps, (sequence) => {
      const book = new ExposureBook();
      const tracker = new OrderTracker(book, {
        onTransition: () => undefined,
        onSecondOrder: () => undefined,
      });
      const orders = [0, 1, 2, 3, 4].map((index) =>
        newOrderRecord(
          intentOf(index, index % 2 === 0 ? 'buy' : 'sell'),
          { style: 'atomic', legs: 5 },
          nothing,
        ),
      );
      for (const order of orders) {
        order.state = 'recorded';
        tracker.add(order);
      }
      for (const [index, { event, lots }] of sequence) {
        const order = orders[index] as (typeof orders)[number];
        if (event !== undefined) tracker.apply(order, { event });
        else if (order.tradedLots + lots <= 10) tracker.applyTrade(order, lots, 't');
        const row = book.row(instrument.name);
        assert.ok((row?.pendingBuyLots ?? 0) >= 0 && (row?.pendingSellLots ?? 0) >= 0);
        const sum = orders.reduce(
          (total, each) => total + book.reservedLots(each.intent.intentId),
          0,
        );
        assert.is((row?.pendingBuyLots ?? 0) + (row?.pendingSellLots ?? 0), sum);
      }
      for (const order of orders) {
        if (!isTerminal(order.state)) tracker.apply(order, { event: 'venue.cancelled' });
        const missing = order.reportedLots - order.tradedLots;
        if (missing > 0) tracker.applyTrade(order, missing, 'last');
        // A full set of trades resurrects nothing that has ended.
        if (!isTerminal(order.state)) tracker.apply(order, { event: 'venue.cancelled' });
      }
      assert.is(book.row(instrument.name)?.pendingBuyLots ?? 0, 0);
      assert.is(book.row(instrument.name)?.pendingSellLots ?? 0, 0);
      assert.is(book.reservationCount, 0);
      assert.is(tracker.liveCount, 0);
    }),
  );
});

exposure('releasing twice changes nothing', () => {
  const book = new ExposureBook();
  book.reserve('a', instrument, 'buy', 5);
  book.release('a');
  book.release('a');
  assert.is(book.row(instrument.name)?.pendingBuyLots ?? 0, 0);
});

exposure('an order in doubt keeps its full size reserved', () => {
  const book = new ExposureBook();
  const tracker = new OrderTracker(book, {
    onTransition: () => undefined,
    onSecondOrder: () => undefined,
  });
  const order = newOrderRecord(intentOf(0, 'buy'), { style: 'atomic', legs: 1 }, nothing);
  order.state = 'recorded';
  tracker.add(order);
  tracker.apply(order, { event: 'ack.timedOut' });
  assert.is(order.state, 'in_doubt');
  assert.is(book.reservedLots('intent-0'), 10);
  tracker.apply(order, { event: 'fence.provedAbsent' });
  assert.is(book.reservedLots('intent-0'), 0);
});

exposure.run();
