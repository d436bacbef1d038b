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
import { isSettled, type OrderRecord } from '../order-record.ts';

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

/** What the closes of a containment did so far. */
export interface ContainmentCounts {
  rescues: number;
  closes: number;
  /** Underlyings whose one hedge was tried. */
  readonly hedged: Set<string>;
}

export class OrderGroup {
  readonly groupId: string;
  /** The decision, as far as it is known: after a restart only its ids. */
  readonly decision: DecisionContext;
  readonly legs: readonly GroupLeg[];
  /** The hedge of what could not be closed. */
  readonly hedges: OrderRecord[] = [];
  readonly counts: ContainmentCounts = { rescues: 0, closes: 0, hedged: new Set() };
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
  attemptsWithoutPrice = 0;

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

export function isFlat(group: OrderGroup): boolean {
  return group.legs.every((leg) => heldLots(leg) <= 0);
}

/** Of every underlying that is held, a hedge filled as planned. */
export function isHedged({ legs, hedges }: OrderGroup): boolean {
  const filled = new Set(
    hedges
      .filter(({ intent, tradedLots }) => tradedLots >= intent.qtyLots)
      .map(({ intent }) => intent.instrument.row.base_currency),
  );
  return legs.every((leg) => heldLots(leg) <= 0 || filled.has(leg.instrument.row.base_currency));
}
