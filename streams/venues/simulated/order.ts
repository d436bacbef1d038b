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
  readonly kind: 'stop' | 'take';
  readonly by: 'index_price' | 'mark_price' | 'last_price';
  readonly price: number;
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
  readonly mmp: boolean;
  readonly liquidation: boolean;
  readonly triggerOrderId: string | undefined;
  /** Present as long as, and after, it waited for a price. */
  trigger: Trigger | undefined;
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
