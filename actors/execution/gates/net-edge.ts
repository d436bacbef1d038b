/**
 * Edge after fees and expected slippage, of the whole group: the legs of a spread are worth nothing
 * apart. A policy gate: never asked of reduction or emergency closes.
 */
import type { OrderIntent } from '../../../streams/facts/intent.ts';
import { type GateResult, type GateView, reject } from './gate.ts';

export function netEdgeGate(intent: OrderIntent, view: GateView): GateResult {
  if (intent.class !== 'OPEN' || view.route === 'emergency') return undefined;
  const net = view.group.netEdgeUsdFloat;
  if (net === undefined || !Number.isFinite(net)) return reject('NetEdgeInputMissing');
  const min = view.policy.min_edge_usd ?? Number.POSITIVE_INFINITY;
  if (net >= min) return undefined;
  return reject('NetEdgeTooLow', { net_usd: net, min_usd: min });
}
