/**
 * What containment asks for: rescues of what is missing, closes of what is held, one hedge of what
 * is left. Pure: it prices and sizes proposals; gates and chokepoint decide whether they go.
 */
import { gridText } from '../../../streams/facts/decimal.ts';
import { type Instrument, stepTicksAt } from '../../../streams/facts/instrument.ts';
import type { EdgeEstimate, ProposedIntent } from '../../../streams/facts/intent.ts';
import type { InstrumentView, MarketView, Side } from '../../../streams/facts/market.ts';
import type { ExecutionPolicy } from '../../../streams/facts/policy/execution.ts';
import { usPerMs } from '../../../streams/facts/time.ts';
import { touchTicks } from '../gates/gate.ts';
import { deltaUsdPerLotFloat } from '../portfolio-delta.ts';
import { priceDifferenceUsdFloat } from '../pricing.ts';
import { type GroupLeg, heldLots, missingLots, type OrderGroup } from './order-group.ts';

/** What pricing needs to know. */
export interface PricingView {
  readonly market: MarketView;
  readonly nowMonotonicUs: number;
  readonly policy: ExecutionPolicy;
}

function opposite(side: Side): Side {
  return side === 'buy' ? 'sell' : 'buy';
}

/**
 * Best opposite price of a fresh book, else the mark of a fresh ticker, `steps` tick steps worse
 * for us; undefined without either.
 */
export function crossingTicks(
  seen: InstrumentView | undefined,
  side: Side,
  steps: number,
  { nowMonotonicUs, policy }: PricingView,
): number | undefined {
  if (seen === undefined) return undefined;
  const maxAgeUs = policy.l2_book_snapshot_max_age_ms * usPerMs;
  const { book, ticker, instrument } = seen;
  let best: number | undefined;
  if (nowMonotonicUs - book.receivedMonotonicUs <= maxAgeUs) best = touchTicks(book, side);
  if (best === undefined && ticker !== undefined && ticker.markFloat > 0) {
    if (nowMonotonicUs - ticker.receivedMonotonicUs <= maxAgeUs) {
      best = Math.round(ticker.markFloat * instrument.price.perUnit);
    }
  }
  if (best === undefined) return undefined;
  const step = stepTicksAt(instrument, best);
  const ticks = side === 'buy' ? best + steps * step : best - steps * step;
  return Math.max(step, ticks);
}

function proposal(
  instrument: Instrument,
  side: Side,
  lots: number,
  limitTicks: number,
): ProposedIntent {
  return {
    instrument: instrument.name,
    side,
    quantity: gridText(instrument.amount, lots),
    limit_price: gridText(instrument.price, limitTicks),
    order_type: 'limit',
    time_in_force: 'immediate_or_cancel',
    post_only: false,
  };
}

/** The edge stated for the whole leg, for a part of it at a worse price. */
function edgeOfPart(
  leg: GroupLeg,
  lots: number,
  limitTicks: number,
  seen: InstrumentView,
): EdgeEstimate | undefined {
  const { edge, limitTicks: planned } = leg.first.intent;
  if (edge === null) return undefined;
  const share = lots / leg.plannedLots;
  const worse = leg.side === 'buy' ? limitTicks - planned : planned - limitTicks;
  const extra = worse > 0 ? priceDifferenceUsdFloat(seen, lots, worse) : 0;
  return {
    grossUsdFloat: edge.grossUsdFloat * share,
    feeUsdFloat: edge.feeUsdFloat * share,
    slippageUsdFloat: edge.slippageUsdFloat * share + extra,
  };
}

/** One order a leg that lacks lots, or undefined when one of them cannot be priced. */
export function rescueOrders(group: OrderGroup, view: PricingView): ProposedIntent[] | undefined {
  const proposals: ProposedIntent[] = [];
  for (const leg of group.legs) {
    const lots = missingLots(leg);
    if (lots === 0) continue;
    const seen = view.market.get(leg.instrument.name);
    const { rescue_cross_spread_ticks } = view.policy;
    const ticks = crossingTicks(seen, leg.side, rescue_cross_spread_ticks, view);
    if (seen === undefined || ticks === undefined) return undefined;
    proposals.push({
      ...proposal(leg.instrument, leg.side, lots, ticks),
      class: 'OPEN',
      reduce_only: false,
      leg_idx: leg.legIdx,
      attempt: group.nextAttempt(leg),
      edge: edgeOfPart(leg, lots, ticks, seen),
      reason_codes: ['group.rescue'],
    });
  }
  return proposals;
}

/** One step of a containment on its way to the venue. */
export interface ContainmentStep {
  readonly group: OrderGroup;
  readonly proposals: readonly ProposedIntent[];
  readonly kind: 'rescue' | 'close' | 'hedge';
}

/** A close of one leg; `priced: false` when no fresh price is known. */
export interface CloseOrder {
  readonly priced: boolean;
  readonly proposal: ProposedIntent;
}

/** `close_buffer_ticks`, doubled with every attempt: 5, 10, 20. */
export function closeSteps(policy: ExecutionPolicy, attempt: number): number {
  return policy.close_buffer_ticks * 2 ** attempt;
}

/**
 * One reduce-only order a held leg, no larger than what the account still holds that way:
 * `reducibleLots` answers that.
 */
export function closeOrders(
  group: OrderGroup,
  view: PricingView,
  reducibleLots: (instrumentName: string, side: Side) => number,
): CloseOrder[] {
  return group.legs.flatMap((leg) => {
    const side = opposite(leg.side);
    const lots = Math.min(heldLots(leg), reducibleLots(leg.instrument.name, side));
    if (lots <= 0) return [];
    const seen = view.market.get(leg.instrument.name);
    const ticks = crossingTicks(seen, side, closeSteps(view.policy, group.counts.closes), view);
    const common = {
      class: 'CLOSE',
      reduce_only: true,
      leg_idx: leg.legIdx,
      attempt: group.nextAttempt(leg),
      reason_codes: ['group.emergency_close'],
    };
    const order = proposal(leg.instrument, side, lots, ticks ?? 1);
    return [{ priced: ticks !== undefined, proposal: { ...order, ...common } }];
  });
}

/** Delta of what the group holds of each underlying, hedges included, USD; NaN when it cannot be valued. */
function groupDeltasUsdFloat(group: OrderGroup, market: MarketView): Map<string, number> {
  const deltas = new Map<string, number>();
  const add = ({ name, row }: Instrument, side: Side, lots: number): void => {
    const seen = market.get(name);
    const perLot = seen === undefined ? Number.NaN : deltaUsdPerLotFloat(seen);
    const delta = lots === 0 ? 0 : perLot * (side === 'buy' ? lots : -lots);
    deltas.set(row.base_currency, (deltas.get(row.base_currency) ?? 0) + delta);
  };
  for (const leg of group.legs) add(leg.instrument, leg.side, heldLots(leg));
  for (const { intent, tradedLots } of group.hedges) {
    add(intent.instrument, intent.side, tradedLots);
  }
  return deltas;
}

/**
 * Delta that the group leaves open, USD: one underlying never stands for another. NaN when it cannot
 * be valued.
 */
export function groupExposureUsdFloat(group: OrderGroup, market: MarketView): number {
  let exposure = 0;
  for (const delta of groupDeltasUsdFloat(group, market).values()) exposure += Math.abs(delta);
  return exposure;
}

/** A reduce-only close of a position outside any group; undefined without a fresh price. */
export function closeOrder(
  held: {
    readonly name: string;
    readonly side: Side;
    readonly lots: number;
    readonly attempt: number;
  },
  view: PricingView,
): ProposedIntent | undefined {
  const seen = view.market.get(held.name);
  const ticks = crossingTicks(seen, held.side, closeSteps(view.policy, held.attempt), view);
  if (seen === undefined || ticks === undefined) return undefined;
  const order = proposal(seen.instrument, held.side, held.lots, ticks);
  return { ...order, class: 'CLOSE', reduce_only: true, reason_codes: ['account.emergency_close'] };
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

export interface HedgeOrder extends CloseOrder {
  /** What it hedges. */
  readonly base: string;
}

/**
 * One perpetual order an underlying against the delta of what is left of it, within the hedge bound,
 * rounded towards doing less. None for an underlying that was hedged, has nothing to hedge, or
 * nothing to hedge with.
 */
export function hedgeOrders(group: OrderGroup, view: PricingView): HedgeOrder[] {
  // Legs of their own: hedges are numbered after the legs they protect.
  let legIdx = Math.max(...group.legs.map((leg) => leg.legIdx));
  return [...groupDeltasUsdFloat(group, view.market)].flatMap(([base, deltaUsdFloat]) => {
    legIdx += 1;
    if (group.counts.hedged.has(base)) return [];
    const order = hedgeOf({ base, deltaUsdFloat, legIdx }, view);
    return order === undefined ? [] : [{ ...order, base }];
  });
}

/** The order against a delta of one underlying, USD. */
export function hedgeOf(
  of: {
    readonly base: string;
    readonly deltaUsdFloat: number;
    readonly legIdx: number;
  },
  view: PricingView,
): CloseOrder | undefined {
  const { market, policy } = view;
  const seen = hedgeInstrument(of.base, market);
  const delta = of.deltaUsdFloat;
  if (seen === undefined || !Number.isFinite(delta) || delta === 0) return undefined;
  const bound = policy.hedge_bound_usd ?? policy.max_position_delta_usd ?? 0;
  const perLot = deltaUsdPerLotFloat(seen);
  const lots = Math.floor(Math.min(Math.abs(delta), bound) / perLot);
  if (!(lots >= seen.instrument.minLots)) return undefined;
  const side = delta > 0 ? 'sell' : 'buy';
  const last = closeSteps(policy, policy.close_attempts_max - 1);
  const ticks = crossingTicks(seen, side, last, view);
  const order = proposal(seen.instrument, side, lots, ticks ?? 1);
  const common = {
    class: 'HEDGE',
    reduce_only: false,
    leg_idx: of.legIdx,
    attempt: 0,
    reason_codes: ['group.hedge'],
  };
  return { priced: ticks !== undefined, proposal: { ...order, ...common } };
}
