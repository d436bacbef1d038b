/**
 * The venue's methods this house may call, by what they can do. The session takes query and
 * session methods only; order methods exist in the trading client's file alone.
 */
import { HoldfastError } from '../../facts/errors.ts';

/** Reads: no effect at the venue whatever happens to the reply. */
export const queryMethods = [
  'public/test',
  'public/get_time',
  'public/status',
  'public/get_announcements',
  'public/get_instruments',
  'public/get_instrument',
  'public/get_order_book',
  'public/ticker',
  'public/get_last_trades_by_instrument',
  'public/get_index_price',
  'private/get_open_orders',
  'private/get_open_orders_by_currency',
  'private/get_open_orders_by_label',
  'private/get_order_state',
  'private/get_order_state_by_label',
  'private/get_order_history_by_currency',
  'private/get_order_history_by_instrument',
  'private/get_user_trades_by_currency',
  'private/get_user_trades_by_currency_and_time',
  'private/get_user_trades_by_instrument',
  'private/get_user_trades_by_instrument_and_time',
  'private/get_user_trades_by_order',
  'private/get_settlement_history_by_currency',
  'private/get_positions',
  'private/get_account_summary',
  'private/get_account_summaries',
] as const;
export type QueryMethod = (typeof queryMethods)[number];

/** What a session does to itself. */
export type SessionMethod =
  | 'public/auth'
  | 'public/test'
  | 'public/set_heartbeat'
  | 'public/subscribe'
  | 'public/unsubscribe'
  | 'private/subscribe'
  | 'private/unsubscribe'
  | 'private/enable_cancel_on_disconnect'
  | 'private/get_cancel_on_disconnect';

/** What changes orders. Only the trading client and the cancel-only client name these. */
export type OrderMethod = 'private/buy' | 'private/sell' | 'private/cancel' | 'private/cancel_all';

export type Params = Readonly<Record<string, unknown>>;

const queries: ReadonlySet<string> = new Set(queryMethods);

/** Throws VENUE_METHOD_FORBIDDEN for anything but a query method. */
export function assertQueryMethod(method: string): asserts method is QueryMethod {
  if (queries.has(method)) return;
  throw new HoldfastError(
    'VENUE_METHOD_FORBIDDEN',
    `${method} is not a query: orders go through the dispatch chokepoint only`,
    { details: { method } },
  );
}
