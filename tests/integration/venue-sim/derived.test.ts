/** Channels made of other things, and what the end of a day and of a product look like on the wire. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { credentials, type VenueUnderTest, withVenue } from '../../fixtures/venue-sim/venues.ts';

const derived = suite('venue derived channels');
const perpetual = 'BTC-PERPETUAL';
const option = 'BTC-25DEC26-80000-C';
const hourMs = 3_600_000;

type Row = Record<string, unknown>;
/** Tokens live 15 min unless asked otherwise. */
const longLived = { ...credentials, scope: 'account:read_write trade:read_write expires:1000000' };

async function listen(under: VenueUnderTest, ...channels: string[]): Promise<void> {
  assert.equal(await under.ask('private/subscribe', { channels }), channels);
}

function rows(under: VenueUnderTest, channel: string): Row[] {
  return under.client.data(channel) as Row[];
}

/** Buys at the touch: one public trade, one fill. */
async function buy(under: VenueUnderTest, amount = 100): Promise<void> {
  await under.ask('private/buy', { instrument_name: perpetual, amount, type: 'market' });
}

derived('a grouped book sums levels and rounds away from the touch', async () => {
  await withVenue('production', {}, async (under) => {
    const channel = `book.${perpetual}.2.10.100ms`;
    await listen(under, channel);
    await under.ports.until(() => rows(under, channel).length > 0, 'a frame');
    const [frame] = rows(under, channel);
    assert.equal(frame?.bids, [
      [79_998, 20_000],
      [79_996, 20_000],
      [79_994, 10_000],
    ]);
    assert.equal(frame?.asks, [
      [80_002, 20_000],
      [80_004, 20_000],
      [80_006, 10_000],
    ]);
  });
});

derived('an incremental ticker is whole once and then only what changed', async () => {
  await withVenue('production', {}, async (under) => {
    const channel = `incremental_ticker.${perpetual}`;
    await listen(under, channel);
    await buy(under);
    await under.ports.until(() => rows(under, channel).length > 1, 'a change');
    const [first, second] = rows(under, channel);
    assert.equal([first?.type, first?.best_ask_amount], ['snapshot', 10_000]);
    assert.equal(
      [second?.type, second?.best_ask_amount, second?.last_price],
      ['change', 9_900, 80_001],
    );
    assert.not('best_bid_price' in (second ?? {}), 'what stayed was sent again');
    assert.ok(second !== undefined && 'timestamp' in second && 'instrument_name' in second);
  });
});

derived('candles follow trades, by channel and by request', async () => {
  await withVenue('production', {}, async (under) => {
    const channel = `chart.trades.${perpetual}.1`;
    await listen(under, channel);
    await buy(under);
    await buy(under, 200);
    await under.ports.until(() => rows(under, channel).length >= 2, 'a candle');
    const candle = rows(under, channel).at(-1) ?? {};
    assert.equal(
      [candle.open, candle.high, candle.low, candle.close, candle.cost],
      [80_001, 80_001, 80_001, 80_001, 300],
    );
    assert.is(Number(candle.tick) % 60_000, 0);
    const nowMs = Number(await under.ask('public/get_time'));
    const chart = (await under.ask('public/get_tradingview_chart_data', {
      instrument_name: perpetual,
      start_timestamp: nowMs - hourMs,
      end_timestamp: nowMs,
      resolution: '1',
    })) as Record<string, number[]>;
    assert.equal([chart.ticks, chart.close, chart.status], [[candle.tick], [80_001], 'ok']);
  });
});

derived('option marks come as one array a second, volatility as a fraction', async () => {
  await withVenue('production', {}, async (under) => {
    under.venue.engine.market(option).mark.markIv = 42.5;
    await listen(under, 'markprice.options.btc_usd');
    await under.ports.until(() => rows(under, 'markprice.options.btc_usd').length > 0, 'marks');
    const [marks] = under.client.data('markprice.options.btc_usd') as Row[][];
    assert.equal(
      marks?.map((row) => [row.instrument_name, row.mark_price, row.iv]),
      [[option, 0.05, 0.425]],
    );
  });
});

derived('funding is told on its own channel', async () => {
  await withVenue('production', {}, async (under) => {
    await listen(under, `perpetual.${perpetual}.raw`);
    await under.ports.until(() => rows(under, `perpetual.${perpetual}.raw`).length > 0, 'funding');
    assert.is(rows(under, `perpetual.${perpetual}.raw`)[0]?.index_price, 80_000);
  });
});

derived('the portfolio follows the mark without a trade', async () => {
  await withVenue('production', {}, async (under) => {
    await listen(under, 'user.portfolio.btc');
    await buy(under, 10_000);
    const channel = 'user.portfolio.btc';
    await under.ports.until(
      () => Number(rows(under, channel).at(-1)?.initial_margin) > 0,
      'the fill',
    );
    const before = rows(under, channel).length;
    under.venue.engine.market(perpetual).mark.price = 80_800;
    await under.ports.until(() => rows(under, channel).length > before, 'the mark');
    assert.ok(Number(rows(under, channel).at(-1)?.futures_pl) > 0.001);
    const settled = rows(under, channel).length;
    await under.ports.pass(1_300);
    assert.is(rows(under, channel).length, settled, 'told twice');
  });
});

derived('channels of what is left out can be subscribed and stay silent', async () => {
  await withVenue('production', {}, async (under) => {
    await listen(
      under,
      'block_rfq.trades.btc',
      'user.combo_trades.any.any.raw',
      'user.mmp_trigger.btc_usd',
      'user.lock',
      'estimated_expiration_price.btc_usd',
      'deribit_price_statistics.btc_usd',
      'platform_state.public_methods_state',
      'announcements',
    );
    assert.is(rows(under, 'block_rfq.trades.btc').length, 0);
    assert.is(rows(under, 'deribit_price_statistics.btc_usd')[0]?.high24h, 80_000);
  });
});

derived('at 08:00 trading pauses, day orders end, and profit becomes cash', async () => {
  await withVenue('virtual', {}, async (under) => {
    const { ask, call, ports, venue } = under;
    await ask('public/auth', longLived);
    await ask('private/subscribe', {
      channels: ['instrument.state.any.any', 'user.changes.any.any.raw'],
    });
    await buy(under, 10_000);
    const day = {
      instrument_name: perpetual,
      amount: 100,
      price: 79_000,
      time_in_force: 'good_til_day',
    };
    const { order } = (await ask('private/buy', day)) as { order: Row };
    venue.engine.market(perpetual).mark.price = 81_000;
    await ports.pass(8 * hourMs - ((venue.stats().venueTimeUs / 1_000) % (24 * hourMs)) + 500);
    const state = (await ask('private/get_order_state', { order_id: order.order_id })) as Row;
    assert.equal([state.order_state, state.cancel_reason], ['cancelled', 'settlement']);
    const early = { instrument_name: perpetual, amount: 100, price: 79_900 };
    assert.is((await call('private/buy', early)).error?.code, 10041);
    await ports.pass(3_000);
    assert.is((await call('private/buy', early)).error, undefined);
    const states = rows(under, 'instrument.state.any.any').filter(
      (row) => row.instrument_name === perpetual,
    );
    assert.equal(
      states.map((row) => row.state),
      ['settlement', 'open'],
    );
    const history = (await ask('private/get_settlement_history_by_currency', {
      currency: 'BTC',
    })) as { settlements: Row[] };
    const [settlement] = history.settlements;
    assert.equal([settlement?.type, settlement?.position], ['settlement', 10_000]);
    assert.ok(
      Math.abs(Number(settlement?.profit_loss) - (10_000 / 80_001 - 10_000 / 81_000)) < 1e-3,
    );
    const moved = rows(under, 'user.changes.any.any.raw').filter(
      (row) => (row.trades as unknown[]).length === 0 && (row.positions as unknown[]).length === 1,
    );
    assert.ok(moved.length > 0, 'the position was not told');
  });
});

derived('an expired product is closed everywhere and its positions are cash', async () => {
  await withVenue('production', {}, async (under) => {
    const { ask, call, ports, venue } = under;
    await listen(
      under,
      'instrument.state.option.btc',
      `ticker.${option}.raw`,
      'user.orders.any.any.raw',
    );
    await ask('private/buy', { instrument_name: option, amount: 1, type: 'market' });
    await ask('private/buy', { instrument_name: option, amount: 1, price: 0.04 });
    venue.engine.market(option).mark.index = 100_000;
    venue.faults.trip('expiry', { instrument: option });
    await ports.until(
      () => rows(under, 'instrument.state.option.btc').some((row) => row.state === 'closed'),
      'the state',
    );
    const ticker = (await ask('public/ticker', { instrument_name: option })) as Row;
    assert.equal([ticker.state, ticker.estimated_delivery_price], ['closed', 'expired']);
    assert.is(ticker.delivery_price, 100_000);
    const last = rows(under, 'user.orders.any.any.raw').at(-1);
    assert.equal([last?.order_state, last?.cancel_reason], ['cancelled', 'settlement']);
    const listed = async (expired: boolean): Promise<unknown[]> =>
      (
        (await ask('public/get_instruments', { currency: 'BTC', kind: 'option', expired })) as Row[]
      ).map((row) => [row.instrument_name, row.is_active]);
    assert.equal(await listed(false), []);
    assert.equal(await listed(true), [[option, false]]);
    const history = (await ask('private/get_settlement_history_by_instrument', {
      instrument_name: option,
    })) as { settlements: Row[] };
    assert.equal([history.settlements[0]?.type, history.settlements[0]?.position], ['delivery', 1]);
    assert.is(
      (await call('private/buy', { instrument_name: option, amount: 1, price: 0.05 })).error?.code,
      10012,
    );
    const position = (await ask('private/get_position', { instrument_name: option })) as Row;
    assert.equal([position.size, position.direction], [0, 'zero']);
  });
});

derived('self trading is refused or cancelled as the account asks', async () => {
  await withVenue('production', {}, async ({ ask, call }) => {
    const sell = { instrument_name: perpetual, amount: 100, price: 80_000.5 };
    assert.is(await ask('private/set_self_trading_config', { mode: 'reject_taker' }), 'ok');
    await ask('private/sell', sell);
    assert.is((await call('private/buy', sell)).error?.code, 10003);
    const summary = (await ask('private/get_account_summary', {
      currency: 'BTC',
      extended: true,
    })) as Row;
    assert.is(summary.self_trading_reject_mode, 'reject_taker');
  });
});

derived('recent windows forget: unfilled orders after 30 min, trades after 24 h', async () => {
  await withVenue('virtual', {}, async ({ ask, call, ports }) => {
    await ask('public/auth', longLived);
    const resting = { instrument_name: perpetual, amount: 100, price: 79_000 };
    const { order } = (await ask('private/buy', resting)) as { order: Row };
    await ask('private/cancel_all');
    await ask('private/buy', { instrument_name: perpetual, amount: 100, type: 'market' });
    const trades = async (historical: boolean): Promise<number> =>
      (
        (await ask('private/get_user_trades_by_currency', { currency: 'BTC', historical })) as {
          trades: unknown[];
        }
      ).trades.length;
    assert.equal([await trades(false), await trades(true)], [1, 0]);
    await ports.pass(31 * 60_000);
    const forgotten = await call('private/get_order_state', { order_id: order.order_id });
    assert.is(forgotten.error?.code, 10004);
    const history = { currency: 'BTC', include_unfilled: true };
    const recent = (await ask('private/get_order_history_by_currency', history)) as Row[];
    const old = (await ask('private/get_order_history_by_currency', {
      ...history,
      historical: true,
    })) as Row[];
    assert.equal([recent.length, old.length], [0, 2]);
    await ports.pass(24 * hourMs);
    assert.equal([await trades(false), await trades(true)], [0, 1]);
  });
});

derived.run();
