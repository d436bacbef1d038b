/** The reads of reconciliation over the venue's queries: all currencies, all pages, or an error. */
import { HoldfastError } from '../../streams/facts/errors.ts';
import type { VenueTrade } from '../../streams/facts/venue-records.ts';
import type { Clock } from '../../streams/ports/clock.ts';
import type { DeribitQueries } from '../../streams/venues/deribit/index.ts';
import type { ReconcileQueries } from './contract.ts';

/** The venue's recent window for trades; older ones need a historical query, µs. */
const recentUs = 24 * 3_600_000_000;
/** Pages of one read: 100,000 trades. An outage longer than that wants an operator. */
const pagesMax = 100;
/** The venue's clock may be ahead of ours by this much, µs. */
const aheadUs = 60_000_000;

type Queries = Pick<DeribitQueries, 'openOrders' | 'positions' | 'tradesSince' | 'ordersByLabel'>;

interface Span {
  readonly currency: string;
  readonly startUs: number;
  readonly endUs: number;
  readonly historical: boolean;
}

async function allPages(queries: Queries, span: Span): Promise<VenueTrade[]> {
  const trades = new Map<string, VenueTrade>();
  let startUs = span.startUs;
  for (let page = 0; page < pagesMax; page += 1) {
    const answer = await queries.tradesSince({ ...span, startUs });
    for (const trade of answer.trades) {
      trades.set(`${trade.instrument.name} ${trade.tradeId}`, trade);
    }
    const last = answer.trades.at(-1);
    if (!answer.hasMore || last === undefined) return [...trades.values()];
    if (last.tsUs <= startUs) break; // A page within one millisecond cannot be passed by time.
    startUs = last.tsUs;
  }
  throw new HoldfastError('VENUE_PROTOCOL', 'the trade history could not be read to its end');
}

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
    tradesSince: async (sinceUs) => {
      const nowUs = clock.nowUs();
      const endUs = nowUs + aheadUs;
      const trades: VenueTrade[] = [];
      for (const currency of currencies) {
        const span = { currency, startUs: sinceUs, endUs };
        trades.push(...(await allPages(queries, { ...span, historical: false })));
        if (nowUs - sinceUs <= recentUs) continue;
        const older = await allPages(queries, { ...span, historical: true });
        const known = new Set(trades.map(({ tradeId }) => tradeId));
        trades.push(...older.filter(({ tradeId }) => !known.has(tradeId)));
      }
      return trades.sort((a, b) => a.tsUs - b.tsUs);
    },
  };
}
