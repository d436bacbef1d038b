/** Size in money: order and group value, positions at their worst case. Unknown value is too much. */
import type { OrderIntent } from '../../../streams/facts/intent.ts';
import { deltaRange, signedDeltaUsdFloat } from '../portfolio-delta.ts';
import { notionalUsdFloat } from '../sizing.ts';
import { type GateResult, type GateView, referenceUsdFloat, reject } from './gate.ts';

/** Value per leg and per group. The configuration gate has proved the limits for OPEN. */
export function orderNotionalGate(intent: OrderIntent, view: GateView): GateResult {
  if (intent.class !== 'OPEN') return undefined;
  const orderMax = view.policy.max_order_notional_usd ?? 0;
  const groupMax = view.policy.max_group_notional_usd ?? 0;
  const value = notionalUsdFloat(intent.instrument, intent.qtyLots, referenceUsdFloat(view.seen));
  if (!(value <= orderMax)) {
    return reject('OrderNotionalTooLarge', {
      usd: Number.isNaN(value) ? null : value,
      max_usd: orderMax,
    });
  }
  const group = view.group.openNotionalUsdFloat;
  if (!(group <= groupMax)) {
    return reject('OrderNotionalTooLarge', {
      group_usd: Number.isNaN(group) ? null : group,
      max_usd: groupMax,
    });
  }
  return undefined;
}

/**
 * Worst absolute lots of the instrument once this order and all pending ones have filled. What is held
 * the other way makes no room: it may be closed at any time, and what rests would still fill.
 */
export function worstLots(intent: OrderIntent, view: GateView): number {
  const row = view.exposure.row(intent.instrument.name);
  const held = row?.signedLots ?? 0;
  let buy = row?.pendingBuyLots ?? 0;
  let sell = row?.pendingSellLots ?? 0;
  for (const leg of view.group.earlier) {
    if (leg.instrument.name !== intent.instrument.name) continue;
    if (leg.side === 'buy') buy += leg.qtyLots;
    else sell += leg.qtyLots;
  }
  if (intent.side === 'buy') buy += intent.qtyLots;
  else sell += intent.qtyLots;
  return Math.max(Math.max(0, held) + buy, Math.max(0, -held) + sell);
}

/** Held and reserved delta of this instrument at its worst: what reservations draw on. */
export function pendingExposureGate(intent: OrderIntent, view: GateView): GateResult {
  if (intent.class !== 'OPEN') return undefined;
  const { pending_exposure_max_usd, max_position_usd = 0 } = view.policy;
  const max = pending_exposure_max_usd ?? max_position_usd;
  const usd = Math.abs(signedDeltaUsdFloat(view.seen, worstLots(intent, view)));
  if (usd <= max) return undefined;
  return reject('PendingExposureBudgetExceeded', {
    usd: Number.isNaN(usd) ? null : usd,
    max_usd: max,
  });
}

/** Position of the instrument, then delta of its underlying; open and in-doubt orders count fully. */
export function positionLimitGate(intent: OrderIntent, view: GateView): GateResult {
  if (intent.class !== 'OPEN') return undefined;
  const positionMax = view.policy.max_position_usd ?? 0;
  const deltaMax = view.policy.max_position_delta_usd ?? 0;
  const underlying = referenceUsdFloat(view.seen);
  const position = notionalUsdFloat(intent.instrument, worstLots(intent, view), underlying);
  if (!(position <= positionMax)) {
    return reject('PositionLimitExceeded', { usd: position, max_usd: positionMax });
  }
  const { worstUsdFloat } = deltaRange({
    baseCurrency: intent.instrument.row.base_currency,
    market: view.market,
    exposure: view.exposure,
    pending: [...view.group.earlier, intent],
  });
  if (worstUsdFloat <= deltaMax) return undefined;
  return reject('PositionLimitExceeded', {
    delta_usd: Number.isNaN(worstUsdFloat) ? null : worstUsdFloat,
    max_usd: deltaMax,
  });
}
