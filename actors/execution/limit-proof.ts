/**
 * The trip test of the gates' limits: each gate itself is shown the worst that can be observed, and has to
 * refuse it with its own code. A limit that nothing can reach protects nothing, and is named. Dry: no
 * order, no state; what is not set is not here, because it is listed as missing.
 */
import type { Instrument } from '../../streams/facts/instrument.ts';
import type { ExecutionPolicy } from '../../streams/facts/policy/execution.ts';
import { beyondMoney, type LimitProof, longUs } from '../../streams/facts/policy/limit-proof.ts';
import { usPerSecond } from '../../streams/facts/time.ts';
import { depthShareGate, marginGate, portfolioGate, sessionGate } from './gates/headroom.ts';
import { biasOf, inventorySkewGate } from './gates/inventory-skew.ts';
import { liquidityGate } from './gates/liquidity.ts';
import { netEdgeGate } from './gates/net-edge.ts';
import { openOrdersGate, orderRateGate } from './gates/order-limits.ts';
import { allowListGate } from './gates/preflight.ts';
import { priceCollarGate } from './gates/price-collar.ts';
import { reductionGate } from './gates/reduction.ts';
import { orderNotionalGate, pendingExposureGate, positionLimitGate } from './gates/value-limits.ts';
import { ChurnBreaker } from './groups/churn-breaker.ts';
import { rememberedOrders } from './rate-limiter.ts';
import { RepeatThrottle } from './repeat-throttle.ts';
import {
  beyondLots,
  calmTicks,
  intentOf,
  option,
  optionTicks,
  other,
  perpetual,
  refuses,
} from './worst-case.ts';

/** Orders at once that no account has. */
const beyondCount = 1_000_000;
/** Flattens of one key within a window that nobody would wait for. */
const beyondFlattens = 1_000;
const minutesPerDay = 1_440;

const unbounded = Number.POSITIVE_INFINITY;
const huge = { qtyLots: beyondLots };
const holds = [{ instrument: perpetual, signedLots: beyondLots }];

type Prover = (policy: ExecutionPolicy) => boolean;

/** Both sides: what is sold cannot fall below nothing, so a wide collar holds nobody there. */
function bothSides(prove: (side: 'buy' | 'sell') => boolean): boolean {
  return prove('buy') && prove('sell');
}

function collar(policy: ExecutionPolicy, alone: Partial<ExecutionPolicy>): boolean {
  return bothSides((side) => {
    const limitTicks = side === 'buy' ? calmTicks * 1_000_000 : 1;
    const intent = { side, limitTicks };
    return refuses(priceCollarGate, 'PriceCollarBreached', policy, { intent, policy: alone });
  });
}

function slips(policy: ExecutionPolicy, instrument: Instrument, touch: number): boolean {
  return bothSides((side) => {
    const limitTicks = side === 'buy' ? touch * 1_000_000 : 1;
    const intent = { instrument, side, limitTicks, qtyLots: 1_000_000 };
    return refuses(liquidityGate, 'ExpectedSlippageTooHigh', policy, {
      intent,
      policy: { l2_book_snapshot_max_age_ms: unbounded },
    });
  });
}

/** As many executions of one kind as the rate lets through within the window. */
function repeats(policy: ExecutionPolicy): boolean {
  const { repeated_execution_max: max, repeated_execution_window_s: windowS } = policy;
  const perS = Math.min(rememberedOrders, policy.max_order_rate_per_s ?? 0);
  if (max >= perS * windowS) return false;
  const throttle = new RepeatThrottle(() => policy);
  const intent = intentOf({});
  for (let count = 0; count < max; count += 1) throttle.note(intent, 1);
  return throttle.exceeds(intent, 1);
}

function churns(policy: ExecutionPolicy): boolean {
  if (policy.churn_flattens_max > beyondFlattens) return false;
  const breaker = new ChurnBreaker(() => policy);
  for (let count = 0; count <= policy.churn_flattens_max; count += 1) breaker.flattened('proof', 1);
  return breaker.blockedUntilUs('proof') > 1;
}

function closesSometimes(policy: ExecutionPolicy): boolean {
  return Array.from({ length: minutesPerDay }, (_, minute) => minute).some((minute) =>
    refuses(sessionGate, 'OutsideSession', policy, {
      view: { nowUs: minute * 60 * usPerSecond },
    }),
  );
}

const provers: Readonly<Partial<Record<keyof ExecutionPolicy, Prover>>> = {
  max_order_notional_usd: (policy) =>
    refuses(orderNotionalGate, 'OrderNotionalTooLarge', policy, {
      intent: huge,
      policy: { max_group_notional_usd: unbounded },
    }),
  max_group_notional_usd: (policy) =>
    refuses(orderNotionalGate, 'OrderNotionalTooLarge', policy, {
      policy: { max_order_notional_usd: unbounded },
      group: { openNotionalUsdFloat: beyondMoney },
    }),
  max_order_rate_per_s: (policy) =>
    refuses(orderRateGate, 'OrderRateExceeded', policy, {
      view: { ordersInLastSecond: rememberedOrders },
    }),
  max_position_usd: (policy) =>
    refuses(positionLimitGate, 'PositionLimitExceeded', policy, {
      held: holds,
      policy: { max_position_delta_usd: unbounded },
    }),
  max_position_delta_usd: (policy) =>
    refuses(positionLimitGate, 'PositionLimitExceeded', policy, {
      held: holds,
      policy: { max_position_usd: unbounded },
    }),
  max_portfolio_delta_usd: (policy) =>
    refuses(portfolioGate, 'GlobalExposureBudgetExceeded', policy, {
      held: [...holds, { instrument: other, signedLots: beyondLots }],
    }),
  pending_exposure_max_usd: (policy) =>
    refuses(pendingExposureGate, 'PendingExposureBudgetExceeded', policy, { held: holds }),
  delta_limit_usd: (policy) =>
    refuses(inventorySkewGate, 'InventorySkew', policy, {
      policy: { inventory_skew_k: 1, min_edge_usd: 1 },
      group: {
        netEdgeUsdFloat: 1.9,
        skew: { biasFloat: biasOf(beyondMoney, policy.delta_limit_usd), addsUsdFloat: 1 },
      },
    }),
  min_edge_usd: (policy) =>
    refuses(netEdgeGate, 'NetEdgeTooLow', policy, { group: { netEdgeUsdFloat: -beyondMoney } }),
  instruments_allowed: (policy) =>
    refuses(allowListGate, 'InstrumentNotAllowed', policy, {
      intent: { instrument: { ...perpetual, name: 'NOT-LISTED-ANYWHERE' } },
    }),
  price_collar_bps: (policy) => collar(policy, { price_collar_ticks: 0 }),
  price_collar_ticks: (policy) => collar(policy, { price_collar_bps: 0 }),
  max_slippage_bps: (policy) => slips(policy, perpetual, calmTicks),
  max_slippage_ticks_options: (policy) => slips(policy, option, optionTicks),
  l2_book_snapshot_max_age_ms: (policy) =>
    refuses(liquidityGate, 'LiquidityGateNoL2', policy, { view: { nowMonotonicUs: longUs } }),
  order_depth_share_max: (policy) =>
    refuses(depthShareGate, 'OrderSizeVsDepthTooLarge', policy, {
      intent: { qtyLots: beyondLots * 1_000 },
    }),
  open_orders_max: (policy) =>
    refuses(openOrdersGate, 'OpenOrdersLimitExceeded', policy, {
      view: { openOrderCount: beyondCount },
    }),
  open_groups_max: (policy) =>
    refuses(openOrdersGate, 'OpenOrdersLimitExceeded', policy, {
      view: { openGroupCount: beyondCount },
    }),
  mm_util_reject_opens: (policy) =>
    refuses(marginGate, 'MarginHeadroomRejectOpens', policy, { view: { marginUse: 1_000 } }),
  hedge_bound_usd: (policy) =>
    refuses(reductionGate, 'ReduceOnlyNotReducing', policy, {
      held: holds,
      intent: { class: 'HEDGE', side: 'sell' },
    }),
  repeated_execution_max: repeats,
  churn_flattens_max: churns,
  sessions_utc: closesSometimes,
};

/** Not set at all: no limit, or one that is listed as missing. */
function isSet(value: unknown): boolean {
  return Array.isArray(value) ? value.length > 0 : value !== undefined;
}

/** Every limit of the gates that is set, each with its verdict. */
export function proveExecutionLimits(policy: ExecutionPolicy): LimitProof[] {
  return Object.entries(provers)
    .filter(([limit]) => isSet(policy[limit as keyof ExecutionPolicy]))
    .map(([limit, prove]) => ({ limit, trips: prove(policy) }));
}
