/** Applies recorded events to a market and lets resting orders meet them (fill model in `replay.ts`). */
import type { BookEvent, MarketEvent, TickerEvent, TradeEvent } from '../../facts/market.ts';
import type { VenueEngine } from './engine.ts';
import { fill, oppositeOf, publishTrade, tickDirectionOf } from './fills.ts';
import type { Market } from './market.ts';
import { closePair, giveLots, reducibleLots, removeResting } from './matching.ts';
import { type Order, shownLots } from './order.ts';

/** One recorded event. Inside `engine.run` at the event's own time. */
export function applyTape(engine: VenueEngine, event: MarketEvent): void {
  const market = engine.findMarket(event.instrument.name);
  if (market === undefined) return;
  if (event.type === 'book') applyBook(engine, market, event);
  else if (event.type === 'trade') applyTrade(engine, market, event);
  else applyTicker(engine, market, event);
}

function applyBook(engine: VenueEngine, market: Market, event: BookEvent): void {
  const { tape } = market;
  if (tape === undefined) return;
  const snapshot = event.frame === 'snapshot';
  if (snapshot) {
    tape.bids.clear();
    tape.asks.clear();
  }
  const bids = tape.bids.apply(event.bids);
  const asks = tape.asks.apply(event.asks);
  const prevChangeId = snapshot ? -1 : event.prevChangeId;
  engine.publishFrame(market, {
    changeId: event.changeId,
    prevChangeId,
    tsUs: event.tsUs,
    bids,
    asks,
  });
  meetDisplayed(engine, market);
}

function applyTrade(engine: VenueEngine, market: Market, event: TradeEvent): void {
  market.tradeSeq = event.tradeSeq;
  publishTrade(engine, market, {
    id: event.tradeId,
    seq: event.tradeSeq,
    tsUs: event.tsUs,
    priceTicks: event.priceTicks,
    lots: event.lots,
    side: event.side,
    tickDirection: tickDirectionOf(market, event.priceTicks),
    mark: event.markFloat,
    index: event.indexFloat,
    iv: undefined,
  });
  meetTrade(engine, market, event);
}

function applyTicker(engine: VenueEngine, market: Market, event: TickerEvent): void {
  const { mark } = market;
  mark.price = event.markFloat;
  mark.funding8h = event.funding8hFloat ?? 0;
  mark.underlying = event.underlyingFloat ?? event.indexFloat;
  mark.markIv = event.markIvFloat ?? 0;
  if (event.greeks !== null) mark.greeks = { ...event.greeks, rhoFloat: 0 };
  if (event.openInterestFloat !== null) {
    market.openInterestLots = Math.round(
      event.openInterestFloat * market.product.instrument.amount.perUnit,
    );
  }
  // What has expired stays closed, whatever its last tickers say.
  const state = event.tsUs < market.product.expiryMs * 1_000 ? event.state : 'closed';
  if (state !== market.state) {
    market.state = state;
    engine.noteState(market);
  }
  if (event.indexFloat !== mark.index && event.indexFloat > 0) {
    mark.index = event.indexFloat;
    engine.setIndex(market.product.indexName, event.indexFloat);
  } else if (event.indexFloat > 0) {
    // Told again unchanged: nobody hears of it, but a delivery counts it.
    engine.tracks.get(market.product.indexName)?.set(engine.nowUs, event.indexFloat);
  }
  market.recordedLast = event.lastFloat;
  engine.touchTicker(market, event.tsUs);
}

/** Resting orders at or through the price of a recorded trade. */
function meetTrade(engine: VenueEngine, market: Market, event: TradeEvent): void {
  const side = market.book.sideOf(oppositeOf(event.side));
  let left = event.lots;
  while (left > 0) {
    const level = side.best();
    const order = level?.head;
    if (level === undefined || order === undefined) return;
    const through =
      event.side === 'sell' ? event.priceTicks < level.ticks : event.priceTicks > level.ticks;
    if (!through && event.priceTicks !== level.ticks) return;
    if (!through) {
      const queued = Math.min(left, order.queueAheadLots);
      order.queueAheadLots -= queued;
      left -= queued;
      if (left === 0) return;
    }
    left -= fillResting(engine, market, order, left);
  }
}

/** Queue estimates after a book change, and orders the opposite side has reached. */
function meetDisplayed(engine: VenueEngine, market: Market): void {
  for (const side of [market.book.bids, market.book.asks]) {
    for (let level = side.best(); level !== undefined; level = side.best()) {
      const order = level.head;
      const other = market.tape?.sideOf(oppositeOf(side.side));
      const best = other?.bestTicks();
      if (order === undefined || other === undefined || best === undefined) break;
      const reached = side.side === 'buy' ? best <= level.ticks : best >= level.ticks;
      const available = reached ? other.availableAt(best) : 0;
      if (available === 0) break;
      other.take(best, fillResting(engine, market, order, available));
    }
    for (const [ticks, level] of side.levels) {
      const shown = market.displayed(side.side).lotsAt(ticks);
      for (let order = level.head; order !== undefined; order = order.next) {
        order.queueAheadLots = Math.min(order.queueAheadLots, shown);
      }
    }
  }
}

/** Fills a resting order with up to `lots` of the recording at its own price; returns how many. */
function fillResting(engine: VenueEngine, market: Market, order: Order, lots: number): number {
  const allowed = Math.min(reducibleLots(order), shownLots(order));
  if (allowed === 0) {
    removeResting(engine, order, 'user_request');
    return 0;
  }
  const filled = Math.min(lots, allowed);
  const refreshed = giveLots(order, filled, () =>
    fill(engine, market, undefined, order, oppositeOf(order.side), order.priceTicks, filled),
  );
  // The next part of an iceberg stands behind what is displayed there.
  if (refreshed) order.queueAheadLots = market.displayed(order.side).lotsAt(order.priceTicks);
  closePair(engine, order);
  return filled;
}
