/** Reconciliation reads the whole trade history of every currency, or none of it. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { venueReads } from '../../../actors/reconciliation/venue-reads.ts';
import { HoldfastError } from '../../../streams/facts/errors.ts';
import type { VenueTrade } from '../../../streams/facts/venue-records.ts';
import type { TradesRequest } from '../../../streams/venues/deribit/queries.ts';
import { venueTrade } from '../../fixtures/system/venue-records.ts';

const reads = suite('reconciliation reads');
const nowUs = 1_700_000_000_000_000;
const hourUs = 3_600_000_000;

type Page = { trades: VenueTrade[]; hasMore: boolean };

function readsOn(answer: (request: TradesRequest) => Page, currencies = ['BTC']) {
  const asked: TradesRequest[] = [];
  const queries = {
    openOrders: () => Promise.resolve([]),
    positions: () => Promise.resolve([]),
    ordersByLabel: () => Promise.resolve([]),
    deliveries: () => Promise.resolve({ deliveries: [], continuation: undefined }),
    tradesSince: (request: TradesRequest) => {
      asked.push(request);
      return Promise.resolve(answer(request));
    },
  };
  return { asked, venue: venueReads(queries, currencies, { nowUs: () => nowUs }) };
}

const currencyOf = (request: TradesRequest): string =>
  'currency' in request ? request.currency : request.instrumentName;
const tradeAt = (tradeId: string, tsUs: number): VenueTrade => venueTrade({ tradeId, tsUs });
const idsOf = (trades: readonly VenueTrade[]): string[] => trades.map(({ tradeId }) => tradeId);

async function refusal(work: Promise<unknown>): Promise<string> {
  try {
    await work;
  } catch (error) {
    if (error instanceof HoldfastError) return error.code;
    throw error;
  }
  return 'nothing was refused';
}

reads('pages are followed to the end, in every currency, oldest first', async () => {
  const all = [tradeAt('A', nowUs - 30), tradeAt('B', nowUs - 20), tradeAt('C', nowUs - 10)];
  const { asked, venue } = readsOn(
    (request) => {
      const found = currencyOf(request) === 'ETH' ? [tradeAt('E', nowUs - 15)] : all;
      const rest = found.filter(({ tsUs }) => tsUs >= request.startUs);
      return { trades: rest.slice(0, 2), hasMore: rest.length > 2 };
    },
    ['BTC', 'ETH'],
  );
  assert.equal(idsOf(await venue.tradesSince(nowUs - hourUs)), ['A', 'B', 'E', 'C']);
  assert.equal(asked.map(currencyOf), ['BTC', 'BTC', 'ETH']);
});

reads('what is older than the recent window is read from the history, once', async () => {
  const { asked, venue } = readsOn(({ historical }) => ({
    trades: historical === true ? [tradeAt('old', 1), tradeAt('both', 2)] : [tradeAt('both', 2)],
    hasMore: false,
  }));
  assert.equal(idsOf(await venue.tradesSince(nowUs - 25 * hourUs)), ['old', 'both']);
  assert.is(asked.length, 2);
});

reads('a page that says there is more and shows nothing is no proof', async () => {
  const { venue } = readsOn(() => ({ trades: [], hasMore: true }));
  assert.is(await refusal(venue.tradesSince(nowUs - hourUs)), 'VENUE_PROTOCOL');
});

reads('more trades within one time than a page holds is no proof', async () => {
  const { asked, venue } = readsOn(() => ({ trades: [tradeAt('A', 5)], hasMore: true }));
  assert.is(await refusal(venue.tradesSince(5)), 'VENUE_PROTOCOL');
  assert.is(asked.length, 1);
});

reads('a history without end is no proof', async () => {
  const { asked, venue } = readsOn(({ startUs }) => ({
    trades: [tradeAt(`T-${startUs}`, startUs + 1)],
    hasMore: true,
  }));
  assert.is(await refusal(venue.tradesSince(nowUs - hourUs)), 'VENUE_PROTOCOL');
  assert.is(asked.length, 100);
});

reads.run();
