/**
 * One complete reading of the venue, between two cuts of the ledger: trades, orders, positions,
 * trades again. Any read that fails fails the whole: a part proves nothing.
 */
import { HoldfastError } from '../../streams/facts/errors.ts';
import type { VenueOrder } from '../../streams/facts/venue-records.ts';
import type { Clock } from '../../streams/ports/clock.ts';
import type { Collection, LedgerOrder, LedgerView, ReconcileQueries } from './contract.ts';

/** Lookups by label in one reading: more live intents than the house may have open is a bug. */
export const lookupsMax = 200;

/** Clocks of venue and house may differ by this much, µs; trades are asked for from earlier. */
const clockSkewUs = 60_000_000;

export interface CollectOptions {
  readonly queries: ReconcileQueries;
  readonly ledger: LedgerView;
  readonly clock: Pick<Clock, 'nowUs'>;
  readonly lookbackUs: number;
  /** An intent younger than this may still be on its way, µs. */
  readonly inFlightUs: number;
}

/** From when trades must be complete, epoch µs. */
export function tradesFromUs(ledger: LedgerView, nowUs: number, lookbackUs: number): number {
  const since = ledger.lastReconciledUs ?? ledger.bornUs;
  return Math.max(0, Math.min(nowUs - lookbackUs, since - clockSkewUs));
}

/** Intents of the cut that are not among the open orders, looked up one by one. */
export async function lookUpMissing(
  queries: ReconcileQueries,
  orders: Iterable<LedgerOrder>,
  openOrders: readonly VenueOrder[],
): Promise<Map<string, readonly VenueOrder[]>> {
  const open = new Set(openOrders.map(({ label }) => label));
  const missing = [...orders].filter(({ label }) => !open.has(label));
  if (missing.length > lookupsMax) {
    throw new HoldfastError('INTERNAL', `${missing.length} live intents have no open order`);
  }
  const found = new Map<string, readonly VenueOrder[]>();
  for (const { instrument, label } of missing) {
    found.set(label, await queries.ordersByLabel(instrument, label));
  }
  return found;
}

/** Rejects with the first read that failed. */
export async function collect(options: CollectOptions): Promise<Collection> {
  const { queries, ledger, clock } = options;
  const nowUs = clock.nowUs();
  const fromUs = tradesFromUs(ledger, nowUs, options.lookbackUs);
  const before = ledger.cut();
  const trades = await queries.tradesSince(fromUs);
  const openOrders = await queries.openOrders();
  const lookedUp = await lookUpMissing(queries, before.orders.values(), openOrders);
  const deliveries = await queries.deliveriesSince(fromUs);
  const positions = await queries.positions();
  const newestUs = trades.reduce((newest, { tsUs }) => Math.max(newest, tsUs), fromUs);
  const tradesAfter = await queries.tradesSince(newestUs);
  const after = ledger.cut();
  const settledBeforeUs = nowUs - options.inFlightUs;
  const seen = { trades, tradesAfter, openOrders, deliveries, positions };
  return { before, after, ...seen, lookedUp, settledBeforeUs };
}
