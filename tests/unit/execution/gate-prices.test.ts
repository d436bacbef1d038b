/** Gates that price: collar, edge, skew, own orders; each at its limit and one past it. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ExposureBook } from '../../../actors/execution/exposure.ts';
import {
  addsToInventory,
  biasOf,
  inventorySkewGate,
  skewedMinEdgeUsd,
} from '../../../actors/execution/gates/inventory-skew.ts';
import { netEdgeGate } from '../../../actors/execution/gates/net-edge.ts';
import { postOnlyGate } from '../../../actors/execution/gates/preflight.ts';
import {
  collarReferenceTicksFloat,
  priceCollarGate,
} from '../../../actors/execution/gates/price-collar.ts';
import { reductionGate } from '../../../actors/execution/gates/reduction.ts';
import { selfTradeGate } from '../../../actors/execution/gates/self-trade.ts';
import type { OrderIntent } from '../../../streams/facts/intent.ts';
import type { OpenOrder } from '../../../streams/facts/positions.ts';
import {
  gateNowMonotonicUs,
  handMarket,
  intentOf,
  option,
  perpetual,
  type ViewChanges,
  viewOf,
} from '../../fixtures/gate-view.ts';

const prices = suite('gates: prices');

const close = { class: 'CLOSE', side: 'sell', reduceOnly: true } as const;

prices('collar reference: mark, else index of what is priced like it, else the middle', () => {
  const market = handMarket();
  const of = (instrument: typeof perpetual, mark: number, index: number): number => {
    market.ticker(instrument, mark, index);
    return collarReferenceTicksFloat(instrument, market.get(instrument.name));
  };
  assert.is(of(perpetual, 99_000, 100_000), 198_000);
  assert.is(of(perpetual, 0, 100_000), 200_000);
  assert.is(of(perpetual, 0, 0), 200_000.5);
  assert.is(of(option, 0.05, 100_000), 500);
  assert.is(of(option, 0, 100_000), 497.5);
  market.book(perpetual, [200_000, 1], [200_004, 1], gateNowMonotonicUs);
  assert.is(of(perpetual, 0, 0), 200_002, 'one level a side is enough');
  market.book(perpetual, [200_000, 1], [], gateNowMonotonicUs);
  assert.ok(Number.isNaN(of(perpetual, 0, 0)));
  market.book(perpetual, [], [200_000, 1], gateNowMonotonicUs);
  assert.ok(Number.isNaN(of(perpetual, 0, 0)));
  assert.ok(Number.isNaN(collarReferenceTicksFloat(perpetual, undefined)));
});

prices('collar: the wider of bps and ticks, on both sides for OPEN', () => {
  const asked = (own: Partial<OrderIntent>, view: ViewChanges = {}) =>
    priceCollarGate(intentOf(own), viewOf({ proposedTicks: own.limitTicks ?? 200_001, ...view }))
      ?.code;
  // 200 bps of 200,000 ticks are 4,000; twenty ticks are less.
  assert.is(asked({ limitTicks: 204_000 }), undefined);
  assert.is(asked({ limitTicks: 204_001 }), 'PriceCollarBreached');
  assert.is(asked({ limitTicks: 196_000 }), undefined);
  assert.is(asked({ limitTicks: 195_999 }), 'PriceCollarBreached');
  assert.is(asked({ side: 'sell', limitTicks: 196_000 }), undefined);
  assert.is(asked({ side: 'sell', limitTicks: 195_999 }), 'PriceCollarBreached');
  assert.is(asked({ ...close, limitTicks: 195_999 }), 'PriceCollarBreached');
  assert.is(asked({ ...close, limitTicks: 300_000 }), undefined, 'a reduction may ask for more');
  assert.is(asked({ limitTicks: 204_001 }, { route: 'emergency' }), undefined);
  assert.is(asked({ limitTicks: 200_001 }, { proposedTicks: 204_001 }), 'PriceCollarBreached');
  const ticks = { policy: { price_collar_bps: 0.001, price_collar_ticks: 20 } };
  assert.is(asked({ limitTicks: 200_020 }, ticks), undefined);
  assert.is(asked({ limitTicks: 200_021 }, ticks), 'PriceCollarBreached');
  const own = { instrument: option, limitTicks: 600 };
  const narrow = { of: option.name, policy: { price_collar_bps: 0.001, price_collar_ticks: 20 } };
  assert.is(asked(own, narrow), undefined, 'twenty steps of five ticks');
  assert.is(asked({ ...own, limitTicks: 601 }, narrow), 'PriceCollarBreached');
});

prices('collar: without any reference no OPEN, and the numbers that decided', () => {
  assert.equal(priceCollarGate(intentOf(), viewOf({ seen: undefined })), {
    code: 'PriceCollarBreached',
    facts: { cause: 'no mark, index or book' },
  });
  assert.is(priceCollarGate(intentOf(close), viewOf({ seen: undefined })), undefined);
  assert.equal(priceCollarGate(intentOf({ limitTicks: 210_000 }), viewOf())?.facts, {
    limit_ticks: 210_000,
    proposed_ticks: 200_001,
    reference_ticks: 200_000,
    width_ticks: 4_000,
  });
});

prices('net edge: at the minimum, below it, and not stated', () => {
  const asked = (netEdgeUsdFloat: number | undefined, view: ViewChanges = {}, own = {}) =>
    netEdgeGate(intentOf(own), viewOf({ ...view, group: { netEdgeUsdFloat, ...view.group } }));
  assert.is(asked(1), undefined);
  assert.equal(asked(0.99), {
    code: 'NetEdgeTooLow',
    facts: { net_usd: 0.99, min_usd: 1, version: 2 },
  });
  assert.is(asked(undefined)?.code, 'NetEdgeInputMissing');
  assert.is(asked(Number.POSITIVE_INFINITY)?.code, 'NetEdgeInputMissing');
  assert.is(asked(-9, {}, close), undefined);
  assert.is(asked(-9, { route: 'emergency' }), undefined);
  assert.is(asked(1e9, { policy: { min_edge_usd: undefined } as object })?.code, 'NetEdgeTooLow');
  const flattens = { group: { skew: { biasFloat: 0.5, addsUsdFloat: -1 } } };
  assert.is(asked(0.75, flattens), undefined, '1 − 0.5 × 0.5');
  assert.is(asked(0.74, flattens)?.facts.min_usd, 0.75);
});

prices('skew: how full the inventory is, which way a trade goes, what it must bring', () => {
  assert.equal([biasOf(50, 100), biasOf(500, 100), biasOf(-500, 100)], [0.5, 1, -1]);
  assert.ok(Number.isNaN(biasOf(50, undefined)));
  const adds = (biasFloat: number, addsUsdFloat: number) =>
    addsToInventory({ biasFloat, addsUsdFloat });
  assert.equal(
    [adds(0.5, 1), adds(-0.5, -1), adds(0.5, -1), adds(0, 1), adds(Number.NaN, 1)],
    [true, true, false, false, true],
  );
  const min = (usd: number, biasFloat: number, addsUsdFloat: number) =>
    skewedMinEdgeUsd(usd, 0.5, { biasFloat, addsUsdFloat });
  assert.equal([min(10, 0.8, 1), min(10, 0.8, -1), min(10, -0.8, -1)], [14, 6, 14]);
  assert.equal([min(-10, 0.8, 1), min(-10, 0.8, -1)], [-6, -14]);
  assert.is(min(10, Number.NaN, 1), 15, 'unknown is full');
});

prices('skew gate: what passed the plain edge may be too little for this inventory', () => {
  const asked = (netEdgeUsdFloat: number | undefined, biasFloat = 0.8, view: ViewChanges = {}) =>
    inventorySkewGate(
      intentOf(),
      viewOf({ ...view, group: { netEdgeUsdFloat, skew: { biasFloat, addsUsdFloat: 1 } } }),
    );
  assert.is(asked(1.4), undefined);
  assert.equal(asked(1.39), {
    code: 'InventorySkew',
    facts: { bias: 0.8, net_usd: 1.39, min_usd: 1.4 },
  });
  assert.equal(asked(undefined)?.facts, { bias: 0.8, net_usd: null, min_usd: 1.4 });
  assert.equal(asked(1, Number.NaN)?.facts, { bias: null, net_usd: 1, min_usd: 1.5 });
  assert.is(asked(0, 1, { route: 'emergency' }), undefined);
  assert.is(
    inventorySkewGate(intentOf(close), viewOf({ group: { netEdgeUsdFloat: -9 } })),
    undefined,
  );
  const unset = { policy: { delta_limit_usd: undefined } as object };
  assert.is(asked(9, 0, unset)?.code, 'InventorySkewDeltaLimitMissing');
  const noMinimum = { policy: { min_edge_usd: undefined } as object };
  assert.is(asked(1e9, 0.8, noMinimum)?.code, 'InventorySkew');
});

prices('self trade: own orders and earlier legs of the instrument on the other side', () => {
  const orders = (side: 'buy' | 'sell', limitTicks: number) => ({
    openOrders: (name: string) =>
      name === perpetual.name ? [{ side, limitTicks, intentId: 'own' } as OpenOrder] : [],
  });
  const asked = (own: Partial<OrderIntent>, view: ViewChanges = {}) =>
    selfTradeGate(intentOf(own), viewOf(view));
  assert.equal(asked({}, orders('sell', 200_001)), {
    code: 'SelfTradePrevented',
    facts: { intent_id: 'own' },
  });
  assert.is(asked({}, orders('sell', 200_002)), undefined);
  assert.is(asked({}, orders('buy', 200_001)), undefined);
  assert.is(asked({ side: 'sell' }, orders('buy', 200_001))?.code, 'SelfTradePrevented');
  assert.is(asked({ side: 'sell' }, orders('buy', 200_000)), undefined);
  const leg = (own: Partial<OrderIntent>) => ({
    group: { earlier: [intentOf({ side: 'sell', intentId: 'leg', ...own })] },
  });
  assert.equal(asked({}, leg({}))?.facts, { intent_id: 'leg' });
  assert.is(asked({}, leg({ limitTicks: 200_002 })), undefined);
  assert.is(asked({}, leg({ instrument: option })), undefined);
});

prices('post-only: one tick from crossing passes', () => {
  const asked = (own: Partial<OrderIntent>, view: ViewChanges = {}) =>
    postOnlyGate(intentOf({ postOnly: true, ...own }), viewOf(view));
  assert.equal(asked({}), { code: 'PostOnlyWouldCross', facts: { limit_ticks: 200_001 } });
  assert.is(asked({ limitTicks: 200_000 }), undefined);
  assert.is(asked({ postOnly: false }), undefined);
  assert.is(asked({}, { seen: undefined }), undefined);
});

prices('reduction: no more than is held and not yet being sold, with the lots that decided', () => {
  const exposure = new ExposureBook();
  exposure.setPosition(perpetual, 30);
  const asked = (qtyLots: number, own: Partial<OrderIntent> = close, view: ViewChanges = {}) =>
    reductionGate(intentOf({ qtyLots, ...own }), viewOf({ exposure, ...view }));
  assert.is(asked(30), undefined);
  assert.equal(asked(31), {
    code: 'ReduceOnlyNotReducing',
    facts: { class: 'CLOSE', lots: 31, held_lots: 30 },
  });
  assert.is(asked(31, {}), undefined, 'an OPEN claims nothing');
  assert.is(asked(1, close, { exposure: new ExposureBook() })?.facts.held_lots, 0);
  const earlier = [intentOf({ ...close, qtyLots: 10 })];
  assert.is(asked(21, close, { group: { earlier } })?.code, 'ReduceOnlyNotReducing');
  // A hedge without the venue's flag: the delta shrinks, and what is left is within the bound.
  const hedge = { class: 'HEDGE', side: 'sell', reduceOnly: false } as const;
  const bound = (policy: object) => ({ policy });
  assert.is(asked(10, hedge, bound({ hedge_bound_usd: 200 })), undefined);
  assert.is(asked(10, hedge, bound({ hedge_bound_usd: 199 }))?.code, 'ReduceOnlyNotReducing');
  assert.is(
    asked(10, hedge, bound({ max_position_delta_usd: 199 }))?.code,
    'ReduceOnlyNotReducing',
  );
});

prices.run();
