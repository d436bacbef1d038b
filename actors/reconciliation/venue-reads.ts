/** The reads of reconciliation over the venue's queries: all currencies, all pages, or an error. */
import { HoldfastError } from '../../streams/facts/errors.ts';
import type { VenueDelivery, VenueTrade } from '../../streams/facts/venue-records.ts';
import type { Clock } from '../../streams/ports/clock.ts';
import { type DeribitQueries, readTradePages } from '../../streams/venues/deribit/index.ts';
import type { ReconcileQueries } from './contract.ts';

/** The venue's recent window for trades; older ones need a historical query, µs. */
const recentUs = 24 * 3_600_000_000;
/** Pages of one read: 100,000 trades. An outage longer than that wants an operator. */
const pagesMax = 100;
/** The venue's clock may be ahead of ours by this much, µs. */
const aheadUs = 60_000_000;

type Queries = Pick<
  DeribitQueries,
  'openOrders' | 'positions' | 'tradesSince' | 'ordersByLabel' | 'deliveries'
>;

/** `currencies`: those the account trades in (`BTC`, `ETH`, `USDC`). */
export function venueReads(
  queries: Queries,
  currencies: readonly string[],
  clock: Pick<Clock, 'nowUs'>,
): ReconcileQueries {
  return {
    openOrders: () => queries.openOrders(),
    positions: () => queries.positions(),
    ordersByLabel: (instrument, label) =>
      queries.ordersByLabel(instrument.row.settlement_currency, label),
    deliveriesSince: async (sinceUs) => {
      const all: VenueDelivery[] = [];
      for (const currency of currencies)
        all.push(...(await deliveryPages(queries, currency, sinceUs)));
      return all.sort((a, b) => a.tsUs - b.tsUs);
    },
    tradesSince: async (sinceUs) => {
      const nowUs = clock.nowUs();
      const endUs = nowUs + aheadUs;
      const trades: VenueTrade[] = [];
      for (const currency of currencies) {
        const span = { currency, startUs: sinceUs, endUs };
        trades.push(...(await readTradePages(queries, { ...span, historical: false }, pagesMax)));
        if (nowUs - sinceUs <= recentUs) continue;
        const older = await readTradePages(queries, { ...span, historical: true }, pagesMax);
        const known = new Set(trades.map(({ tradeId }) => tradeId));
        trades.push(...older.filter(({ tradeId }) => !known.has(tradeId)));
      }
      return trades.sort((a, b) => a.tsUs - b.tsUs);
    },
  };
}

/** Newest first, until one is older than asked for. Throws VENUE_PROTOCOL when there is no end. */
async function deliveryPages(
  queries: Queries,
  currency: string,
  sinceUs: number,
): Promise<VenueDelivery[]> {
  const found: VenueDelivery[] = [];
  let continuation: string | undefined;
  for (let page = 0; page < pagesMax; page += 1) {
    const answer = await queries.deliveries(currency, continuation);
    found.push(...answer.deliveries.filter(({ tsUs }) => tsUs >= sinceUs));
    continuation = answer.continuation;
    const oldest = answer.deliveries.at(-1);
    if (continuation === undefined || oldest === undefined || oldest.tsUs < sinceUs) return found;
  }
  throw new HoldfastError('VENUE_PROTOCOL', 'the deliveries could not be read to their end');
}
