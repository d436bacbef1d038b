/**
 * What an operation causes by itself, done at its end and told with it: prices that follow the
 * market, protection of market makers, linked orders, orders that waited for a price.
 */
import type { Account } from './account.ts';
import { repriceAdvanced } from './advanced-orders.ts';
import type { VenueEngine } from './engine.ts';
import { settleLinks } from './linked-orders.ts';
import type { Market } from './market.ts';
import { settleProtection } from './mmp.ts';
import type { MmpState } from './mmp-state.ts';
import type { Order } from './order.ts';
import { fireTriggers } from './trigger-orders.ts';

export interface FollowUps {
  /** Markets with orders that wait for a price. */
  readonly triggerMarkets: Set<Market>;
  /** Linked orders something happened to. */
  readonly linkedOrders: Set<Order>;
  /** Groups of protected orders that traded. */
  readonly protectedFills: Map<MmpState, Account>;
  /** Resting orders whose price follows the market, and when it last did, µs. */
  readonly advancedOrders: Set<Order>;
  repricedUs: number;
}

export function createFollowUps(): FollowUps {
  return {
    triggerMarkets: new Set(),
    linkedOrders: new Set(),
    protectedFills: new Map(),
    advancedOrders: new Set(),
    repricedUs: 0,
  };
}

/** Called inside `engine.run`, after its action. */
export function followUp(engine: VenueEngine): void {
  const { advancedOrders, protectedFills, linkedOrders, triggerMarkets } = engine.after;
  if (advancedOrders.size > 0) repriceAdvanced(engine);
  if (protectedFills.size > 0) settleProtection(engine);
  if (linkedOrders.size > 0) settleLinks(engine);
  if (triggerMarkets.size > 0) fireTriggers(engine);
  // What was triggered may trade, and may be linked.
  if (linkedOrders.size > 0) settleLinks(engine);
  if (protectedFills.size > 0) settleProtection(engine);
}
