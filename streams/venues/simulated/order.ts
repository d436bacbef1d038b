/** An order inside the venue: identity, terms, progress, and its place in the queue of a level. */
import type { Side } from '../../facts/market.ts';
import type { Account } from './account.ts';
import type { Market } from './market.ts';

export type TimeInForceOnWire =
  | 'good_til_cancelled'
  | 'good_til_day'
  | 'immediate_or_cancel'
  | 'fill_or_kill';

export type OrderState = 'open' | 'filled' | 'cancelled' | 'rejected' | 'untriggered' | 'triggered';

/** What an order waits for before it becomes one. */
export interface Trigger {
  readonly kind: 'stop' | 'take' | 'trailing';
  readonly by: 'index_price' | 'mark_price' | 'last_price';
  /** A trailing stop moves it after the best price seen. */
  readonly price: number;
  /** Trailing only: how far behind the best price, and the price when it was placed. */
  readonly offset?: number | undefined;
  readonly reference?: number | undefined;
}

/** A limit order that shows only a part of itself. */
export interface Iceberg {
  /** Shown anew each time the shown part is gone, lots. */
  readonly displayLots: number;
  /** Shown now and not yet traded, lots. */
  shownLots: number;
}

/** An option's limit in USD or in percent of volatility; its price follows the market. */
export interface Advanced {
  readonly unit: 'usd' | 'implv';
  readonly value: number;
  /** The last change of the price was the venue's own. */
  readonly moved: boolean;
}

/** When one order of a group acts on the others. */
export type LinkCondition = 'first_hit' | 'complete_fill' | 'incremental';

/** What ties an order to others of its account; plain values, because it is stored. */
export interface Links {
  readonly condition: LinkCondition;
  /** Shared by the two orders of which one cancels the other. */
  readonly ocoRef?: string | undefined;
  /** Orders this one triggers. */
  readonly secondaryIds?: readonly string[] | undefined;
  /** The order that triggers this one. */
  readonly primaryId?: string | undefined;
  /** Lots of this order before its pair took from it, and lots of it that were placed already. */
  readonly wholeLots: number;
  placedLots: number;
}

/** Which quote of a mass quote an order is. */
export interface Quote {
  readonly group: string;
  quoteId: string;
  quoteSetId: string;
}

export interface OrderTerms {
  readonly side: Side;
  readonly type: 'limit' | 'market' | 'market_limit';
  readonly lots: number;
  /** Ignored for market orders. */
  readonly priceTicks: number;
  readonly timeInForce: TimeInForceOnWire;
  readonly postOnly: boolean;
  readonly rejectPostOnly: boolean;
  readonly reduceOnly: boolean;
  readonly mmp: boolean;
  readonly label: string;
  /** Connection the order came through, for cancel-on-disconnect; 0 is none. */
  readonly sessionId: number;
  /** Venue time, ms, after which the order must be refused. */
  readonly validUntilMs?: number | undefined;
  /** The venue closes the position. */
  readonly liquidation?: boolean;
  /** The order that waited for this one. */
  readonly triggerOrderId?: string | undefined;
  /** Lots shown at a time; absent for an order that shows itself whole. */
  readonly displayLots?: number | undefined;
  readonly advanced?: Advanced | undefined;
  readonly links?: Links | undefined;
  readonly quote?: Quote | undefined;
}

/** Terms, and what the order waits for if it waits. */
export interface OrderEntry {
  readonly terms: OrderTerms;
  readonly trigger?: Trigger | undefined;
}

export interface Order {
  readonly id: string;
  readonly account: Account;
  readonly market: Market;
  readonly side: Side;
  readonly type: 'limit' | 'market';
  readonly originalType: 'market_limit' | undefined;
  readonly timeInForce: TimeInForceOnWire;
  readonly label: string;
  readonly createdUs: number;
  mmp: boolean;
  readonly liquidation: boolean;
  readonly triggerOrderId: string | undefined;
  /** Present as long as, and after, it waited for a price. */
  trigger: Trigger | undefined;
  iceberg: Iceberg | undefined;
  advanced: Advanced | undefined;
  links: Links | undefined;
  readonly quote: Quote | undefined;
  sessionId: number;
  lots: number;
  priceTicks: number;
  postOnly: boolean;
  rejectPostOnly: boolean;
  reduceOnly: boolean;
  filledLots: number;
  /** Exact worth of its fills, not rounded to money: what the average price comes from. */
  filledWorth: number;
  state: OrderState;
  cancelReason: string | undefined;
  replaced: boolean;
  updatedUs: number;
  /** Lots displayed before it at its level; only used against a recorded book. */
  queueAheadLots: number;
  next: Order | undefined;
  previous: Order | undefined;
}

export function remainingLots(order: Order): number {
  return order.lots - order.filledLots;
}

/** Lots the book shows of a resting order. */
export function shownLots(order: Order): number {
  return order.iceberg === undefined ? remainingLots(order) : order.iceberg.shownLots;
}

/** Shows the next part of an iceberg, or what is left of it. */
export function refreshShown(order: Order): void {
  if (order.iceberg !== undefined)
    order.iceberg.shownLots = Math.min(order.iceberg.displayLots, remainingLots(order));
}
