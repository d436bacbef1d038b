/**
 * An answer to an order request that had been given up: the order exists, so whoever watches
 * orders hears of it exactly as from a notification.
 */
import { asHoldfastError, type HoldfastError } from '../../../facts/errors.ts';
import type { VenueOrder, VenueTrade } from '../../../facts/venue-records.ts';
import { decodeOrder, decodeUserTrades, type FindInstrument, objectOf } from '../codec/orders.ts';
import type { LateReply } from './pending.ts';

export interface OrderWatcher {
  onOrder(order: VenueOrder): void;
  onTrade(trade: VenueTrade): void;
  onError(error: HoldfastError): void;
}

/** Hands on the order and the trades of a late answer; answers to queries are of no use any more. */
export function decodeLateOrder(
  late: LateReply,
  find: FindInstrument,
  watcher: OrderWatcher,
): void {
  if (late.outcome.kind !== 'result') return;
  const { method, outcome } = late;
  try {
    if (method === 'private/cancel') watcher.onOrder(decodeOrder(outcome.result, find));
    if (method !== 'private/buy' && method !== 'private/sell') return;
    const result = objectOf(outcome.result, 'late reply');
    watcher.onOrder(decodeOrder(result.order, find));
    for (const trade of decodeUserTrades(result.trades ?? [], find)) watcher.onTrade(trade);
  } catch (thrown) {
    watcher.onError(asHoldfastError(thrown));
  }
}
