/**
 * What containment asks for: rescues of what is missing and closes of what is held (`hedges.ts`: of
 * what is left). Pure: it prices and sizes proposals; gates and chokepoint decide whether they go.
 */
import { gridText } from '../../../streams/facts/decimal.ts';
import { type Instrument, stepTicksAt } from '../../../streams/facts/instrument.ts';
import type { EdgeEstimate, ProposedIntent } from '../../../streams/facts/intent.ts';
import type { InstrumentView, MarketView, Side } from '../../../streams/facts/market.ts';
import type { ExecutionPolicy } from '../../../streams/facts/policy/execution.ts';
import type { RejectCode } from '../../../streams/facts/reject-codes.ts';
import { usPerMs } from '../../../streams/facts/time.ts';
import { touchTicks } from '../gates/gate.ts';
import { priceDifferenceUsdFloat } from '../pricing.ts';
import {
  closeAttempts,
  type GroupLeg,
  heldLots,
  missingLots,
  type OrderGroup,
  type PositionLots,
} from './order-group.ts';

/** Refusals that no waiting changes: they use the attempt up. */
export const finalRefusals: ReadonlySet<RejectCode> = new Set([
  'TooSmallAfterQuantization',
  'ReduceOnlyNotReducing',
  'InstrumentExpiredOrDelisted',
  'DuplicateIntent',
  // An order of ours stands in the way, and it protects.
  'RiskIncreasingCancelReplaceForbidden',
]);

/** What pricing needs to know. */
export interface PricingView {
  readonly market: MarketView;
  readonly nowMonotonicUs: number;
  readonly policy: ExecutionPolicy;
}

/** What sizing needs to know of the account. */
export interface ContainmentView extends PricingView {
  readonly positionLots: PositionLots;
  /** Lots that a reduce-only order of this side could still take off the position. */
  readonly reducibleLots: (instrumentName: string, side: Side) => number;
  /** The account's delta of this underlying can be valued: a hedge can be proved to shrink it. */
  readonly isDeltaKnown: (base: string) => boolean;
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

/** An order that trades at once, within its limit, or ends. */
export function immediate(
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
      ...immediate(leg.instrument, leg.side, lots, ticks),
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

/** One reduce-only order a held leg, no larger than what the account still holds that way. */
export function closeOrders(group: OrderGroup, view: ContainmentView): CloseOrder[] {
  return group.legs.flatMap((leg) => {
    const side = opposite(leg.side);
    const lots = Math.min(heldLots(leg), view.reducibleLots(leg.instrument.name, side));
    if (lots <= 0) return [];
    const seen = view.market.get(leg.instrument.name);
    const ticks = crossingTicks(seen, side, closeSteps(view.policy, closeAttempts(group)), view);
    const common = {
      class: 'CLOSE',
      reduce_only: true,
      leg_idx: leg.legIdx,
      attempt: group.nextAttempt(leg),
      reason_codes: ['group.emergency_close'],
    };
    const order = immediate(leg.instrument, side, lots, ticks ?? 1);
    return [{ priced: ticks !== undefined, proposal: { ...order, ...common } }];
  });
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
  const order = immediate(seen.instrument, held.side, held.lots, ticks);
  return { ...order, class: 'CLOSE', reduce_only: true, reason_codes: ['account.emergency_close'] };
}
