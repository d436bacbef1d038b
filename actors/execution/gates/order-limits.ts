/** Counts and rates: orders a second, open orders and groups, venue credits. */
import type { OrderIntent } from '../../../streams/facts/intent.ts';
import { type GateResult, type GateView, reject } from './gate.ts';

export function orderRateGate(intent: OrderIntent, view: GateView): GateResult {
  if (intent.class !== 'OPEN') return undefined;
  const max = view.policy.max_order_rate_per_s ?? 0;
  const orders = view.ordersInLastSecond + view.group.earlier.length + 1;
  if (orders <= max) return undefined;
  return reject('OrderRateExceeded', { orders, max });
}

export function openOrdersGate(intent: OrderIntent, view: GateView): GateResult {
  if (intent.class !== 'OPEN') return undefined;
  const orders = view.openOrderCount + view.group.earlier.length + 1;
  if (orders > view.policy.open_orders_max) {
    return reject('OpenOrdersLimitExceeded', { orders, max: view.policy.open_orders_max });
  }
  const groups = view.openGroupCount + 1;
  if (groups <= view.policy.open_groups_max) return undefined;
  return reject('OpenOrdersLimitExceeded', { groups, max: view.policy.open_groups_max });
}

/** The chokepoint takes the credit; this only refuses what could not get one. */
export function brownoutGate(intent: OrderIntent, view: GateView): GateResult {
  if (intent.class !== 'OPEN' || view.creditsSuffice) return undefined;
  return reject('RateLimitBrownout');
}
