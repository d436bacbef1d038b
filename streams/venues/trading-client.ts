/**
 * What the dispatch chokepoint needs of a venue: hand bytes over now, learn the answer later.
 * Only the chokepoint may hold one; sessions and market data are another type without these methods.
 */
import type { OrderIntent } from '../facts/intent.ts';
import type { VenueOrder, VenueTrade } from '../facts/venue-records.ts';

/** Our own code for what never left: it is not one of the venue's. */
export const neverSentCode = 0;

/** `unknown`: the request may have reached the engine, so the order is in doubt. */
export type PlaceReply =
  | { readonly kind: 'acked'; readonly order: VenueOrder; readonly trades: readonly VenueTrade[] }
  | { readonly kind: 'refused'; readonly code: number; readonly message: string }
  | { readonly kind: 'unknown'; readonly cause: string };

export type CancelReply =
  | { readonly kind: 'cancelled'; readonly order: VenueOrder }
  | { readonly kind: 'refused'; readonly code: number; readonly message: string }
  | { readonly kind: 'unknown'; readonly cause: string };

export interface PlaceHandle {
  /** False: no byte left this process, and none will. */
  readonly sent: boolean;
  /** Never rejects. */
  readonly reply: Promise<PlaceReply>;
}

export interface CancelHandle {
  readonly sent: boolean;
  /** Never rejects. */
  readonly reply: Promise<CancelReply>;
}

export interface TradingClient {
  /** Hands the bytes to the socket before it returns. */
  place(order: OrderIntent): PlaceHandle;
  cancel(orderId: string): CancelHandle;
}
