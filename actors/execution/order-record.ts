/** What the house knows of one order: the intent, its life, and the lots that are accounted for. */
import type { OrderLifecycleState } from '../../machines/order-lifecycle.ts';
import { isTerminal } from '../../machines/order-lifecycle.ts';
import type { OrderIntent } from '../../streams/facts/intent.ts';
import type { OpenOrder } from '../../streams/facts/positions.ts';
import type { DecisionMark } from '../evidence/index.ts';

export type GroupStyle = 'atomic' | 'independent';

/** What the capsule promised, kept for the attribution of each fill. */
export interface Expectation {
  /** Null: went on without a capsule, flagged. */
  readonly capsuleId: string | null;
  readonly fairPriceFloat: number | null;
  readonly predictedSlippageBpsFloat: number | null;
  /** Opposite best price at the decision: what slippage is predicted against; null: not known. */
  readonly touchPriceFloat: number | null;
  /** The market at the decision; null: not known. */
  readonly mark: DecisionMark | null;
  /** Domain time of the decision, epoch µs. */
  readonly decidedUs: number | null;
}

/** Of an order that settled before a restart: the market of then is in its snapshot, not in memory. */
export const unseenMarket = { touchPriceFloat: null, mark: null };

/** Of an intent without a capsule. */
export const nothingExpected: Expectation = {
  capsuleId: null,
  fairPriceFloat: null,
  predictedSlippageBpsFloat: null,
  decidedUs: null,
  ...unseenMarket,
};

export interface OrderRecord {
  readonly intent: OrderIntent;
  readonly groupStyle: GroupStyle;
  readonly groupLegs: number;
  expectation: Expectation;
  state: OrderLifecycleState;
  /** Counts recorded transitions from 1. */
  sequence: number;
  venueOrderId: string | null;
  /** Lots the venue says are filled. */
  reportedLots: number;
  /** Lots of recorded and applied trades. */
  tradedLots: number;
  /** Set before the bytes leave, and never again: the same intent is never sent twice. */
  dispatched: boolean;
  /** We stopped it before its bytes left. */
  stopped: boolean;
  sentUs: number | null;
  sentMonotonicUs: number | null;
  answeredMonotonicUs: number | null;
}

export function newOrderRecord(
  intent: OrderIntent,
  group: { readonly style: GroupStyle; readonly legs: number },
  expectation: Expectation,
): OrderRecord {
  return {
    intent,
    groupStyle: group.style,
    groupLegs: group.legs,
    expectation,
    state: 'created',
    sequence: 0,
    venueOrderId: null,
    reportedLots: 0,
    tradedLots: 0,
    dispatched: false,
    stopped: false,
    sentUs: null,
    sentMonotonicUs: null,
    answeredMonotonicUs: null,
  };
}

/** Lots this order can still add to the position: what rests, or fills whose trade is missing. */
export function outstandingLots(order: OrderRecord): number {
  const ceiling = isTerminal(order.state) ? order.reportedLots : order.intent.qtyLots;
  return Math.max(0, ceiling - order.tradedLots);
}

/** Its bytes left, or may have: not one that we stopped, as far as the venue does not contradict. */
export function mayHaveLeft({ state, stopped }: OrderRecord): boolean {
  return !stopped || state !== 'not_sent';
}

/** Ended, and every reported fill has its trade. */
export function isSettled(order: OrderRecord): boolean {
  return isTerminal(order.state) && outstandingLots(order) === 0;
}

/** The order as others may see it. A live view object: read it, do not keep it. */
export function openOrderOf(order: OrderRecord): OpenOrder {
  const { intent } = order;
  return {
    intentId: intent.intentId,
    groupId: intent.groupId,
    strategyId: intent.strategyId,
    instrument: intent.instrument,
    class: intent.class,
    side: intent.side,
    limitTicks: intent.limitTicks,
    lots: intent.qtyLots,
    filledLots: Math.max(order.tradedLots, order.reportedLots),
    reduceOnly: intent.reduceOnly,
    state: order.state,
    venueOrderId: order.venueOrderId,
  };
}
