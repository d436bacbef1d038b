/** Tickers, quotes, books, trades and summaries as the wire shows them. */
import type { Side } from '../../facts/market.ts';
import { priceBand } from './checks.ts';
import type { BookFrame } from './events.ts';
import type { Market } from './market.ts';
import type { LevelMoves } from './order-book.ts';
import type { Product } from './product.ts';
import type { DisplayedSide } from './tape-book.ts';
import type { PublicTrade } from './trade.ts';
import { amountFloat, priceFloat } from './value.ts';
import { spellFloat } from './wire-json.ts';

/** A recording's figures are passed on as they are; no venue writes more than eight digits. */
const recordedDigits = 8;

function digits(value: number, count: number): number {
  const scale = 10 ** count;
  return Math.round(value * scale) / scale;
}

function shownMark(market: Market): number {
  if (market.tape !== undefined) return digits(market.referencePrice(), recordedDigits);
  return market.shownMark();
}

function bestOf(market: Market, side: Side): { price: number; amount: number } {
  const shown = market.displayed(side);
  const ticks = shown.bestTicks();
  if (ticks === undefined) return { price: 0, amount: 0 };
  return {
    price: priceFloat(market.product, ticks),
    amount: amountFloat(market.product, shown.lotsAt(ticks)),
  };
}

export function quoteRow(market: Market, nowUs: number): Record<string, unknown> {
  const bid = bestOf(market, 'buy');
  const ask = bestOf(market, 'sell');
  return {
    timestamp: Math.floor(nowUs / 1_000),
    instrument_name: market.product.name,
    best_bid_price: bid.price,
    best_bid_amount: bid.amount,
    best_ask_price: ask.price,
    best_ask_amount: ask.amount,
  };
}

export function tickerRow(market: Market, nowUs: number): Record<string, unknown> {
  const { product, mark } = market;
  const option = product.kind === 'option';
  const band = priceBand(market);
  const bid = bestOf(market, 'buy');
  const ask = bestOf(market, 'sell');
  const priceDigits = option ? 4 : 2;
  const closed = market.state === 'closed';
  return {
    timestamp: Math.floor((market.tickerTsUs === 0 ? nowUs : market.tickerTsUs) / 1_000),
    state: market.state,
    stats: statsRow(market, nowUs),
    ...(option ? greeksRow(market) : {}),
    index_price: digits(mark.index, 2),
    instrument_name: product.name,
    last_price: market.lastPrice(),
    settlement_price: market.settlementPrice,
    min_price: band === undefined ? 0 : digits(band[0], priceDigits),
    max_price: band === undefined ? 0 : digits(band[1], priceDigits),
    open_interest: amountFloat(product, Math.max(0, Math.round(market.openInterestLots))),
    mark_price: shownMark(market),
    ...(product.settlementPeriod === 'perpetual' ? fundingRow(market) : {}),
    estimated_delivery_price: closed ? 'expired' : digits(mark.index, 2),
    delivery_price: closed ? market.settlementPrice : undefined,
    best_bid_price: bid.price,
    best_bid_amount: bid.amount,
    best_ask_price: ask.price,
    best_ask_amount: ask.amount,
    ...(option ? volatilityRow(market, bid.price, ask.price) : {}),
  };
}

function statsRow(market: Market, nowUs: number): Record<string, unknown> {
  const { day, product } = market;
  day.forget(nowUs);
  const last = market.lastPrice();
  const change = last === null || day.open === null ? null : digits((last / day.open - 1) * 100, 4);
  return {
    high: day.high,
    low: day.low,
    price_change: change,
    volume: digits(day.volume, 6),
    volume_usd: digits(day.volumeUsd, 2),
    volume_notional: product.kind === 'future' ? digits(day.volumeUsd, 2) : undefined,
  };
}

function greeksRow(market: Market): Record<string, unknown> {
  const greeks = market.mark.greeks;
  if (greeks === undefined) return {};
  return {
    greeks: {
      delta: digits(greeks.deltaFloat, 5),
      gamma: digits(greeks.gammaFloat, 5),
      vega: digits(greeks.vegaFloat, 5),
      theta: digits(greeks.thetaFloat, 5),
      rho: digits(greeks.rhoFloat, 5),
    },
  };
}

function fundingRow(market: Market): Record<string, unknown> {
  return {
    interest_value: 0,
    current_funding: digits(market.mark.currentFunding, 8),
    funding_8h: digits(market.mark.funding8h, 8),
  };
}

/** Bid and ask volatility by the slope of the mark: exact enough for the few ticks between them. */
function volatilityRow(market: Market, bid: number, ask: number): Record<string, unknown> {
  const { mark } = market;
  const vegaCoin = mark.underlying > 0 ? (mark.greeks?.vegaFloat ?? 0) / mark.underlying : 0;
  const ivAt = (price: number): number => {
    if (price <= 0 || vegaCoin <= 1e-12) return 0;
    return digits(Math.min(999, Math.max(0, mark.markIv + (price - mark.price) / vegaCoin)), 2);
  };
  return {
    interest_rate: 0,
    mark_iv: digits(mark.markIv, 2),
    bid_iv: ivAt(bid),
    ask_iv: ivAt(ask),
    underlying_price: digits(mark.underlying, 4),
    underlying_index: mark.underlyingIndex,
  };
}

export function tradeRow(product: Product, trade: PublicTrade): Record<string, unknown> {
  const amount = amountFloat(product, trade.lots);
  return {
    timestamp: Math.floor(trade.tsUs / 1_000),
    price: priceFloat(product, trade.priceTicks),
    amount,
    direction: trade.side,
    index_price: trade.index === null ? undefined : digits(trade.index, recordedDigits),
    instrument_name: product.name,
    trade_seq: trade.seq,
    mark_price: trade.mark === null ? undefined : digits(trade.mark, recordedDigits),
    iv: trade.iv === undefined ? undefined : digits(trade.iv, 2),
    tick_direction: trade.tickDirection,
    trade_id: trade.id,
    liquidation: trade.liquidation,
    contracts: amount / product.contractSizeFloat,
  };
}

/** The mark of an option as `markprice.options` shows it; volatility is a fraction there. */
export function optionMarkRow(market: Market, nowUs: number): Record<string, unknown> {
  return {
    instrument_name: market.product.name,
    mark_price: shownMark(market),
    iv: digits(market.mark.markIv / 100, 4),
    timestamp: Math.floor(nowUs / 1_000),
  };
}

export function summaryOfMarket(market: Market, nowUs: number): Record<string, unknown> {
  const { product, mark } = market;
  const ticker = tickerRow(market, nowUs);
  const row = product.instrument.row;
  const bid = bestOf(market, 'buy');
  const ask = bestOf(market, 'sell');
  return {
    instrument_name: product.name,
    base_currency: row.base_currency,
    quote_currency: product.kind === 'option' ? row.base_currency : row.quote_currency,
    creation_timestamp: Math.floor(nowUs / 1_000),
    bid_price: bid.amount === 0 ? null : bid.price,
    ask_price: ask.amount === 0 ? null : ask.price,
    mid_price: bid.amount === 0 || ask.amount === 0 ? null : digits((bid.price + ask.price) / 2, 6),
    last: ticker.last_price,
    high: market.day.high,
    low: market.day.low,
    mark_price: ticker.mark_price,
    open_interest: ticker.open_interest,
    volume: digits(market.day.volume, 6),
    volume_usd: digits(market.day.volumeUsd, 2),
    price_change: statsRow(market, nowUs).price_change,
    estimated_delivery_price: digits(mark.index, 2),
    ...(product.kind === 'option'
      ? {
          mark_iv: digits(mark.markIv, 2),
          underlying_price: digits(mark.underlying, 4),
          underlying_index: mark.underlyingIndex,
          interest_rate: 0,
        }
      : {}),
  };
}

/**
 * Levels as pairs, best first, at most `depth`. `groupTicks` above 1 sums levels on that grid,
 * rounded away from the touch.
 */
export function levelPairs(
  product: Product,
  shown: DisplayedSide,
  depth: number,
  groupTicks = 1,
): number[][] {
  if (groupTicks > 1) return groupedPairs(product, shown, depth, groupTicks);
  const pairs: number[][] = [];
  for (let at = shown.prices.length - 1; at >= 0 && pairs.length < depth; at -= 1) {
    const ticks = shown.prices[at] ?? 0;
    pairs.push([priceFloat(product, ticks), amountFloat(product, shown.lotsAt(ticks))]);
  }
  return pairs;
}

function groupedPairs(
  product: Product,
  shown: DisplayedSide,
  depth: number,
  groupTicks: number,
): number[][] {
  const { prices } = shown;
  const round = shown.side === 'buy' ? Math.floor : Math.ceil;
  const groups = new Map<number, number>();
  for (let at = prices.length - 1; at >= 0; at -= 1) {
    const ticks = prices[at] ?? 0;
    const group = round(ticks / groupTicks) * groupTicks;
    if (!groups.has(group) && groups.size >= depth) break;
    groups.set(group, (groups.get(group) ?? 0) + shown.lotsAt(ticks));
  }
  return [...groups].map(([ticks, lots]) => [
    priceFloat(product, ticks),
    amountFloat(product, lots),
  ]);
}

/** JSON text of a snapshot's data: the whole book, every level `new`, without prev_change_id. */
export function snapshotText(market: Market, changeId: number, nowUs: number): string {
  const side = (name: Side): string => {
    const shown = market.displayed(name);
    const parts: string[] = [];
    for (let at = shown.prices.length - 1; at >= 0; at -= 1) {
      const ticks = shown.prices[at] ?? 0;
      parts.push(triple(market.product, 'new', ticks, shown.lotsAt(ticks)));
    }
    return parts.join(',');
  };
  const timestamp = Math.floor((market.bookTsUs === 0 ? nowUs : market.bookTsUs) / 1_000);
  return `{"timestamp":${timestamp},"type":"snapshot","change_id":${changeId},"instrument_name":"${market.product.name}","bids":[${side('buy')}],"asks":[${side('sell')}]}`;
}

/** JSON text of a change frame's data. */
export function changeText(product: Product, frame: BookFrame): string {
  const bids = movesText(product, frame.bids);
  const asks = movesText(product, frame.asks);
  const timestamp = Math.floor(frame.tsUs / 1_000);
  return `{"timestamp":${timestamp},"type":"change","change_id":${frame.changeId},"instrument_name":"${product.name}","bids":[${bids}],"asks":[${asks}],"prev_change_id":${frame.prevChangeId}}`;
}

function movesText(product: Product, moves: LevelMoves): string {
  const parts: string[] = [];
  for (let at = 0; at + 2 < moves.length; at += 3) {
    const before = moves[at + 1] ?? 0;
    const now = moves[at + 2] ?? 0;
    const action = now === 0 ? 'delete' : before === 0 ? 'new' : 'change';
    parts.push(triple(product, action, moves[at] ?? 0, now));
  }
  return parts.join(',');
}

function triple(product: Product, action: string, ticks: number, lots: number): string {
  return `["${action}",${spellFloat(priceFloat(product, ticks))},${spellFloat(amountFloat(product, lots))}]`;
}
