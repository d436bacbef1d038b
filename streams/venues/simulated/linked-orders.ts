/**
 * Orders that act on each other: one triggers another, one cancels the other, one triggers a pair
 * of which one cancels the other. What happened to one of them is followed at the end of the
 * operation; only the other one of a resting pair goes at once, before anybody can trade both.
 */
import type { Account } from './account.ts';
import type { VenueEngine } from './engine.ts';
import { finish } from './fills.ts';
import type { Market } from './market.ts';
import { cancelled, closePair, pairOf, removeResting } from './matching.ts';
import { createOrder, linkedId, termsLike } from './new-order.ts';
import type { LinkCondition, Links, Order, OrderEntry } from './order.ts';
import { edit } from './order-edit.ts';
import { admit, place, prepare } from './orders.ts';
import { prepareTrigger, watch } from './trigger-orders.ts';
import { invalidParam, refusal, VenueError } from './venue-error.ts';

export type LinkKind =
  | 'one_triggers_other'
  | 'one_cancels_other'
  | 'one_triggers_one_cancels_other';

/** Orders of one account that may wait for another order: 13901 beyond it. */
const secondariesMax = 100;
const secondariesOf: Readonly<Record<LinkKind, number>> = {
  one_triggers_other: 1,
  one_cancels_other: 1,
  one_triggers_one_cancels_other: 2,
};

export interface LinkedGroup {
  readonly kind: LinkKind;
  readonly condition: LinkCondition;
  readonly secondaries: readonly OrderEntry[];
}

/**
 * Places an order with what hangs on it, all or nothing. Refuses with -32602 a wrong number of
 * secondary orders, 11047 a pair to be placed bit by bit, 13901 too many, and as `place` does.
 */
export function placeLinked(
  engine: VenueEngine,
  account: Account,
  market: Market,
  primary: OrderEntry,
  group: LinkedGroup,
): Order {
  const { kind, condition, secondaries } = group;
  if (secondaries.length !== secondariesOf[kind])
    throw invalidParam('otoco_config', `${secondariesOf[kind]} expected`);
  if (kind === 'one_triggers_one_cancels_other' && condition === 'incremental')
    throw refusal(11047);
  return kind === 'one_cancels_other'
    ? placePair(engine, account, market, [primary, ...secondaries], condition)
    : placePrimary(engine, account, market, primary, group);
}

function placePair(
  engine: VenueEngine,
  account: Account,
  market: Market,
  entries: readonly OrderEntry[],
  condition: LinkCondition,
): Order {
  const ocoRef = linkedId(engine);
  const orders = entries.map((entry) => {
    const links = { condition, ocoRef, wholeLots: entry.terms.lots, placedLots: 0 };
    return prepareEntry(engine, account, market, {
      ...entry,
      terms: { ...entry.terms, links },
    });
  });
  const [asked, other] = orders;
  if (asked === undefined || other === undefined) throw refusal(11029);
  // The order that was asked for goes last: what it trades at once ends the one that is there.
  enterOrWait(engine, other);
  if (other.filledLots > 0 && condition === 'first_hit')
    cancelled(engine, asked, 'oco_other_closed');
  else enterOrWait(engine, asked);
  if (asked.filledLots > 0) closePair(engine, asked);
  return asked;
}

function placePrimary(
  engine: VenueEngine,
  account: Account,
  market: Market,
  primary: OrderEntry,
  { condition, secondaries }: LinkedGroup,
): Order {
  let waiting = 0;
  for (const order of account.openOrders.values())
    if (order.links?.primaryId !== undefined) waiting += 1;
  if (waiting + secondaries.length > secondariesMax) throw refusal(13901);
  const secondaryIds = secondaries.map(() => linkedId(engine));
  const links = { condition, secondaryIds, wholeLots: primary.terms.lots, placedLots: 0 };
  const order = prepareEntry(engine, account, market, {
    ...primary,
    terms: { ...primary.terms, links },
  });
  const ocoRef = secondaries.length > 1 ? linkedId(engine) : undefined;
  const children = secondaries.map(({ terms, trigger }, at) => {
    const tied: Links = {
      condition,
      ocoRef,
      primaryId: order.id,
      wholeLots: terms.lots,
      placedLots: 0,
    };
    return createOrder(
      engine,
      account,
      market,
      { ...terms, links: tied },
      trigger,
      secondaryIds[at],
    );
  });
  for (const child of children) {
    child.state = 'untriggered';
    wait(engine, child);
  }
  enterOrWait(engine, order);
  return order;
}

function prepareEntry(
  engine: VenueEngine,
  account: Account,
  market: Market,
  { terms, trigger }: OrderEntry,
): Order {
  return trigger === undefined
    ? prepare(engine, account, market, terms)
    : prepareTrigger(engine, account, market, terms, trigger);
}

function enterOrWait(engine: VenueEngine, order: Order): void {
  if (order.state === 'untriggered') wait(engine, order);
  else admit(engine, order);
}

function wait(engine: VenueEngine, order: Order): void {
  watch(engine, order);
  engine.noteOrder(order);
}

/** Does what the fills and ends of linked orders cause. Called at the end of every operation. */
export function settleLinks(engine: VenueEngine): void {
  // What this causes is noted too, and followed in the same pass.
  for (const order of engine.after.linkedOrders) {
    engine.after.linkedOrders.delete(order);
    if (order.state === 'triggered' || order.links === undefined) continue;
    settlePair(engine, order, order.links);
    for (const id of order.links.secondaryIds ?? []) {
      const child = order.account.openOrders.get(id);
      if (child?.state === 'untriggered') settleSecondary(engine, order, child);
    }
  }
}

function hasEnded(order: Order): boolean {
  return order.state === 'filled' || order.state === 'cancelled' || order.state === 'rejected';
}

/** Lots of `whole` that a share stands for, on the grid of the market. */
function lotsOfShare(order: Order, whole: number, part: number, of: number): number {
  const { minLots } = order.market.product.instrument;
  return Math.floor((whole * part) / of / minLots) * minLots;
}

function settlePair(engine: VenueEngine, order: Order, links: Links): void {
  for (const other of pairOf(order)) {
    if (hasEnded(order) || (links.condition === 'first_hit' && order.filledLots > 0))
      removeResting(engine, other, 'oco_other_closed');
    else if (links.condition === 'incremental' && order.filledLots > 0)
      shrinkOther(engine, order, links, other);
  }
}

function shrinkOther(engine: VenueEngine, order: Order, links: Links, other: Order): void {
  const whole = other.links?.wholeLots ?? other.lots;
  const lots = whole - lotsOfShare(other, whole, order.filledLots, links.wholeLots);
  if (lots <= other.filledLots) removeResting(engine, other, 'oco_other_closed');
  else if (lots < other.lots) {
    if (other.state === 'open') edit(engine, other, { lots });
    else other.lots = lots;
    engine.noteOrder(other);
  }
}

function settleSecondary(engine: VenueEngine, order: Order, child: Order): void {
  const { links } = child;
  if (links === undefined) return;
  const share: Readonly<Record<LinkCondition, number>> = {
    first_hit: order.filledLots > 0 ? 1 : 0,
    complete_fill: order.state === 'filled' ? 1 : 0,
    incremental: order.filledLots / order.lots,
  };
  const part = share[links.condition];
  const due = part === 1 ? links.wholeLots : lotsOfShare(child, links.wholeLots, part, 1);
  if (due > links.placedLots) release(engine, child, links, due - links.placedLots);
  if (hasEnded(order) && child.state === 'untriggered')
    removeResting(engine, child, 'oto_primary_closed');
}

/** Lets `lots` of a waiting order become an order of their own. */
function release(engine: VenueEngine, child: Order, links: Links, lots: number): void {
  const { account, market, trigger } = child;
  links.placedLots += lots;
  const whole = links.placedLots === links.wholeLots;
  if (whole) finish(child, 'triggered');
  child.updatedUs = engine.nowUs;
  engine.noteOrder(child);
  const { condition, ocoRef } = links;
  const tied =
    ocoRef === undefined ? undefined : { condition, ocoRef, wholeLots: lots, placedLots: 0 };
  const terms = { ...termsLike(child), lots, triggerOrderId: child.id, links: tied };
  try {
    if (trigger === undefined) {
      const order = place(engine, account, market, terms);
      if (order.filledLots > 0) closePair(engine, order);
    } else wait(engine, prepareTrigger(engine, account, market, terms, trigger));
  } catch (error) {
    if (!(error instanceof VenueError)) throw error;
    if (whole) child.state = 'rejected';
  }
}
