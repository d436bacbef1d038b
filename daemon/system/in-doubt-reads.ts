/** The reads that settle an in-doubt order, over HTTP: nothing shared with the trading session. */
import type { VenueQueries } from '../../actors/execution/index.ts';
import { HoldfastError } from '../../streams/facts/errors.ts';
import type { Instrument } from '../../streams/facts/instrument.ts';
import type { VenueTrade } from '../../streams/facts/venue-records.ts';
import type { Clock } from '../../streams/ports/index.ts';
import type { DeribitHttpQueries } from '../../streams/venues/deribit/index.ts';

/** An order lives seconds; a history of more pages than this means that the wrong thing is asked. */
const pagesMax = 20;
/** The venue's clock may be ahead of ours by this much, µs. */
const aheadUs = 60_000_000;

type Queries = Pick<
  DeribitHttpQueries,
  'openOrdersByLabel' | 'orderHistory' | 'tradesSince' | 'positions' | 'time'
>;

function currencyOf(instrument: Instrument): string {
  return instrument.row.settlement_currency;
}

async function tradesOf(
  queries: Queries,
  clock: Pick<Clock, 'nowUs'>,
  instrument: Instrument,
  sinceUs: number,
  historical: boolean,
): Promise<VenueTrade[]> {
  const trades = new Map<string, VenueTrade>();
  let startUs = sinceUs;
  for (let page = 0; page < pagesMax; page += 1) {
    const endUs = clock.nowUs() + aheadUs;
    const answer = await queries.tradesSince({
      currency: currencyOf(instrument),
      startUs,
      endUs,
      historical,
    });
    for (const trade of answer.trades) trades.set(trade.tradeId, trade);
    const last = answer.trades.at(-1);
    if (!answer.hasMore || last === undefined) {
      return [...trades.values()].filter((trade) => trade.instrument.name === instrument.name);
    }
    if (last.tsUs <= startUs) break;
    startUs = last.tsUs;
  }
  throw new HoldfastError('VENUE_PROTOCOL', 'the trade history could not be read to its end');
}

/** Complete reads: each rejects rather than answer in part. */
export function inDoubtReads(queries: Queries, clock: Pick<Clock, 'nowUs'>): VenueQueries {
  return {
    openOrdersByLabel: (instrument, label) =>
      queries.openOrdersByLabel(currencyOf(instrument), label),
    orderHistory: async (instrument, historical) => {
      const orders = await queries.orderHistory({ currency: currencyOf(instrument), historical });
      return orders.filter((order) => order.instrument.name === instrument.name);
    },
    tradesSince: (instrument, sinceUs, historical) =>
      tradesOf(queries, clock, instrument, sinceUs, historical),
    positionLots: async (instrument) => {
      const positions = await queries.positions();
      return positions.find((row) => row.instrument.name === instrument.name)?.signedLots ?? 0;
    },
    venueTimeUs: () => queries.time(),
  };
}
