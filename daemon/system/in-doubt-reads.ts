/** The reads that settle an in-doubt order, over HTTP: nothing shared with the trading session. */
import type { VenueQueries } from '../../actors/execution/index.ts';
import { HoldfastError } from '../../streams/facts/errors.ts';
import type { Instrument } from '../../streams/facts/instrument.ts';
import type { VenueOrder } from '../../streams/facts/venue-records.ts';
import type { Clock } from '../../streams/ports/index.ts';
import { type DeribitHttpQueries, readTradePages } from '../../streams/venues/deribit/index.ts';

/** An order lives seconds; a history of more pages than this means that the wrong thing is asked. */
const pagesMax = 20;
/** The most the venue answers at once. */
const ordersPerPage = 1_000;
/** The venue's clock may be ahead of ours by this much, µs. */
const aheadUs = 60_000_000;

type Queries = Pick<
  DeribitHttpQueries,
  'openOrdersByLabel' | 'orderHistory' | 'tradesSince' | 'positions' | 'time'
>;

function currencyOf(instrument: Instrument): string {
  return instrument.row.settlement_currency;
}

/** Newest first, so the read is complete once a page is short or holds nothing young enough. */
async function historyOf(
  queries: Queries,
  instrument: Instrument,
  sinceUs: number,
  historical: boolean,
): Promise<VenueOrder[]> {
  const orders: VenueOrder[] = [];
  for (let page = 0; page < pagesMax; page += 1) {
    const rows = await queries.orderHistory({
      instrumentName: instrument.name,
      historical,
      offset: page * ordersPerPage,
      count: ordersPerPage,
    });
    orders.push(...rows);
    if (rows.length < ordersPerPage || rows.every(({ updatedUs }) => updatedUs < sinceUs)) {
      return orders;
    }
  }
  throw new HoldfastError('VENUE_PROTOCOL', 'the order history could not be read to its end');
}

/** Complete reads: each rejects rather than answer in part. */
export function inDoubtReads(queries: Queries, clock: Pick<Clock, 'nowUs'>): VenueQueries {
  return {
    openOrdersByLabel: (instrument, label) =>
      queries.openOrdersByLabel(currencyOf(instrument), label),
    orderHistory: (instrument, sinceUs, historical) =>
      historyOf(queries, instrument, sinceUs, historical),
    tradesSince: (instrument, sinceUs, historical) =>
      readTradePages(
        queries,
        {
          instrumentName: instrument.name,
          startUs: sinceUs,
          endUs: clock.nowUs() + aheadUs,
          historical,
        },
        pagesMax,
      ),
    positionLots: async (instrument) => {
      const positions = await queries.positions();
      return positions.find((row) => row.instrument.name === instrument.name)?.signedLots ?? 0;
    },
    venueTimeUs: () => queries.time(),
  };
}
