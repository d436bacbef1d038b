/** What reconciliation sees of the ledger, what it does to it, and where its last proof stood. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { OrderRecord } from '../../../actors/execution/index.ts';
import { ledgerView, reconcileActions, reconcileMark } from '../../../daemon/system/ledger-view.ts';
import type { Adoption } from '../../../streams/facts/adoption.ts';
import { encodeFact } from '../../../streams/facts/envelope.ts';
import type { PositionState } from '../../../streams/facts/positions.ts';
import type {
  VenueDelivery,
  VenueOrder,
  VenueTrade,
} from '../../../streams/facts/venue-records.ts';
import { adoptionOf } from '../../fixtures/adoptions.ts';
import { factOf } from '../../fixtures/facts/facts.ts';
import { optionInstrument, perpetualInstrument } from '../../fixtures/instruments.ts';
import { positionOf, positionsOf } from '../../fixtures/system/markets.ts';
import { openOrderOf, orderOf } from '../../fixtures/system/orders.ts';
import { venueOrder, venueTrade } from '../../fixtures/system/venue-records.ts';

const views = suite('ledger view');
const perpetual = perpetualInstrument();
const option = optionInstrument();

function viewOf(orders: readonly OrderRecord[], positions: readonly PositionState[] = []) {
  const execution = {
    openOrders: orders.map(({ intent }) => openOrderOf({ intentId: intent.intentId })),
    order: (id: string) => orders.find(({ intent }) => intent.intentId === id),
    positions: positionsOf(...positions),
    hasLabel: (label: string) => label === 'known',
    hasTrade: (id: string) => id === 'T-known',
    hasDelivery: (id: string) => id === 'D-known',
    hasAdoption: (id: string) => id === 'A-known',
    hasAdoptedOrder: (id: string) => id === 'O-adopted',
  };
  const mark = { bornUs: 7, lastReconciledUs: null as number | null };
  return { mark, view: ledgerView('main', execution, mark, () => true) };
}

views('a cut has every open order by its label, with the lots its trades account for', () => {
  const order = orderOf(
    { state: 'partially_filled', tradedLots: 3, reportedLots: 4, sentUs: 1_000 },
    { reduceOnly: true },
  );
  const { orders } = viewOf([order]).view.cut();
  assert.equal(
    [...orders],
    [
      [
        order.intent.label,
        {
          intentId: order.intent.intentId,
          label: order.intent.label,
          instrument: order.intent.instrument,
          lots: 10,
          filledLots: 3,
          state: 'partially_filled',
          reduceOnly: true,
          recordedUs: 1_000,
          validUntilUs: 5_000_000,
        },
      ],
    ],
  );
});

views('an order sent by an earlier process is as old as can be', () => {
  const { orders } = viewOf([orderOf({ state: 'in_doubt' })]).view.cut();
  assert.is([...orders.values()][0]?.recordedUs, 0);
});

views('flat positions are not in a cut, signs are', () => {
  const { positions } = viewOf(
    [],
    [
      positionOf(perpetual, { signedLots: -5 }),
      positionOf(option),
      positionOf(optionInstrument({ name: 'BTC-25DEC26-80000-C' }), { signedLots: 2 }),
    ],
  ).view.cut();
  assert.equal(Object.fromEntries(positions), {
    'BTC-25DEC26-80000-C': 2,
    'BTC-PERPETUAL': -5,
  });
});

views('two cuts are two moments', () => {
  const orders = [orderOf()];
  const { view } = viewOf(orders);
  const before = view.cut();
  const [order] = orders;
  if (order !== undefined) order.tradedLots = 9;
  assert.is([...before.orders.values()][0]?.filledLots, 0);
  assert.is([...view.cut().orders.values()][0]?.filledLots, 9);
});

views('labels and trades are known, ours, or neither', () => {
  const { view } = viewOf([]);
  assert.is(view.hasIntent('known'), true);
  assert.is(view.hasIntent('unknown'), false);
  assert.is(view.ownsLabel('hf1:0123abcd:222222222222:0:1111111111111111'), true);
  assert.is(view.ownsLabel('by hand'), false);
  assert.is(view.ownsLabel(''), false);
  assert.is(view.knowsTrade(perpetual, 'T-known'), true);
  assert.is(view.knowsTrade(perpetual, 'T-other'), false);
  assert.is(view.knowsDelivery('D-known'), true);
  assert.is(view.knowsDelivery('D-other'), false);
});

views('the mark is read when asked, not when made', () => {
  const { mark, view } = viewOf([]);
  assert.is(view.bornUs, 7);
  assert.is(view.lastReconciledUs, null);
  mark.lastReconciledUs = 9;
  assert.is(view.lastReconciledUs, 9);
});

function actionsOn(cancelKind: 'sent' | 'refused' = 'sent') {
  const calls: unknown[] = [];
  const known = new Set<string>();
  const execution = {
    hasTrade: (id: string) => known.has(id),
    onVenueTrade: (trade: VenueTrade) => {
      known.add(trade.tradeId);
      calls.push(['trade', trade.tradeId]);
    },
    hasDelivery: (id: string) => known.has(id),
    onVenueDelivery: ({ deliveryId }: VenueDelivery) => {
      known.add(deliveryId);
      calls.push(['delivery', deliveryId]);
    },
    onVenueOrder: (order: VenueOrder) => void calls.push(['order', order.orderId]),
    cancelVenueOrder: (order: VenueOrder, strategyId: string) => {
      calls.push(['cancel', order.orderId, strategyId]);
      return { kind: cancelKind } as ReturnType<
        Parameters<typeof reconcileActions>[0]['cancelVenueOrder']
      >;
    },
    markAbsent: (intentId: string) => void calls.push(['absent', intentId]),
    adopt: ({ adoptionId }: Adoption) => void calls.push(['adopt', adoptionId]),
    provenOpen: (open: readonly VenueOrder[]) =>
      void calls.push(['open', ...open.map(({ orderId }) => orderId)]),
  };
  const mark = { bornUs: 0, lastReconciledUs: null as number | null };
  return { calls, mark, actions: reconcileActions(execution, mark) };
}

views('a delivery is recorded once, through the room that owns positions', () => {
  const { calls, actions } = actionsOn();
  const delivery = { deliveryId: 'D1' } as VenueDelivery;
  assert.is(actions.recordDelivery(delivery), true);
  assert.is(actions.recordDelivery(delivery), false);
  assert.equal(calls, [['delivery', 'D1']]);
});

views('a missed fill is recorded once, through the room that owns fills', () => {
  const { calls, actions } = actionsOn();
  assert.is(actions.recordMissedFill(venueTrade()), true);
  assert.is(actions.recordMissedFill(venueTrade()), false);
  assert.equal(calls, [['trade', 'T-1']]);
});

views('corrections go to the room that owns them', async () => {
  const { calls, actions } = actionsOn();
  actions.observeOrder(venueOrder());
  assert.is(await actions.cancelOrder(venueOrder(), 'ghost'), true);
  const { intent } = orderOf();
  actions.declareAbsent({ ...intent, lots: 1, filledLots: 0, state: 'in_doubt', recordedUs: 0 });
  assert.equal(calls, [
    ['order', 'O-1'],
    ['cancel', 'O-1', 'reconciliation.ghost'],
    ['absent', intent.intentId],
  ]);
  assert.is(await actionsOn('refused').actions.cancelOrder(venueOrder(), 'ghost'), false);
});

views('a proof never moves the mark back', () => {
  const { mark, actions } = actionsOn();
  for (const [reconciledTo, expected] of [
    [50, 50],
    [40, 50],
    [60, 60],
  ] as const) {
    actions.recordProof(reconciledTo, []);
    assert.is(mark.lastReconciledUs, expected);
  }
});

views(
  'a proof without trades says what is open, and leaves the mark; an adoption is passed on',
  () => {
    const { mark, actions, calls } = actionsOn();
    actions.recordProof(0, [venueOrder()]);
    actions.adopt(adoptionOf());
    assert.is(mark.lastReconciledUs, null);
    assert.equal(calls, [
      ['open', 'O-1'],
      ['adopt', adoptionOf().adoptionId],
    ]);
  },
);

const reconcilePayload = (outcome: string, lookbackFromUs: number) => ({
  outcome,
  lookback_from_us: lookbackFromUs,
});

function journalOf(ledger: readonly Buffer[], control: readonly Buffer[]) {
  const streams = { ledger, control };
  return {
    stream: (name: 'ledger' | 'control') => ({
      read: (from: number) =>
        streams[name]
          .slice(from)
          .map((bytes, index) => ({ offset: from + index, epoch: 1, bytes })),
    }),
  };
}

const finished = (outcome: string, lookbackFromUs: number): Buffer =>
  encodeFact(
    factOf({
      eventType: 'reconcile.finished',
      payload: reconcilePayload(outcome, lookbackFromUs),
    }),
  );
const clock = { nowUs: () => 9_000_000 };

views('an empty ledger is born now and was never reconciled', () => {
  assert.equal(reconcileMark(journalOf([], []), clock), {
    bornUs: 9_000_000,
    lastReconciledUs: null,
  });
});

views('a ledger is as old as its first record', () => {
  const ledger = [5, 6, 7].map((tsUs) => encodeFact(factOf({ tsUs })));
  assert.is(reconcileMark(journalOf(ledger, []), clock).bornUs, 5);
});

views('the last proof counts, from the start of what it looked at; failures prove nothing', () => {
  const control = [
    encodeFact(factOf()),
    finished('proven', 100),
    finished('proven', 200),
    finished('differences', 300),
    finished('failed', 400),
    encodeFact(factOf()),
  ];
  assert.is(reconcileMark(journalOf([], control), clock).lastReconciledUs, 200);
  assert.is(reconcileMark(journalOf([], [finished('failed', 400)]), clock).lastReconciledUs, null);
});

views.run();
