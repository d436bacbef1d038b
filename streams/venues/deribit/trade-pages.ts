/**
 * All pages of a trade history, or an error: a part of the history is no answer, because what is
 * missing would be taken for "never traded".
 */
import { HoldfastError } from '../../facts/errors.ts';
import type { VenueTrade } from '../../facts/venue-records.ts';
import type { DeribitQueries, TradesRequest } from './queries.ts';

/**
 * Oldest first, each trade once. The venue pages by time (ms), so the next page starts at the time
 * of the last trade and repeats it.
 * @throws VENUE_PROTOCOL when the end is not reached within `pagesMax` pages, when more trades share
 *   one time than a page holds, or when the venue says that there is more and shows nothing.
 */
export async function readTradePages(
  queries: Pick<DeribitQueries, 'tradesSince'>,
  request: TradesRequest,
  pagesMax: number,
): Promise<VenueTrade[]> {
  const trades = new Map<string, VenueTrade>();
  let { startUs } = request;
  for (let page = 0; page < pagesMax; page += 1) {
    const answer = await queries.tradesSince({ ...request, startUs });
    for (const trade of answer.trades) {
      trades.set(`${trade.instrument.name} ${trade.tradeId}`, trade);
    }
    if (!answer.hasMore) return [...trades.values()];
    const last = answer.trades.at(-1);
    if (last === undefined || last.tsUs <= startUs) break;
    startUs = last.tsUs;
  }
  throw new HoldfastError('VENUE_PROTOCOL', 'the trade history could not be read to its end');
}
