/**
 * Delivery rows of `get_settlement_history_by_*`: what the venue did to a position at expiry. The
 * venue gives such a row no id; product and time name it, because a product is delivered once.
 * `position` is signed, as positions are: the example of the public API reference has −66 of a future
 * (ETH-22FEB19), and public captures of an account's deliveries −2 of ETH-30SEP22-1300-P and −4 of
 * ETH-24OCT22-1325-C, each with the profit of a short one. Were it otherwise, nothing would be booked:
 * reconciliation takes a row only when the ledger holds exactly its lots.
 */
import { gridCount } from '../../../facts/decimal.ts';
import type { VenueDelivery } from '../../../facts/venue-records.ts';
import { floatOrNull, numberOf, textOf, usOfMs } from './json.ts';
import { type FindInstrument, instrumentOfRow, listOf, malformed, objectOf } from './orders.ts';

export interface DeliveryPage {
  readonly deliveries: VenueDelivery[];
  /** Undefined: there are no older ones. */
  readonly continuation: string | undefined;
}

/** Rows of other kinds are left out. Throws VENUE_PROTOCOL on the first row that cannot be taken. */
export function decodeDeliveryPage(raw: unknown, find: FindInstrument): DeliveryPage {
  const result = objectOf(raw, 'settlements');
  const rows = listOf(result.settlements, 'settlements').map((row) => objectOf(row, 'settlement'));
  const said = textOf(result.continuation);
  return {
    deliveries: rows.filter(({ type }) => type === 'delivery').map((row) => deliveryOf(row, find)),
    continuation: said === undefined || said === '' || said === 'none' ? undefined : said,
  };
}

function deliveryOf(row: Readonly<Record<string, unknown>>, find: FindInstrument): VenueDelivery {
  const what = `delivery of ${String(row.instrument_name)}`;
  const instrument = instrumentOfRow(row, find, what);
  const tsUs = usOfMs(row.timestamp);
  const signedLots =
    typeof row.position === 'number' ? gridCount(instrument.amount, row.position) : undefined;
  const indexFloat = numberOf(row.index_price);
  if (tsUs === undefined) throw malformed(what, 'timestamp');
  if (signedLots === undefined) throw malformed(what, `position on its grid`);
  if (indexFloat === undefined || indexFloat <= 0) throw malformed(what, 'index_price');
  return {
    deliveryId: `${instrument.name}@${tsUs / 1_000}`,
    instrument,
    tsUs,
    signedLots,
    indexFloat,
    markFloat: floatOrNull(row.mark_price),
    profitFloat: floatOrNull(row.profit_loss),
  };
}
