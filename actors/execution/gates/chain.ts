/**
 * The gates in their one order. The order is an invariant (docs/intent_gate_invariants.md): cheap
 * and certain before costly, reject-only before anything is reserved. The first refusal ends it.
 */
import type { OrderIntent } from '../../../streams/facts/intent.ts';
import { configurationGate } from './configuration.ts';
import { churnGate, containmentGate } from './containment.ts';
import { feeGate } from './fees.ts';
import type { Gate, GateView, Rejection } from './gate.ts';
import { depthShareGate, marginGate, portfolioGate, repeatGate, sessionGate } from './headroom.ts';
import { inventorySkewGate } from './inventory-skew.ts';
import { liquidityGate } from './liquidity.ts';
import { netEdgeGate } from './net-edge.ts';
import { brownoutGate, openOrdersGate, orderRateGate } from './order-limits.ts';
import { permissionGate } from './permission.ts';
import { allowListGate, expiryGate, labelGate, postOnlyGate, stageGate } from './preflight.ts';
import { priceCollarGate } from './price-collar.ts';
import { reductionGate } from './reduction.ts';
import { selfImpactGate } from './self-impact.ts';
import { selfTradeGate } from './self-trade.ts';
import { orderNotionalGate, pendingExposureGate, positionLimitGate } from './value-limits.ts';

/** Classification, order form and quantisation come before these: they make the intent. */
export const gateChain: readonly (readonly [name: string, gate: Gate])[] = [
  ['configuration', configurationGate],
  ['label', labelGate],
  ['stage', stageGate],
  ['allow_list', allowListGate],
  ['session', sessionGate],
  ['expiry', expiryGate],
  ['post_only', postOnlyGate],
  ['permission', permissionGate],
  ['containment', containmentGate],
  ['order_notional', orderNotionalGate],
  ['order_depth', depthShareGate],
  ['order_rate', orderRateGate],
  ['repeat', repeatGate],
  ['open_orders', openOrdersGate],
  ['position_limit', positionLimitGate],
  ['price_collar', priceCollarGate],
  ['self_trade', selfTradeGate],
  ['reduction', reductionGate],
  ['liquidity', liquidityGate],
  ['fees', feeGate],
  ['net_edge', netEdgeGate],
  ['inventory_skew', inventorySkewGate],
  ['margin', marginGate],
  ['pending_exposure', pendingExposureGate],
  ['portfolio', portfolioGate],
  ['churn', churnGate],
  ['self_impact', selfImpactGate],
  ['brownout', brownoutGate],
];

export const gateNames: readonly string[] = gateChain.map(([name]) => name);

export interface GateRefusal extends Rejection {
  readonly gate: string;
}

/** Undefined when every gate allows. */
export function runGates(intent: OrderIntent, view: GateView): GateRefusal | undefined {
  for (let index = 0; index < gateChain.length; index += 1) {
    const [name, gate] = gateChain[index] as (typeof gateChain)[number];
    const refused = gate(intent, view);
    if (refused !== undefined) return { gate: name, code: refused.code, facts: refused.facts };
  }
  return undefined;
}
