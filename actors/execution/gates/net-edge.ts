/**
 * Edge after fees and expected slippage, of the whole group: the legs of a spread are worth nothing
 * apart. A policy gate: never asked of reduction or emergency closes. Its rule has a version, which
 * capsules and refusals carry, so that a row can be read with the rule it was judged by.
 */
import type { OrderIntent } from '../../../streams/facts/intent.ts';
import { type GateResult, type GateView, reject } from './gate.ts';
import { addsToInventory, skewedMinEdgeUsd } from './inventory-skew.ts';

/**
 * 2: fees are the larger of stated and computed, times the stale buffer; slippage is the larger of
 * stated and the walk of the book within the limit; flattening lowers the minimum. 1: as stated.
 */
export const netEdgeVersion = 2;

export function netEdgeGate(intent: OrderIntent, view: GateView): GateResult {
  if (intent.class !== 'OPEN' || view.route === 'emergency') return undefined;
  const { netEdgeUsdFloat: net, skew } = view.group;
  if (net === undefined || !Number.isFinite(net)) return reject('NetEdgeInputMissing');
  const plain = view.policy.min_edge_usd ?? Number.POSITIVE_INFINITY;
  const { inventory_skew_k } = view.policy;
  const min = addsToInventory(skew) ? plain : skewedMinEdgeUsd(plain, inventory_skew_k, skew);
  if (net >= min) return undefined;
  return reject('NetEdgeTooLow', { net_usd: net, min_usd: min, version: netEdgeVersion });
}
