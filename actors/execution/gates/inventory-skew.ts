/**
 * Inventory skew: the fuller one side of the book is, the more edge a trade must have that fills it
 * further, and the less one that empties it. `bias` is (held + pending delta) over `delta_limit_usd`,
 * −1…1; negative is short. Pure.
 */
import type { OrderIntent } from '../../../streams/facts/intent.ts';
import { type GateResult, type GateView, reject } from './gate.ts';

export interface InventorySkew {
  /** −1…1; NaN: the inventory cannot be valued. */
  readonly biasFloat: number;
  /** Delta the OPEN legs of this decision would add, USD, signed. */
  readonly addsUsdFloat: number;
}

/** Delta against its limit, cut to −1…1. */
export function biasOf(deltaUsdFloat: number, limitUsd: number | undefined): number {
  if (limitUsd === undefined) return Number.NaN;
  return Math.max(-1, Math.min(1, deltaUsdFloat / limitUsd));
}

/** The trade goes the way the inventory leans; unknown counts as yes. */
export function addsToInventory({ biasFloat, addsUsdFloat }: InventorySkew): boolean {
  return !(biasFloat * addsUsdFloat <= 0);
}

/**
 * Minimum edge moved by k·|bias|: up for a trade that adds, down for one that flattens. A negative
 * minimum moves the same way, so that adding never becomes easier.
 */
export function skewedMinEdgeUsd(minUsd: number, k: number, skew: InventorySkew): number {
  const bias = Number.isNaN(skew.biasFloat) ? 1 : Math.abs(skew.biasFloat);
  const moved = Math.abs(minUsd) * k * bias;
  return addsToInventory(skew) ? minUsd + moved : minUsd - moved;
}

/** Asked after the plain net edge: what passed there may still be too little for this inventory. */
export function inventorySkewGate(intent: OrderIntent, view: GateView): GateResult {
  if (intent.class !== 'OPEN' || view.route === 'emergency') return undefined;
  const {
    delta_limit_usd,
    inventory_skew_k,
    min_edge_usd = Number.POSITIVE_INFINITY,
  } = view.policy;
  if (delta_limit_usd === undefined) return reject('InventorySkewDeltaLimitMissing');
  const { skew, netEdgeUsdFloat } = view.group;
  const min = skewedMinEdgeUsd(min_edge_usd, inventory_skew_k, skew);
  if (netEdgeUsdFloat !== undefined && netEdgeUsdFloat >= min) return undefined;
  const bias = Number.isNaN(skew.biasFloat) ? null : skew.biasFloat;
  return reject('InventorySkew', { bias, net_usd: netEdgeUsdFloat ?? null, min_usd: min });
}
