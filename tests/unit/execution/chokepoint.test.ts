/** The chokepoint's own checks, each alone the reason that no byte leaves. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  type ChokepointOptions,
  type DispatchResult,
  openChokepoint,
} from '../../../actors/execution/chokepoint.ts';
import { DispatchQueue } from '../../../actors/execution/dispatch-queue.ts';
import { DispatchTally } from '../../../actors/execution/dispatch-tally.ts';
import { executionMetrics } from '../../../actors/execution/execution-metrics.ts';
import { newOrderRecord, type OrderRecord } from '../../../actors/execution/order-record.ts';
import { RateLimiter } from '../../../actors/execution/rate-limiter.ts';
import { createVirtualWorld } from '../../../daemon/ports/virtual/index.ts';
import type { OrderIntent } from '../../../streams/facts/intent.ts';
import { CapabilityOffice } from '../../../streams/venues/deribit/index.ts';
import { activeGuard, HandLine, HandMarket } from '../../fixtures/execution-room.ts';
import { perpetualInstrument } from '../../fixtures/instruments.ts';

const chokepoint = suite('chokepoint');

function orderOf(own: Partial<OrderIntent> = {}, capsuleId: string | null = 'c'): OrderRecord {
  const intent: OrderIntent = {
    intentId: 'i',
    groupId: 'g',
    legIdx: 0,
    attempt: 0,
    strategyId: 's',
    decisionId: 'd',
    class: 'OPEN',
    instrument: perpetualInstrument(),
    side: 'buy',
    qtyLots: 1,
    limitTicks: 200_000,
    timeInForce: 'immediate_or_cancel',
    postOnly: false,
    reduceOnly: false,
    validUntilUs: 1_000_000,
    label: 'l',
    edge: null,
    reasonCodes: [],
    traceId: '',
    ...own,
  };
  const expectation = {
    capsuleId,
    fairPriceFloat: null,
    predictedSlippageBpsFloat: null,
    touchPriceFloat: null,
    mark: null,
    decidedUs: null,
  };
  return newOrderRecord(intent, { style: 'atomic', legs: 1 }, expectation);
}

const fewCredits = { creditsPerS: 1, burst: 4, reserve: 2 };

function open(own: Partial<ChokepointOptions> = {}) {
  const line = new HandLine(new HandMarket());
  const world = createVirtualWorld({ seed: 1, startUs: 0, log: { level: 'silent' } });
  const { telemetry, clock } = world.portsFor('daemon');
  const metrics = executionMetrics(telemetry.metrics);
  const tally = new DispatchTally({
    guard: { report: () => undefined },
    log: telemetry.log,
    duplicates: metrics.duplicateDispatches,
    illegal: metrics.illegalAttempts,
  });
  const dispatch = openChokepoint({
    office: new CapabilityOffice(),
    session: line.session,
    ackTimeoutMs: () => 1_000,
    guard: { evaluate: () => activeGuard, refusal: () => undefined, report: () => undefined },
    queue: new DispatchQueue({
      limiter: new RateLimiter(() => fewCredits, 0),
      clock,
    }),
    stage: { stage: 'DEV', host: 'h', permitted: true },
    monotonicUs: () => clock.monotonicUs(),
    nowUs: () => clock.nowUs(),
    venueOffsetUs: () => 0,
    tally,
    isDurable: () => true,
    stillReduces: () => true,
    ...own,
  });
  const place = (...orders: OrderRecord[]): string => {
    const result = dispatch({ kind: 'place', orders });
    return result.kind === 'blocked' ? result.code : result.kind;
  };
  return { line, dispatch, place, tally, pass: (ms: number) => world.clock.runFor(ms) };
}

const close = { class: 'CLOSE', reduceOnly: true } as const;

chokepoint('lets a durable, permitted order with its capsule out', () => {
  const { line, place } = open();
  assert.is(place(orderOf()), 'placed');
  assert.is(line.handed.length, 1);
});

const refusals: Array<
  [title: string, own: Partial<ChokepointOptions>, order: OrderRecord, code: string]
> = [
  ['an intent that is not durable', { isDurable: () => false }, orderOf(), 'LedgerWriteFailed'],
  ['an OPEN without its capsule', {}, orderOf({}, null), 'CapsuleWriteFailed'],
  ['a CLOSE without the flag', {}, orderOf({ class: 'CLOSE' }), 'ReduceOnlyNotReducing'],
  ['an unprovable CLOSE', { stillReduces: () => false }, orderOf(close), 'ReduceOnlyNotReducing'],
  [
    'a foreign host',
    { stage: { stage: 'DEV', host: 'h', permitted: false } },
    orderOf(),
    'StageForbidsVenue',
  ],
  [
    'what the guard refuses',
    {
      guard: {
        evaluate: () => activeGuard,
        refusal: () => 'TradingModeForbidsClass',
        report: () => undefined,
      },
    },
    orderOf(),
    'TradingModeForbidsClass',
  ],
];
for (const [title, own, order, code] of refusals) {
  chokepoint(`stops ${title}`, () => {
    const { line, place } = open(own);
    assert.is(place(order), code);
    assert.is(line.handed.length, 0);
    assert.is(order.dispatched, false);
  });
}

chokepoint('never hands the same intent over twice', () => {
  const { line, place, tally } = open();
  const order = orderOf();
  place(order);
  assert.is(tally.duplicates, 0);
  assert.is(place(order), 'DuplicateIntent');
  assert.is(line.handed.length, 1);
  assert.is(tally.duplicates, 1);
});

chokepoint('counts what the gates should have stopped, and not what changed since', () => {
  const { place, tally } = open();
  place(orderOf({}, null));
  place(orderOf({ class: 'CLOSE' }));
  assert.is(tally.illegal, 2);
  const held = open({ stillReduces: () => false });
  held.place(orderOf(close));
  assert.is(held.tally.illegal, 0);
});

chokepoint('tells the guard what is containment: Kill permits that alone, when eligible', () => {
  const { place, dispatch, line } = open({
    guard: {
      evaluate: () => activeGuard,
      refusal: (_view, { containment }) =>
        containment === true ? undefined : 'TradingModeForbidsClass',
      report: () => undefined,
    },
  });
  assert.is(place(orderOf(close)), 'TradingModeForbidsClass');
  const orders = [orderOf(close)];
  assert.is(dispatch({ kind: 'place', orders, containment: true }).kind, 'placed');
  assert.is(line.handed.length, 1);
});

chokepoint('lets a CLOSE go on without a capsule', () => {
  assert.is(open().place(orderOf(close, null)), 'placed');
});

/** Spends all four credits; then nothing may leave for a second. */
function spent(own: Partial<ChokepointOptions> = {}) {
  const opened = open(own);
  opened.place(orderOf());
  opened.place(orderOf());
  opened.place(orderOf(close));
  opened.place(orderOf(close));
  assert.is(opened.line.handed.length, 4);
  return opened;
}

const cancel = {
  kind: 'cancel',
  venueOrderId: 'o',
  targetReduceOnly: false,
  riskIncreasing: false,
} as const;

function recorded(own: Partial<OrderIntent> = {}): OrderRecord {
  const order = orderOf({ ...close, validUntilUs: 60_000_000, ...own });
  order.state = 'recorded';
  return order;
}

chokepoint('keeps the reserve from OPEN, gives it to CLOSE and CANCEL', () => {
  const { line, place, dispatch } = open();
  assert.is(place(orderOf()), 'placed');
  assert.is(place(orderOf()), 'placed');
  assert.is(place(orderOf()), 'RateLimitBrownout');
  assert.is(place(orderOf(close)), 'placed');
  assert.is(dispatch(cancel).kind, 'cancelling');
  assert.is(line.handed.length, 4);
});

chokepoint('what reduces waits by priority, and the rate is never exceeded', async () => {
  const { line, dispatch, pass } = spent();
  const left: string[] = [];
  const later = (order: OrderRecord, containment = false) =>
    dispatch({
      kind: 'place',
      orders: [order],
      containment,
      onLeft: (_orders, { kind }) => left.push(`${order.intent.label} ${kind}`),
    }).kind;
  assert.is(later(recorded({ label: 'hedge' })), 'waiting');
  assert.is(dispatch(cancel).kind, 'cancelling');
  assert.is(dispatch(cancel).kind, 'waiting', 'one cancel an order');
  assert.is(later(recorded({ label: 'emergency' }), true), 'waiting');
  assert.is(line.handed.length, 4);
  await pass(1_001);
  assert.equal(left, ['emergency placed']);
  await pass(1_000);
  assert.is(line.handed[5]?.method, 'private/cancel');
  assert.is(line.handed.length, 6);
  assert.is(dispatch({ kind: 'place', orders: [orderOf()] }).kind, 'blocked');
  await pass(1_000);
  assert.equal(left, ['emergency placed', 'hedge placed']);
  assert.is(line.handed.length, 7);
});

chokepoint('what waited is judged again when it leaves', async () => {
  let refusal: 'TradingModeForbidsClass' | undefined;
  const guard = { evaluate: () => activeGuard, refusal: () => refusal, report: () => undefined };
  const { line, dispatch, pass } = spent({ guard });
  const left: string[] = [];
  const orders = [recorded()];
  const onLeft: (...told: [readonly OrderRecord[], DispatchResult]) => void = (_orders, result) =>
    left.push(result.kind === 'blocked' ? result.code : result.kind);
  assert.is(dispatch({ kind: 'place', orders, onLeft }).kind, 'waiting');
  refusal = 'TradingModeForbidsClass';
  await pass(1_100);
  assert.equal(left, ['TradingModeForbidsClass']);
  assert.is(line.handed.length, 4);
});

for (const [title, state] of [
  ['what went out of sight', 'in_doubt'],
  ['what is not valid any more', 'recorded'],
] as const) {
  chokepoint(`${title} while it waited is never sent`, async () => {
    const { line, dispatch, pass, tally } = spent();
    const order = recorded({ validUntilUs: 500_000 });
    dispatch({ kind: 'place', orders: [order], onLeft: () => undefined });
    order.state = state;
    await pass(5_000);
    assert.is(line.handed.length, 4);
    assert.is(tally.illegal, 0);
  });
}

chokepoint('a group goes out whole or not at all', () => {
  const { line, place } = open();
  assert.is(place(orderOf(), orderOf({ intentId: 'j' }, null)), 'CapsuleWriteFailed');
  assert.is(
    place(orderOf(), orderOf({ intentId: 'j' }), orderOf({ intentId: 'k' })),
    'RateLimitBrownout',
  );
  assert.is(line.handed.length, 0);
  assert.is(place(orderOf(), orderOf({ intentId: 'j' })), 'placed');
  assert.is(line.handed.length, 2);
});

chokepoint.run();
