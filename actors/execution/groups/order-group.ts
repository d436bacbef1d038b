/**
 * What is known of one atomic group: its legs, every order ever made for them, and the lots that
 * follow from recorded trades alone. Exact integers; no decision is taken here.
 */
import {
  groupTransition,
  type OrderGroupEventType,
  type OrderGroupState,
} from '../../../machines/order-group.ts';
import type { DecisionContext } from '../../../streams/facts/decision.ts';
import type { Instrument } from '../../../streams/facts/instrument.ts';
import type { OrderIntent } from '../../../streams/facts/intent.ts';
import type { Side } from '../../../streams/facts/market.ts';
import { isSettled, mayHaveLeft, type OrderRecord } from '../order-record.ts';

export interface GroupLeg {
  readonly legIdx: number;
  readonly instrument: Instrument;
  readonly side: Side;
  readonly plannedLots: number;
  /** The first order of the leg. */
  readonly first: OrderRecord;
  /** Every order of this leg, the first included: rescues and closes follow. */
  readonly orders: OrderRecord[];
}

/** What a containment spent, besides the orders it made. */
export interface ContainmentCounts {
  rescues: number;
  /** Closes that were refused for good: they use an attempt up as well. */
  refusedCloses: number;
  /** Underlyings whose hedge was refused for good. */
  readonly refusedHedges: Set<string>;
}

export class OrderGroup {
  readonly groupId: string;
  /** The decision, as far as it is known: after a restart only its ids. */
  readonly decision: DecisionContext;
  readonly legs: readonly GroupLeg[];
  /** The hedge of what could not be closed. */
  readonly hedges: OrderRecord[] = [];
  readonly counts: ContainmentCounts = {
    rescues: 0,
    refusedCloses: 0,
    refusedHedges: new Set(),
  };
  /** Taken up again after a restart: the decision is stale, so nothing is rescued. */
  readonly restored: boolean;
  state: OrderGroupState = 'new';
  sequence = 0;
  /** Cause of the first failure; never overwritten. */
  firstFailure: string | null = null;
  failedMonotonicUs = 0;
  failedUs = 0;
  /** |delta| of the naked lots when every leg had ended, USD. */
  exposureBeforeUsdFloat: number | null = null;
  /** A step is planned or its orders are out: nothing else may start. */
  busy = false;
  /** Times in which nothing could leave: each is followed by a longer pause. */
  pauses = 0;

  /** Without its decision it is restored from the ledger, where only the ids stand. */
  constructor(orders: readonly OrderRecord[], decision?: DecisionContext) {
    const [first] = orders as readonly [OrderRecord];
    this.groupId = first.intent.groupId;
    this.decision = decision ?? decisionOfIntent(first.intent);
    this.restored = decision === undefined;
    this.legs = orders.map((order) => ({
      legIdx: order.intent.legIdx,
      instrument: order.intent.instrument,
      side: order.intent.side,
      plannedLots: order.intent.qtyLots,
      first: order,
      orders: [order],
    }));
  }

  /** Moves as the machine says; true when the state changed. */
  apply(event: OrderGroupEventType): boolean {
    const to = groupTransition(this.state, event);
    if (to === this.state) return false;
    this.state = to;
    this.sequence += 1;
    return true;
  }

  /** Takes in an order of this group that containment made. */
  add(order: OrderRecord): void {
    if (order.intent.class === 'HEDGE') this.hedges.push(order);
    else this.legs.find(({ legIdx }) => legIdx === order.intent.legIdx)?.orders.push(order);
  }

  /** Every order has ended, and every reported fill has its trade. */
  get isSettled(): boolean {
    return this.#orders().every(isSettled);
  }

  #orders(): OrderRecord[] {
    return [...this.legs.flatMap(({ orders }) => orders), ...this.hedges];
  }

  /** The next number for an order of this leg: a bounded repeat is a different intent. */
  nextAttempt(leg: GroupLeg): number {
    return Math.max(...leg.orders.map(({ intent }) => intent.attempt)) + 1;
  }
}

function decisionOfIntent(intent: OrderIntent): DecisionContext {
  return {
    decisionId: intent.decisionId,
    groupId: intent.groupId,
    strategyId: intent.strategyId,
    strategyVersion: '',
    runnerId: intent.strategyId,
    inputEventId: '',
    traceId: intent.traceId,
    tsUs: intent.validUntilUs,
    receivedMonotonicUs: 0,
    decision: { scope: '', action: 'EXIT', intents: [], reasons: [], signal: {} },
  };
}

/** Lots opened for a leg: first try and rescues. */
export function openedLots(leg: GroupLeg): number {
  let lots = 0;
  for (const { intent, tradedLots } of leg.orders) if (intent.class === 'OPEN') lots += tradedLots;
  return lots;
}

/** Lots of the leg that are held now: opened and not closed again. */
export function heldLots(leg: GroupLeg): number {
  let lots = 0;
  for (const { intent, tradedLots } of leg.orders) {
    lots += intent.class === 'OPEN' ? tradedLots : -tradedLots;
  }
  return lots;
}

/** Lots that the plan still lacks. */
export function missingLots(leg: GroupLeg): number {
  return Math.max(0, leg.plannedLots - openedLots(leg));
}

/** Every leg in full, exactly. */
export function isWhole(group: OrderGroup): boolean {
  return group.legs.every((leg) => heldLots(leg) === leg.plannedLots);
}

/** The legs hold lots in exactly the planned ratio, none at all included. */
export function isBalanced({ legs }: OrderGroup): boolean {
  const [first] = legs;
  if (first === undefined) return true;
  return legs.every(
    (leg) =>
      BigInt(heldLots(leg)) * BigInt(first.plannedLots) ===
      BigInt(heldLots(first)) * BigInt(leg.plannedLots),
  );
}

/** Attempts to close that are spent. One that never left is none. */
export function closeAttempts({ legs, counts }: OrderGroup): number {
  const made = legs.map(({ orders }) => orders.filter(isClose).filter(mayHaveLeft).length);
  return Math.max(...made) + counts.refusedCloses;
}

function isClose({ intent }: OrderRecord): boolean {
  return intent.class === 'CLOSE';
}

/** Every hedge made for an underlying, those that never left included. */
export function hedgesOf({ hedges }: OrderGroup, base: string): OrderRecord[] {
  return hedges.filter(({ intent }) => intent.instrument.row.base_currency === base);
}

/** The one hedge of this underlying was tried. */
export function isHedgeSpent(group: OrderGroup, base: string): boolean {
  return group.counts.refusedHedges.has(base) || hedgesOf(group, base).some(mayHaveLeft);
}

/** Signed lots that the account holds of an instrument. */
export type PositionLots = (instrumentName: string) => number;

/** Lots of the leg that still stand: held by the group, and by the account the same way. */
export function standingLots(leg: GroupLeg, positionLots: PositionLots): number {
  return standing(leg.side, heldLots(leg), positionLots(leg.instrument.name));
}

function standing(side: Side, lots: number, position: number): number {
  return Math.max(0, Math.min(lots, side === 'buy' ? position : -position));
}

/** Nothing of the legs stands any more. */
export function isFlat({ legs }: OrderGroup, positionLots: PositionLots): boolean {
  return legs.every((leg) => standingLots(leg, positionLots) === 0);
}

/** Nor of the hedges. */
export function isClear(group: OrderGroup, positionLots: PositionLots): boolean {
  const hedged = group.hedges.some(
    ({ intent, tradedLots }) =>
      standing(intent.side, tradedLots, positionLots(intent.instrument.name)) > 0,
  );
  return !hedged && isFlat(group, positionLots);
}
