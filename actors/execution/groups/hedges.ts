/**
 * What a broken group leaves of each underlying, and the one bounded order that hedges it. Pure: gates
 * and chokepoint decide whether it goes.
 */
import type { Instrument } from '../../../streams/facts/instrument.ts';
import type { InstrumentView, MarketView, Side } from '../../../streams/facts/market.ts';
import type { ExecutionPolicy } from '../../../streams/facts/policy/execution.ts';
import { mayHaveLeft } from '../order-record.ts';
import { deltaUsdPerLotFloat, signedDeltaUsdFloat } from '../portfolio-delta.ts';
import {
  type CloseOrder,
  type ContainmentView,
  closeSteps,
  crossingTicks,
  immediate,
  type PricingView,
} from './containment-orders.ts';
import { hedgesOf, isHedgeSpent, type OrderGroup, standingLots } from './order-group.ts';

type HoldingView = Pick<ContainmentView, 'market' | 'positionLots'>;

/** Delta of what the group leaves of each underlying, hedges included, USD; NaN when it cannot be valued. */
function groupDeltasUsdFloat(group: OrderGroup, view: HoldingView): Map<string, number> {
  const deltas = new Map<string, number>();
  const add = ({ name, row }: Instrument, side: Side, lots: number): void => {
    const signedLots = side === 'buy' ? lots : -lots;
    const delta = lots === 0 ? 0 : signedDeltaUsdFloat(view.market.get(name), signedLots);
    deltas.set(row.base_currency, (deltas.get(row.base_currency) ?? 0) + delta);
  };
  for (const leg of group.legs) add(leg.instrument, leg.side, standingLots(leg, view.positionLots));
  for (const { intent, tradedLots } of group.hedges) {
    add(intent.instrument, intent.side, tradedLots);
  }
  return deltas;
}

/**
 * Delta that the group leaves open, USD: one underlying never stands for another. NaN when it cannot
 * be valued.
 */
export function groupExposureUsdFloat(group: OrderGroup, view: HoldingView): number {
  let exposure = 0;
  for (const delta of groupDeltasUsdFloat(group, view).values()) exposure += Math.abs(delta);
  return exposure;
}

export interface HedgeOrder extends CloseOrder {
  /** What it hedges. */
  readonly base: string;
}

/** What is left to hedge. */
export interface HedgePlan {
  readonly orders: readonly HedgeOrder[];
  /** An underlying whose delta cannot be valued now: whether it needs one is not known. */
  readonly isUnknown: boolean;
}

/**
 * One perpetual order an underlying against the delta of what is left of it, within the hedge bound,
 * rounded towards doing less. None for an underlying that was hedged, has nothing to hedge, or
 * nothing to hedge with.
 */
export function hedgePlan(group: OrderGroup, view: ContainmentView): HedgePlan {
  const orders: HedgeOrder[] = [];
  let isUnknown = false;
  // Legs of their own: hedges are numbered after the legs they protect.
  let legIdx = Math.max(...group.legs.map((leg) => leg.legIdx));
  for (const [base, deltaUsdFloat] of groupDeltasUsdFloat(group, view)) {
    legIdx += 1;
    if (isHedgeSpent(group, base)) continue;
    if (Number.isNaN(deltaUsdFloat)) isUnknown = true;
    // One that was stopped before it left is tried again, as an intent of its own.
    const attempt = hedgesOf(group, base).length;
    const order = hedgeOf({ base, deltaUsdFloat, legIdx, attempt }, view);
    if (order === undefined) continue;
    orders.push({ ...order, priced: order.priced && view.isDeltaKnown(base), base });
  }
  return { orders, isUnknown };
}

/**
 * Something was hedged, and each underlying that still stands is hedged as planned or its delta is
 * too small for any order. A hedge as large as its bound leaves an unknown rest.
 */
export function isHedged(group: OrderGroup, view: ContainmentView): boolean {
  if (!group.hedges.some(mayHaveLeft)) return false;
  return [...groupDeltasUsdFloat(group, view)].every(([base, deltaUsdFloat]) => {
    const stands = group.legs.some(
      (leg) =>
        leg.instrument.row.base_currency === base && standingLots(leg, view.positionLots) > 0,
    );
    const seen = hedgeInstrument(base, view.market);
    const perLot = signedDeltaUsdFloat(seen, 1);
    const hedge = hedgesOf(group, base).find(mayHaveLeft);
    if (hedge === undefined || !stands) {
      const smallest = perLot * (seen?.instrument.minLots ?? 1);
      return deltaUsdFloat === 0 || Math.abs(deltaUsdFloat) < smallest;
    }
    const { tradedLots, intent } = hedge;
    return tradedLots >= intent.qtyLots && (tradedLots + 1) * perLot <= hedgeBoundUsd(view.policy);
  });
}

function hedgeBoundUsd(policy: ExecutionPolicy): number {
  return policy.hedge_bound_usd ?? policy.max_position_delta_usd ?? 0;
}

/** The perpetual that hedges an underlying: the inverse one where there are two. */
export function hedgeInstrument(base: string, market: MarketView): InstrumentView | undefined {
  let found: InstrumentView | undefined;
  for (const seen of market.instruments) {
    const { kind, row } = seen.instrument;
    if (kind !== 'perpetual' || row.base_currency !== base || seen.state !== 'open') continue;
    if (found === undefined || row.margin === 'inverse') found = seen;
  }
  return found;
}

/** The order against a delta of one underlying, USD. */
export function hedgeOf(
  of: {
    readonly base: string;
    readonly deltaUsdFloat: number;
    readonly legIdx: number;
    readonly attempt: number;
  },
  view: PricingView,
): CloseOrder | undefined {
  const { market, policy } = view;
  const seen = hedgeInstrument(of.base, market);
  const delta = of.deltaUsdFloat;
  if (seen === undefined || !Number.isFinite(delta) || delta === 0) return undefined;
  const bound = hedgeBoundUsd(policy);
  const perLot = deltaUsdPerLotFloat(seen);
  const lots = Math.floor(Math.min(Math.abs(delta), bound) / perLot);
  if (!(lots >= seen.instrument.minLots)) return undefined;
  const side = delta > 0 ? 'sell' : 'buy';
  const last = closeSteps(policy, policy.close_attempts_max - 1);
  const ticks = crossingTicks(seen, side, last, view);
  const order = immediate(seen.instrument, side, lots, ticks ?? 1);
  const common = {
    class: 'HEDGE',
    reduce_only: false,
    leg_idx: of.legIdx,
    attempt: of.attempt,
    reason_codes: ['group.hedge'],
  };
  return { priced: ticks !== undefined, proposal: { ...order, ...common } };
}
