/** Positions, account summaries and the limits the venue grants. Floats are analytics. */
import { gridCount } from '../../../facts/decimal.ts';
import type { VenueAccount, VenuePosition } from '../../../facts/venue-records.ts';
import { floatOrZero, isObject, type JsonObject, textOf } from './json.ts';
import { type FindInstrument, instrumentOfRow, malformed, objectOf } from './orders.ts';

/** One position. Flat positions (direction `zero`) have zero lots. Throws VENUE_PROTOCOL. */
export function decodePosition(raw: unknown, find: FindInstrument): VenuePosition {
  const row = objectOf(raw, 'position');
  const what = `position ${String(row.instrument_name)}`;
  const instrument = instrumentOfRow(row, find, what);
  const size = row.size;
  const lots = typeof size === 'number' ? gridCount(instrument.amount, size) : undefined;
  if (lots === undefined) throw malformed(what, `size on its grid of ${instrument.amount.step}`);
  // `size` is signed; a venue that sent it unsigned would still name the direction.
  const magnitude = Math.abs(lots);
  return {
    instrument,
    signedLots: row.direction === 'sell' ? -magnitude : lots,
    averagePriceFloat: floatOrZero(row.average_price),
    markFloat: floatOrZero(row.mark_price),
    deltaFloat: floatOrZero(row.delta),
    floatingPnlFloat: floatOrZero(row.floating_profit_loss),
    realisedPnlFloat: floatOrZero(row.realized_profit_loss),
  };
}

/** One currency's summary. Throws VENUE_PROTOCOL when it names no currency. */
export function decodeAccount(raw: unknown): VenueAccount {
  const row = objectOf(raw, 'account summary');
  const currency = textOf(row.currency);
  if (currency === undefined) throw malformed('account summary', 'currency');
  return {
    currency,
    equityFloat: floatOrZero(row.equity),
    balanceFloat: floatOrZero(row.balance),
    availableFloat: floatOrZero(row.available_funds),
    initialMarginFloat: floatOrZero(row.initial_margin),
    maintenanceMarginFloat: floatOrZero(row.maintenance_margin),
  };
}

/** What the venue lets this account send to the matching engine. */
export interface TradingLimits {
  readonly ratePerSecond: number;
  readonly burst: number;
}

/** The trading limits in an account summary; undefined when it carries none. */
export function decodeTradingLimits(raw: unknown): TradingLimits | undefined {
  const total = path(raw, ['limits', 'matching_engine', 'trading', 'total']);
  if (total === undefined) return undefined;
  const ratePerSecond = floatOrZero(total.rate);
  const burst = floatOrZero(total.burst);
  return ratePerSecond > 0 && burst > 0 ? { ratePerSecond, burst } : undefined;
}

function path(raw: unknown, names: readonly string[]): JsonObject | undefined {
  let at: unknown = raw;
  for (const name of names) at = isObject(at) ? at[name] : undefined;
  return isObject(at) ? at : undefined;
}
