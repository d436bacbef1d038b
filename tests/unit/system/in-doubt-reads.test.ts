/** Reads that settle an order in doubt: read to the end, or rejected; never a part of the truth. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { inDoubtReads } from '../../../daemon/system/in-doubt-reads.ts';
import { HoldfastError } from '../../../streams/facts/errors.ts';
import type { VenueOrder, VenueTrade } from '../../../streams/facts/venue-records.ts';
import type { HistoryRequest, TradesRequest } from '../../../streams/venues/deribit/queries.ts';
import { optionInstrument, perpetualInstrument } from '../../fixtures/instruments.ts';
import { positionOf } from '../../fixtures/system/markets.ts';
import { venueOrder, venueTrade } from '../../fixtures/system/venue-records.ts';

const reads = suite('in-doubt reads');
const perpetual = perpetualInstrument();
const nowUs = 1_700_000_000_000_000;
const pageRows = 1_000;

interface VenueHistory {
  orders?: readonly VenueOrder[];
  trades?: (request: TradesRequest) => { trades: VenueTrade[]; hasMore: boolean };
}

function readsOn({ orders = [], trades }: VenueHistory) {
  const asked: (HistoryRequest | TradesRequest | readonly [string, string])[] = [];
  const position = { markFloat: 0, deltaFloat: 0, floatingPnlFloat: 0 };
  const queries = {
    openOrdersByLabel: (currency: string, label: string) => {
      asked.push([currency, label]);
      return Promise.resolve([]);
    },
    orderHistory: (request: HistoryRequest) => {
      asked.push(request);
      const { offset = 0, count = 20 } = request;
      return Promise.resolve(orders.slice(offset, offset + count));
    },
    tradesSince: (request: TradesRequest) => {
      asked.push(request);
      return Promise.resolve(trades?.(request) ?? { trades: [], hasMore: false });
    },
    positions: () =>
      Promise.resolve([{ ...positionOf(perpetual, { signedLots: -7 }), ...position }]),
    time: () => Promise.resolve(123),
  };
  return { asked, venue: inDoubtReads(queries, { nowUs: () => nowUs }) };
}

async function refusal(work: Promise<unknown>): Promise<string> {
  try {
    await work;
  } catch (error) {
    if (error instanceof HoldfastError) return error.code;
    throw error;
  }
  return 'nothing was refused';
}

/** Newest first, one µs apart. */
function ordersDown(count: number, newestUs: number): VenueOrder[] {
  return Array.from({ length: count }, (_, index) =>
    venueOrder({ orderId: `O-${index}`, updatedUs: newestUs - index }),
  );
}

reads('a short history is read in one page', async () => {
  const { asked, venue } = readsOn({ orders: ordersDown(3, 100) });
  assert.is((await venue.orderHistory(perpetual, 0, true)).length, 3);
  assert.equal(asked, [
    { instrumentName: 'BTC-PERPETUAL', historical: true, offset: 0, count: pageRows },
  ]);
});

for (const count of [pageRows - 1, pageRows, pageRows + 1, 2_500]) {
  reads(`a history of ${count} orders is read whole`, async () => {
    const { venue } = readsOn({ orders: ordersDown(count, nowUs) });
    const found = await venue.orderHistory(perpetual, 0, false);
    assert.is(new Set(found.map(({ orderId }) => orderId)).size, count);
  });
}

reads('a long history is read until a whole page is older than asked', async () => {
  const { asked, venue } = readsOn({ orders: ordersDown(50_000, 50_000) });
  const found = await venue.orderHistory(perpetual, 49_000 + 1, false);
  assert.is(asked.length, 2);
  assert.ok(found.some(({ updatedUs }) => updatedUs === 49_001));
});

reads('a history without end is no proof', async () => {
  const { asked, venue } = readsOn({ orders: ordersDown(50_000, nowUs) });
  assert.is(await refusal(venue.orderHistory(perpetual, 0, false)), 'VENUE_PROTOCOL');
  assert.is(asked.length, 20);
});

/** All trades, answered in pages of three from the asked time on. */
function paged(all: readonly VenueTrade[]): NonNullable<VenueHistory['trades']> {
  return ({ startUs }) => {
    const found = all.filter(({ tsUs }) => tsUs >= startUs);
    return { trades: found.slice(0, 3), hasMore: found.length > 3 };
  };
}

const tradesAt = (...times: number[]): VenueTrade[] =>
  times.map((tsUs, index) => venueTrade({ tradeId: `T-${index}`, tsUs }));

reads('trades are read page by page, each once, until there are no more', async () => {
  const { asked, venue } = readsOn({ trades: paged(tradesAt(10, 20, 20, 30, 40)) });
  const found = await venue.tradesSince(perpetual, 5, true);
  assert.equal(
    found.map(({ tradeId }) => tradeId),
    ['T-0', 'T-1', 'T-2', 'T-3', 'T-4'],
  );
  const [first] = asked as TradesRequest[];
  assert.equal(first, {
    instrumentName: 'BTC-PERPETUAL',
    startUs: 5,
    endUs: nowUs + 60_000_000,
    historical: true,
  });
});

reads('more trades within one time than a page holds is no proof', async () => {
  const { venue } = readsOn({ trades: paged(tradesAt(10, 10, 10, 10)) });
  assert.is(await refusal(venue.tradesSince(perpetual, 5, true)), 'VENUE_PROTOCOL');
});

reads('a page that says there is more and shows nothing is no proof', async () => {
  const { venue } = readsOn({ trades: () => ({ trades: [], hasMore: true }) });
  assert.is(await refusal(venue.tradesSince(perpetual, 5, true)), 'VENUE_PROTOCOL');
});

reads('trades without end are no proof', async () => {
  const { asked, venue } = readsOn({
    trades: ({ startUs }) => ({ trades: [venueTrade({ tsUs: startUs + 1 })], hasMore: true }),
  });
  assert.is(await refusal(venue.tradesSince(perpetual, 5, true)), 'VENUE_PROTOCOL');
  assert.is(asked.length, 20);
});

reads('a failed read is passed on, not taken for nothing found', async () => {
  const { venue } = readsOn({
    trades: () => {
      throw new HoldfastError('NETWORK_TIMEOUT', 'no answer');
    },
  });
  assert.is(await refusal(venue.tradesSince(perpetual, 5, true)), 'NETWORK_TIMEOUT');
});

reads('open orders are asked by label in the currency of the account', async () => {
  const { asked, venue } = readsOn({});
  await venue.openOrdersByLabel(optionInstrument({ settlement_currency: 'ETH' }), 'label');
  assert.equal(asked, [['ETH', 'label']]);
});

reads('a position that the venue does not name is flat', async () => {
  const { venue } = readsOn({});
  assert.is(await venue.positionLots(perpetual), -7);
  assert.is(await venue.positionLots(optionInstrument()), 0);
  assert.is(await venue.venueTimeUs(), 123);
});

reads.run();
