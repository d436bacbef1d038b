/** Gates that count and measure: each at its limit, one past it, and past it where it does not apply. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ExposureBook } from '../../../actors/execution/exposure.ts';
import { configurationGate } from '../../../actors/execution/gates/configuration.ts';
import { churnGate, containmentGate } from '../../../actors/execution/gates/containment.ts';
import { feeGate } from '../../../actors/execution/gates/fees.ts';
import {
  depthShareGate,
  marginGate,
  repeatGate,
  sessionGate,
} from '../../../actors/execution/gates/headroom.ts';
import {
  brownoutGate,
  openOrdersGate,
  orderRateGate,
} from '../../../actors/execution/gates/order-limits.ts';
import { selfImpactGate } from '../../../actors/execution/gates/self-impact.ts';
import {
  orderNotionalGate,
  pendingExposureGate,
  positionLimitGate,
  worstLots,
} from '../../../actors/execution/gates/value-limits.ts';
import {
  gateNowMonotonicUs,
  handMarket,
  intentOf,
  option,
  perpetual,
  viewOf,
} from '../../fixtures/gate-view.ts';

const limits = suite('gates: limits');

const open = intentOf();
const close = intentOf({ class: 'CLOSE', side: 'sell', reduceOnly: true });

limits(
  'configuration: the missing keys by name; a key with a word of its own is not this gate’s',
  () => {
    assert.is(configurationGate(open, viewOf()), undefined);
    const missing = { min_edge_usd: undefined, max_position_usd: undefined };
    const view = viewOf({ policy: missing as object });
    const refused = {
      code: 'ConfigMissing',
      facts: { keys: 'min_edge_usd,max_position_usd' },
    };
    assert.equal(configurationGate(open, view), refused);
    assert.equal(configurationGate(open, view), refused, 'again');
    assert.is(configurationGate(close, view), undefined);
    const skewless = viewOf({ policy: { delta_limit_usd: undefined } as object });
    assert.is(configurationGate(open, skewless), undefined);
  },
);

limits('containment and churn keep OPEN out, to the microsecond', () => {
  assert.is(containmentGate(open, viewOf()), undefined);
  assert.is(containmentGate(open, viewOf({ containing: true }))?.code, 'RiskStateNotHealthy');
  assert.is(containmentGate(close, viewOf({ containing: true })), undefined);
  const until = (churnBlockedUntilUs: number) => viewOf({ churnBlockedUntilUs });
  assert.is(churnGate(open, until(gateNowMonotonicUs)), undefined);
  assert.equal(churnGate(open, until(gateNowMonotonicUs + 500_000)), {
    code: 'ChurnBreakerActive',
    facts: { left_s: 0.5 },
  });
  assert.is(churnGate(close, until(gateNowMonotonicUs + 1)), undefined);
});

limits('own impact closes an instrument to OPEN, to the microsecond', () => {
  const until = (impactBlockedUntilUs: number) => viewOf({ impactBlockedUntilUs });
  assert.is(selfImpactGate(open, until(gateNowMonotonicUs)), undefined);
  assert.equal(selfImpactGate(open, until(gateNowMonotonicUs + 2_000_000)), {
    code: 'FeedbackLoopGuardActive',
    facts: { left_s: 2 },
  });
  assert.is(selfImpactGate(close, until(gateNowMonotonicUs + 1)), undefined);
});

limits('fees: hard-stale refuses OPEN and says the age, none where they were never read', () => {
  const fees = (ageS: number, hardStale: boolean) =>
    viewOf({ fees: { ageS, hardStale, factorFloat: 1 } });
  assert.is(feeGate(open, fees(1e6, false)), undefined);
  assert.equal(feeGate(open, fees(901, true)), { code: 'FeeCacheStale', facts: { age_s: 901 } });
  assert.equal(feeGate(open, fees(Number.POSITIVE_INFINITY, true))?.facts, { age_s: null });
  assert.is(feeGate(close, fees(901, true)), undefined);
});

limits('order rate: what went out in the last second, earlier legs and this one', () => {
  assert.is(orderRateGate(open, viewOf({ ordersInLastSecond: 4 })), undefined);
  assert.equal(orderRateGate(open, viewOf({ ordersInLastSecond: 5 })), {
    code: 'OrderRateExceeded',
    facts: { orders: 6, max: 5 },
  });
  const legs = viewOf({ ordersInLastSecond: 4, group: { earlier: [open] } });
  assert.equal(orderRateGate(open, legs)?.facts, { orders: 6, max: 5 });
  assert.is(orderRateGate(close, viewOf({ ordersInLastSecond: 50 })), undefined);
  const unset = viewOf({ policy: { max_order_rate_per_s: undefined } as object });
  assert.equal(orderRateGate(open, unset)?.facts, { orders: 1, max: 0 });
});

limits('open orders and groups: this one counted', () => {
  const policy = { open_orders_max: 3, open_groups_max: 2 };
  const at = (openOrderCount: number, openGroupCount: number, earlier = [] as (typeof open)[]) =>
    viewOf({ policy, openOrderCount, openGroupCount, group: { earlier } });
  assert.is(openOrdersGate(open, at(2, 1)), undefined);
  assert.equal(openOrdersGate(open, at(3, 1)), {
    code: 'OpenOrdersLimitExceeded',
    facts: { orders: 4, max: 3 },
  });
  assert.equal(openOrdersGate(open, at(2, 1, [open]))?.facts, { orders: 4, max: 3 });
  assert.equal(openOrdersGate(open, at(2, 2)), {
    code: 'OpenOrdersLimitExceeded',
    facts: { groups: 3, max: 2 },
  });
  assert.is(openOrdersGate(close, at(9, 9)), undefined);
});

limits('credits, repetition and margin refuse OPEN alone', () => {
  assert.is(brownoutGate(open, viewOf()), undefined);
  assert.is(brownoutGate(open, viewOf({ creditsSuffice: false }))?.code, 'RateLimitBrownout');
  assert.is(brownoutGate(close, viewOf({ creditsSuffice: false })), undefined);
  assert.is(repeatGate(open, viewOf()), undefined);
  const repeats = { repeats: () => true };
  assert.is(repeatGate(open, viewOf(repeats))?.code, 'RepeatedExecutionThrottled');
  assert.is(repeatGate(close, viewOf(repeats)), undefined);
  assert.is(marginGate(open, viewOf({ marginUse: 0.6999 })), undefined);
  assert.equal(marginGate(open, viewOf({ marginUse: 0.7 })), {
    code: 'MarginHeadroomRejectOpens',
    facts: { use: 0.7, max: 0.7 },
  });
  assert.is(marginGate(close, viewOf({ marginUse: 1 })), undefined);
  assert.is(marginGate(open, viewOf({ marginUse: undefined })), undefined);
});

limits('depth: a share of the best five levels of the side it meets', () => {
  const market = handMarket();
  const levels = [0, 1, 2, 3, 4, 5].flatMap((at) => [200_001 + at, 40]);
  market.book(perpetual, [200_000, 7], levels, gateNowMonotonicUs);
  const view = viewOf({ market });
  const buy = (qtyLots: number) => depthShareGate(intentOf({ qtyLots }), view);
  assert.is(buy(50), undefined);
  assert.equal(buy(51), {
    code: 'OrderSizeVsDepthTooLarge',
    facts: { lots: 51, depth_lots: 200 },
  });
  const sell = (qtyLots: number) => depthShareGate(intentOf({ side: 'sell', qtyLots }), view);
  assert.equal([sell(1)?.code, sell(2)?.facts.depth_lots], [undefined, 7]);
  assert.is(depthShareGate(intentOf({ ...close, qtyLots: 51 }), view), undefined);
  market.book(perpetual, [200_000, 7], [], gateNowMonotonicUs);
  assert.is(buy(51), undefined, 'an empty side is another gate’s');
  assert.is(depthShareGate(intentOf({ qtyLots: 51 }), viewOf({ seen: undefined })), undefined);
});

limits('sessions: from the first minute, up to the last, past midnight as well', () => {
  const dayUs = 86_400_000_000;
  const minuteUs = 60_000_000;
  const at = (minute: number, from_minute: number, to_minute: number, intent = open) =>
    sessionGate(
      intent,
      viewOf({
        nowUs: 20_000 * dayUs + minute * minuteUs,
        policy: { sessions_utc: [{ from_minute, to_minute }] },
      }),
    )?.facts;
  assert.is(at(600, 600, 660), undefined);
  assert.is(at(659.9, 600, 660), undefined);
  assert.equal(at(660, 600, 660), { minute: 660 });
  assert.equal(at(599.9, 600, 660), { minute: 599 });
  assert.is(at(1_380, 1_380, 60), undefined);
  assert.is(at(59, 1_380, 60), undefined);
  assert.equal(at(60, 1_380, 60), { minute: 60 });
  assert.equal(at(1_379, 1_380, 60), { minute: 1_379 });
  assert.equal(at(600, 600, 600), { minute: 600 }, 'an empty window holds no minute');
  const two = [
    { from_minute: 600, to_minute: 660 },
    { from_minute: 700, to_minute: 760 },
  ];
  const inSecond = { nowUs: 20_000 * dayUs + 700 * minuteUs, policy: { sessions_utc: two } };
  assert.is(sessionGate(open, viewOf(inSecond)), undefined, 'one of them is enough');
  assert.is(at(0, 600, 660, close), undefined);
  assert.is(sessionGate(open, viewOf()), undefined);
});

limits('order and group value: at the limit, a cent above, and without a price', () => {
  const worth = (qtyLots: number, openNotionalUsdFloat = 1_000) =>
    orderNotionalGate(intentOf({ qtyLots }), viewOf({ group: { openNotionalUsdFloat } }));
  assert.is(worth(500, 8_000), undefined);
  assert.equal(worth(501), {
    code: 'OrderNotionalTooLarge',
    facts: { usd: 5_010, max_usd: 5_000 },
  });
  assert.equal(worth(500, 8_000.01), {
    code: 'OrderNotionalTooLarge',
    facts: { group_usd: 8_000.01, max_usd: 8_000 },
  });
  assert.equal(worth(1, Number.NaN)?.facts, { group_usd: null, max_usd: 8_000 });
  const priceless = viewOf({ of: option.name, market: handMarket(), seen: undefined });
  const bought = orderNotionalGate(intentOf({ instrument: option }), priceless);
  assert.equal(bought?.facts, { usd: null, max_usd: 5_000 });
  assert.is(orderNotionalGate(intentOf({ ...close, qtyLots: 501 }), viewOf()), undefined);
  const unset = { max_order_notional_usd: undefined, max_group_notional_usd: undefined };
  assert.equal(orderNotionalGate(open, viewOf({ policy: unset as object }))?.facts.max_usd, 0);
});

/** 300 held long, 20 more may be bought and 50 sold. */
function held(signedLots = 300): ExposureBook {
  const exposure = new ExposureBook();
  exposure.setPosition(perpetual, signedLots);
  exposure.reserve('one', perpetual, 'buy', 20);
  exposure.reserve('two', perpetual, 'sell', 50);
  return exposure;
}

limits('worst lots: held, pending and earlier legs of the same instrument, on either side', () => {
  assert.is(worstLots(open, viewOf()), 100);
  assert.is(worstLots(open, viewOf({ exposure: held() })), 420);
  const earlier = [intentOf({ qtyLots: 7 }), intentOf({ qtyLots: 9, instrument: option })];
  assert.is(worstLots(open, viewOf({ exposure: held(), group: { earlier } })), 427);
  const sell = intentOf({ side: 'sell', qtyLots: 1_000 });
  assert.is(
    worstLots(sell, viewOf({ exposure: held() })),
    1_050,
    'what is held may be closed first',
  );
  const sold = [intentOf({ side: 'sell', qtyLots: 3 })];
  assert.is(worstLots(sell, viewOf({ exposure: held(), group: { earlier: sold } })), 1_053);
  assert.is(worstLots(open, viewOf({ exposure: held(-300) })), 350, 'short, and selling is worse');
  const buy = intentOf({ qtyLots: 600 });
  assert.is(worstLots(buy, viewOf({ exposure: held(-300) })), 620, 'a short makes no room to buy');
});

limits('position: value of the instrument, then delta of the underlying', () => {
  const lots = (qtyLots: number, policy = {}) =>
    positionLimitGate(intentOf({ qtyLots }), viewOf({ exposure: held(), policy }));
  assert.is(lots(4_680), undefined, '5,000 lots are 50,000 USD');
  assert.equal(lots(4_681), {
    code: 'PositionLimitExceeded',
    facts: { usd: 50_010, max_usd: 50_000 },
  });
  const delta = { max_position_delta_usd: 20_000 };
  assert.is(lots(1_680, delta), undefined);
  assert.equal(lots(1_681, delta), {
    code: 'PositionLimitExceeded',
    facts: { delta_usd: 20_010, max_usd: 20_000 },
  });
  assert.is(positionLimitGate(intentOf({ ...close, qtyLots: 1e6 }), viewOf()), undefined);
  const unset = { max_position_usd: undefined, max_position_delta_usd: undefined } as object;
  assert.equal(lots(1, unset)?.facts.max_usd, 0);
  assert.equal(lots(1, { max_position_delta_usd: undefined } as object)?.facts.max_usd, 0);
  const leg = intentOf({ qtyLots: 1_000 });
  const withLeg = viewOf({ exposure: held(), policy: delta, group: { earlier: [leg] } });
  assert.is(positionLimitGate(intentOf({ qtyLots: 681 }), withLeg)?.facts.delta_usd, 20_010);
});

limits('pending exposure: its own limit, or that of the position; unknown is too much', () => {
  const lots = (qtyLots: number, policy = {}) =>
    pendingExposureGate(intentOf({ qtyLots }), viewOf({ exposure: held(), policy }));
  assert.is(lots(4_680), undefined);
  assert.equal(lots(4_681), {
    code: 'PendingExposureBudgetExceeded',
    facts: { usd: 50_010, max_usd: 50_000 },
  });
  const own = { pending_exposure_max_usd: 10_000 };
  assert.is(lots(680, own), undefined);
  assert.equal(lots(681, own)?.facts, { usd: 10_010, max_usd: 10_000 });
  assert.equal(lots(1, { max_position_usd: undefined } as object)?.facts.max_usd, 0);
  assert.is(pendingExposureGate(intentOf({ ...close, qtyLots: 1e6 }), viewOf()), undefined);
  const unseen = pendingExposureGate(open, viewOf({ seen: undefined }));
  assert.equal(unseen?.facts, { usd: null, max_usd: 50_000 });
});

limits.run();
