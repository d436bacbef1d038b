/** The comparison itself: what a collection proves, and what moved under the reading. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { compare, ghostsAmong } from '../../../actors/reconciliation/compare.ts';
import type {
  Collection,
  LedgerCut,
  LedgerOrder,
} from '../../../actors/reconciliation/contract.ts';
import type {
  VenueDelivery,
  VenueOrder,
  VenueTrade,
} from '../../../streams/facts/venue-records.ts';
import { perpetualInstrument } from '../../fixtures/instruments.ts';

const comparison = suite('comparison');
const instrument = perpetualInstrument();

const intent = (label: string, changes: Partial<LedgerOrder> = {}): LedgerOrder => ({
  intentId: label,
  label,
  instrument,
  lots: 10,
  filledLots: 0,
  state: 'acked',
  reduceOnly: false,
  recordedUs: 0,
  validUntilUs: 0,
  ...changes,
});

const cut = (lots: number, ...orders: readonly LedgerOrder[]): LedgerCut => ({
  orders: new Map(orders.map((order) => [order.label, order])),
  positions: new Map([[instrument.name, lots]]),
});

const order = (label: string, changes: Partial<VenueOrder> = {}): VenueOrder => ({
  orderId: `v-${label}`,
  instrument,
  label,
  state: 'open',
  side: 'buy',
  priceTicks: 1,
  lots: 10,
  filledLots: 0,
  reduceOnly: false,
  postOnly: false,
  timeInForce: 'good_til_cancelled',
  cancelReason: null,
  createdUs: 0,
  updatedUs: 0,
  ...changes,
});

const trade = (tradeId: string, label: string, tsUs = 100): VenueTrade => ({
  tradeId,
  tradeSeq: 1,
  orderId: `v-${label}`,
  instrument,
  label,
  side: 'buy',
  priceTicks: 1,
  lots: 5,
  fee: '0',
  feeCurrency: 'BTC',
  liquidity: 'taker',
  tsUs,
  markFloat: null,
  indexFloat: null,
});

function collection(changes: Partial<Collection> & { venueLots?: number } = {}): Collection {
  const { venueLots = 0, ...rest } = changes;
  const zero = { averagePriceFloat: 0, markFloat: 0, deltaFloat: 0 };
  const money = { floatingPnlFloat: 0, realisedPnlFloat: 0 };
  return {
    before: cut(0),
    after: cut(0),
    trades: [],
    tradesAfter: [],
    openOrders: [],
    deliveries: [],
    positions: [{ instrument, signedLots: venueLots, ...zero, ...money }],
    lookedUp: new Map(),
    settledBeforeUs: 1_000,
    ...rest,
  };
}

const ledger = (...known: readonly string[]) => ({
  hasIntent: (label: string) => label.startsWith('hf1:'),
  ownsLabel: (label: string) => label.startsWith('hf1:'),
  knowsTrade: (_of: unknown, tradeId: string) => known.includes(tradeId),
  knowsDelivery: (id: string) => known.includes(id),
  hasAdoptedOrder: (id: string) => known.includes(id),
  instrumentOf: () => undefined,
  bornUs: 50,
});

comparison('one lot is a difference when nothing moved', () => {
  const { differences, moved } = compare(collection({ venueLots: 1 }), ledger());
  assert.equal([differences.map(({ kind }) => kind), moved.size], [['position'], 0]);
});

const delivery = (signedLots: number, own: Partial<VenueDelivery> = {}): VenueDelivery => ({
  deliveryId: 'd1',
  instrument,
  tsUs: 60,
  signedLots,
  indexFloat: 80_000,
  markFloat: null,
  profitFloat: null,
  ...own,
});
const held = (lots: number, ...deliveries: VenueDelivery[]) =>
  collection({ before: cut(lots), after: cut(lots), deliveries });

comparison('a delivery of what the ledger holds explains the position and is booked', () => {
  const { deliveries, differences } = compare(held(3, delivery(3)), ledger());
  assert.equal([deliveries.map(({ deliveryId }) => deliveryId), differences], [['d1'], []]);
});

const unexplained: ReadonlyArray<readonly [string, Collection, readonly string[]]> = [
  ['of another size', held(3, delivery(2)), []],
  ['of the other side', held(3, delivery(-3)), []],
  ['that the ledger has already', held(3, delivery(3)), ['d1']],
  ['from before the ledger began', held(3, delivery(3, { tsUs: 49 })), []],
];
for (const [title, given, known] of unexplained) {
  comparison(`a delivery ${title} is not booked, and the position stays a difference`, () => {
    const { deliveries, differences } = compare(given, ledger(...known));
    assert.equal(deliveries, []);
    assert.equal(
      differences.map(({ kind }) => kind),
      ['position'],
    );
  });
}

comparison('a delivery waits for a fill that was missed: the fill comes first', () => {
  const missed = { ...held(3, delivery(8)), trades: [trade('t1', 'hf1:a')] };
  const { deliveries, missedFills, differences } = compare(missed, ledger());
  assert.equal([deliveries, missedFills.length, differences], [[], 1, []]);
});

comparison('a delivery of something the ledger never held is nobody’s to book', () => {
  const { deliveries, differences } = compare(held(0, delivery(3)), ledger());
  assert.equal([deliveries, differences], [[], []]);
});

const movements: ReadonlyArray<readonly [string, Partial<Collection>]> = [
  ['a trade came between the first and the last read', { tradesAfter: [trade('t1', 'hf1:a')] }],
  ['the ledger position changed', { before: cut(3), after: cut(0) }],
  [
    'an order changed its state',
    { before: cut(0, intent('hf1:a', { state: 'sent' })), after: cut(0, intent('hf1:a')) },
  ],
  [
    'an order filled',
    { before: cut(0, intent('hf1:a')), after: cut(0, intent('hf1:a', { filledLots: 1 })) },
  ],
  ['an order appeared', { after: cut(0, intent('hf1:a')) }],
  ['an order ended', { before: cut(0, intent('hf1:a')) }],
  [
    'an intent is on its way',
    {
      before: cut(0, intent('hf1:a', { recordedUs: 1_001 })),
      after: cut(0, intent('hf1:a', { recordedUs: 1_001 })),
    },
  ],
];

for (const [title, changes] of movements) {
  comparison(`nothing is concluded when ${title}`, () => {
    const { differences, moved } = compare(collection({ ...changes, venueLots: 5 }), ledger());
    assert.equal([differences, [...moved]], [[], [instrument.name]]);
  });
}

comparison(
  'an intent that is not on its way any more and nowhere at the venue is unresolved',
  () => {
    const live = cut(0, intent('hf1:a', { recordedUs: 1_000 }));
    const { differences } = compare(collection({ before: live, after: live }), ledger());
    assert.equal(
      differences.map(({ kind }) => kind),
      ['intent_unresolved'],
    );
  },
);

comparison('a missed fill explains a position that differs', () => {
  const { differences, missedFills } = compare(
    collection({ trades: [trade('t1', 'hf1:a')], venueLots: 5 }),
    ledger(),
  );
  assert.equal([differences, missedFills.length], [[], 1]);
});

comparison('a known trade is not missed, and one from before the ledger is nobody’s', () => {
  const trades = [trade('t1', 'hf1:a'), trade('t0', 'manual', 49)];
  const { differences, missedFills } = compare(collection({ trades }), ledger('t1'));
  assert.equal([differences, missedFills], [[], []]);
});

comparison('a ghost has no live intent, neither before nor after the reads', () => {
  const openOrders = [order('hf1:ghost'), order('hf1:live'), order('manual')];
  const live = cut(0, intent('hf1:live'));
  const found = compare(collection({ before: live, after: live, openOrders }), ledger());
  assert.equal(
    found.ghosts.map(({ label }) => label),
    ['hf1:ghost'],
  );
});

comparison('an order that ended or began meanwhile is no ghost', () => {
  const live = cut(0, intent('hf1:a'));
  const open = [order('hf1:a')];
  assert.equal(ghostsAmong(open, live, cut(0), ledger()), []);
  assert.equal(ghostsAmong(open, cut(0), live, ledger()), []);
  assert.is(ghostsAmong(open, cut(0), cut(0), ledger()).length, 1);
});

comparison('two venue orders with one label are unresolved, not chosen between', () => {
  const live = cut(0, intent('hf1:a'));
  const openOrders = [order('hf1:a'), order('hf1:a', { orderId: 'other' })];
  const { differences } = compare(collection({ before: live, after: live, openOrders }), ledger());
  assert.equal(differences, [
    { kind: 'intent_unresolved', subject: 'hf1:a', venue: '2 orders', ledger: 'acked' },
  ]);
});

comparison.run();
