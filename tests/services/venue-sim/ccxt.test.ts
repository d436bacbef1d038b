/**
 * An ordinary exchange library, unmodified, must be able to use the venue: markets, public data,
 * the life of orders, money and positions over REST, and its live streams over WebSocket.
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { withThirdParty } from '../../fixtures/venue-sim/third-party.ts';

const ccxt = suite('third-party client');
const perpetual = 'BTC/USD:BTC';

/** The library nests a streamed balance once more than a requested one. */
function coinsOf(balance: unknown): { total: number; used: number } {
  const { BTC } = balance as { BTC: { BTC: { total: unknown; used: unknown } } };
  return { total: Number(BTC.BTC.total), used: Number(BTC.BTC.used) };
}

ccxt('lists every market with its kind, steps and fees', async () => {
  await withThirdParty(async ({ client, under }) => {
    const markets = await client.loadMarkets();
    const listed = under.venue.engine.markets.length;
    assert.is(Object.keys(markets).length, listed);
    const market = client.market(perpetual);
    assert.equal(
      [market.id, market.swap, market.inverse, market.contractSize, market.active],
      ['BTC-PERPETUAL', true, true, 10, true],
    );
    assert.equal([market.precision.price, market.limits.amount?.min], [0.5, 10]);
    assert.equal([market.maker, market.taker], [0.00015, 0.00035]);
    const options = Object.values(markets).filter((each) => each?.option === true);
    const futures = Object.values(markets).filter((each) => each?.future === true);
    assert.ok(options.length > 50 && futures.length >= 4);
    assert.ok(options.every((each) => Number(each?.strike) > 0 && each?.optionType !== undefined));
  });
});

ccxt('reads time, status, tickers, a book and trades', async () => {
  await withThirdParty(async ({ client, under }) => {
    const time = Number(await client.fetchTime());
    assert.ok(Math.abs(time - Date.now()) < 5_000, String(time));
    assert.is((await client.fetchStatus()).status, 'ok');
    const ticker = await client.fetchTicker(perpetual);
    assert.ok(Number(ticker.bid) > 0 && Number(ticker.ask) > Number(ticker.bid));
    assert.ok(Number(ticker.markPrice) > 0 && Number(ticker.indexPrice) > 0);
    const tickers = await client.fetchTickers(undefined, { code: 'BTC' });
    assert.ok(Object.keys(tickers).length > 20);
    const book = await client.fetchOrderBook(perpetual, 10);
    assert.is(book.bids.length, 10);
    assert.is(book.asks.length, 10);
    assert.ok(Number(book.bids[0]?.[0]) < Number(book.asks[0]?.[0]));
    assert.ok(Number(book.nonce) > 1e11);
    await under.ports.until(
      () => under.venue.engine.market('BTC-PERPETUAL').recentTrades.length > 2,
      'trades',
    );
    const trades = await client.fetchTrades(perpetual, undefined, 3);
    assert.ok(trades.length > 0 && trades.length <= 3);
    const [trade] = trades;
    assert.ok(trade?.id !== undefined && Number(trade.price) > 0 && Number(trade.amount) > 0);
    const since = await client.fetchTrades(perpetual, Number(trade.timestamp), 10);
    assert.ok(since.some((each) => each.id === trade.id));
  });
});

ccxt('creates, edits, finds and cancels orders', async () => {
  await withThirdParty(async ({ client }) => {
    const { bid } = await client.fetchTicker(perpetual);
    const away = Math.round(Number(bid) * 0.99);
    const created = await client.createOrder(perpetual, 'limit', 'buy', 100, away, {
      label: 'third:1',
    });
    assert.equal([created.status, created.amount, created.price], ['open', 100, away]);
    const edited = await client.editOrder(
      String(created.id),
      perpetual,
      'limit',
      'buy',
      200,
      away - 10,
    );
    assert.equal([edited.id, edited.amount, edited.price], [created.id, 200, away - 10]);
    const open = await client.fetchOpenOrders(perpetual);
    assert.equal(
      open.map((order) => [order.id, order.info.label]),
      [[created.id, 'third:1']],
    );
    assert.is((await client.fetchOrder(String(created.id), perpetual)).status, 'open');
    const cancelled = await client.cancelOrder(String(created.id), perpetual);
    assert.equal([cancelled.id, cancelled.status], [created.id, 'canceled']);
    for (let count = 0; count < 3; count += 1)
      await client.createOrder(perpetual, 'limit', 'buy', 100, away);
    await client.cancelAllOrders(perpetual);
    assert.equal(await client.fetchOpenOrders(perpetual), []);
    await client.createOrder(perpetual, 'limit', 'buy', 100, away);
    await client.cancelAllOrders();
    assert.equal(
      await client.fetchOpenOrders(undefined, undefined, undefined, { code: 'BTC' }),
      [],
    );
  });
});

ccxt('lets an order wait for its price', async () => {
  await withThirdParty(async ({ client }) => {
    const { bid } = await client.fetchTicker(perpetual);
    const price = Math.round(Number(bid) * 0.99);
    const params = { stopLossPrice: price, trigger: 'mark_price' };
    const waiting = await client.createOrder(perpetual, 'market', 'sell', 100, undefined, params);
    assert.equal(
      [waiting.info.order_type, waiting.info.order_state],
      ['stop_market', 'untriggered'],
    );
    assert.is(Number(waiting.triggerPrice ?? waiting.info.trigger_price), price);
    assert.is((await client.cancelOrder(String(waiting.id), perpetual)).status, 'canceled');
    const trail = { trailingAmount: 200, trigger: 'mark_price' };
    const following = await client.createOrder(perpetual, 'market', 'sell', 100, undefined, trail);
    assert.equal(
      [following.info.order_type, Number(following.info.trigger_offset)],
      ['trailing_stop', 200],
    );
    assert.is((await client.cancelOrder(String(following.id), perpetual)).status, 'canceled');
  });
});

ccxt('fills, and finds the fill in orders, trades, positions and balances', async () => {
  await withThirdParty(async ({ client }) => {
    const order = await client.createOrder(perpetual, 'market', 'buy', 1_000);
    assert.equal([order.status, order.filled], ['closed', 1_000]);
    assert.ok(Number(order.average) > 0);
    const trades = await client.fetchOrderTrades(String(order.id));
    const sum = trades.reduce((total, trade) => total + Number(trade.amount), 0);
    assert.is(sum, 1_000);
    assert.ok(trades.every((trade) => trade.takerOrMaker === 'taker' && trade.order === order.id));
    assert.ok(trades.every((trade) => trade.fee?.currency === 'BTC' && Number(trade.fee.cost) > 0));
    const mine = await client.fetchMyTrades(perpetual);
    assert.equal(new Set(mine.map((trade) => trade.id)), new Set(trades.map((trade) => trade.id)));
    const closed = await client.fetchClosedOrders(perpetual);
    assert.ok(closed.some((each) => each.id === order.id && each.status === 'closed'));
    const since = await client.fetchMyTrades(perpetual, Number(mine[0]?.timestamp), 10);
    assert.ok(since.some((trade) => trade.id === mine[0]?.id));
    const single = await client.fetchPosition(perpetual);
    assert.equal([single.side, single.contracts], ['long', 1_000]);
    const one = await client.fetchBalance({ code: 'BTC' });
    assert.ok(Number(one.BTC?.total) > 9.9);
    const [position] = await client.fetchPositions([perpetual]);
    assert.equal([position?.side, position?.contracts], ['long', 1_000]);
    assert.ok(Number(position?.initialMargin) > Number(position?.maintenanceMargin));
    const balance = await client.fetchBalance();
    const coins = balance.BTC;
    assert.ok(Number(coins?.total) > 9.9 && Number(coins?.free) < Number(coins?.total));
    assert.ok(Number(coins?.used) > 0);
  });
});

ccxt('gets the refusals it knows by class', async () => {
  await withThirdParty(async ({ client }) => {
    const { bid } = await client.fetchTicker(perpetual);
    const refused = async (work: Promise<unknown>): Promise<string> =>
      work.then(
        () => 'accepted',
        (error: Error) => error.constructor.name,
      );
    const price = Math.round(Number(bid));
    const buy = (amount: number, at: number, params = {}): Promise<unknown> =>
      client.createOrder(perpetual, 'limit', 'buy', amount, at, params);
    assert.is(await refused(buy(100, price * 2)), 'InvalidOrder');
    assert.is(await refused(buy(10_000_000_000, price)), 'InsufficientFunds');
    assert.is(await refused(buy(100, price + 500, { postOnly: true })), 'InvalidOrder');
    assert.is(await refused(client.cancelOrder('12345', perpetual)), 'OrderNotFound');
    client.secret = 'wrong';
    assert.is(await refused(client.fetchBalance()), 'AuthenticationError');
  });
});

ccxt('streams a book, trades and a ticker', async () => {
  await withThirdParty(async ({ client }) => {
    const book = await client.watchOrderBook(perpetual);
    assert.ok(Number(book.bids[0]?.[0]) < Number(book.asks[0]?.[0]));
    for (let frame = 0; frame < 5; frame += 1) {
      const next = await client.watchOrderBook(perpetual);
      assert.ok(Number(next.bids[0]?.[0]) < Number(next.asks[0]?.[0]), 'crossed');
    }
    const ticker = await client.watchTicker(perpetual);
    assert.ok(Number(ticker.bid) > 0 && Number(ticker.ask) > Number(ticker.bid));
    const trades = await client.watchTrades(perpetual);
    assert.ok(trades.length > 0 && Number(trades[0]?.price) > 0);
    const quotes = await client.watchBidsAsks([perpetual]);
    assert.ok(Object.keys(quotes).length > 0);
  });
});

ccxt('streams candles', async () => {
  await withThirdParty(async ({ client }) => {
    const candles = await client.watchOHLCV(perpetual, '1m');
    assert.ok(candles.length > 0 && Number(candles[0]?.[4]) > 0);
  });
});

ccxt('streams its own orders, trades and balance', async () => {
  await withThirdParty(async ({ client, listening }) => {
    const orders = await listening(() => client.watchOrders());
    const trades = await listening(() => client.watchMyTrades());
    const balance = await client.watchBalance();
    assert.ok(coinsOf(balance).total > 9);
    const placed = await client.createOrder(perpetual, 'market', 'sell', 500);
    const [order] = await orders.first;
    assert.equal([order?.id, order?.symbol, order?.side], [placed.id, perpetual, 'sell']);
    const [trade] = await trades.first;
    assert.equal([trade?.order, trade?.side], [placed.id, 'sell']);
    for (let frame = 0; frame < 20 && coinsOf(client.balance).used === 0; frame += 1)
      await client.watchBalance();
    assert.ok(coinsOf(client.balance).used > 0);
  });
});

ccxt('reads a raw book, for which it authenticates first', async () => {
  await withThirdParty(async ({ client }) => {
    const book = await client.watchOrderBook(perpetual, undefined, { interval: 'raw' });
    assert.ok(book.bids.length > 5 && book.asks.length > 5);
  });
});

ccxt.run();
