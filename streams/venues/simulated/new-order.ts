/** An order as it begins: its identity, and the price it may stand at. */
import { stepTicksAt } from '../../facts/instrument.ts';
import type { Account } from './account.ts';
import { priceBand } from './checks.ts';
import type { VenueEngine } from './engine.ts';
import type { Market } from './market.ts';
import { reaches } from './matching.ts';
import type { Order, OrderTerms, Trigger } from './order.ts';
import { refusal } from './venue-error.ts';

/** Terms that make the same order again. */
export function termsLike(order: Order): OrderTerms {
  return {
    side: order.side,
    type: order.originalType ?? order.type,
    lots: order.lots,
    priceTicks: order.priceTicks,
    timeInForce: order.timeInForce,
    postOnly: order.postOnly,
    rejectPostOnly: order.rejectPostOnly,
    reduceOnly: order.reduceOnly,
    mmp: order.mmp,
    label: order.label,
    sessionId: order.sessionId,
    displayLots: order.iceberg?.displayLots,
  };
}

/** An order with its id, standing nowhere yet; `waitingId` is that of one that waits for another. */
export function createOrder(
  engine: VenueEngine,
  account: Account,
  market: Market,
  terms: OrderTerms,
  trigger?: Trigger,
  waitingId?: string,
): Order {
  const timeInForce = terms.type === 'market' ? 'immediate_or_cancel' : terms.timeInForce;
  const order: Order = {
    id:
      waitingId ??
      (trigger === undefined
        ? engine.nextOrderId(market.product)
        : triggerId(engine, market, trigger.kind, terms.type)),
    account,
    market,
    side: terms.side,
    type: terms.type === 'market' ? 'market' : 'limit',
    originalType: terms.type === 'market_limit' ? 'market_limit' : undefined,
    timeInForce,
    label: terms.label,
    createdUs: engine.nowUs,
    mmp: terms.mmp,
    liquidation: terms.liquidation ?? false,
    triggerOrderId: terms.triggerOrderId,
    trigger,
    iceberg:
      terms.displayLots === undefined
        ? undefined
        : { displayLots: terms.displayLots, shownLots: terms.displayLots },
    advanced: terms.advanced,
    links: terms.links,
    quote: terms.quote,
    sessionId: terms.sessionId,
    lots: terms.lots,
    priceTicks:
      terms.type === 'limit' || trigger !== undefined
        ? terms.priceTicks
        : marketTicks(market, terms),
    postOnly: terms.postOnly,
    rejectPostOnly: terms.rejectPostOnly,
    reduceOnly: terms.reduceOnly,
    filledLots: 0,
    filledWorth: 0,
    state: 'open',
    cancelReason: undefined,
    replaced: false,
    updatedUs: engine.nowUs,
    queueAheadLots: 0,
    next: undefined,
    previous: undefined,
  };
  const waits = trigger !== undefined || waitingId !== undefined;
  if (order.postOnly && !waits) order.priceTicks = postOnlyTicks(order);
  return order;
}

/** Orders that wait for a price have ids of their own kind. */
function triggerId(
  engine: VenueEngine,
  market: Market,
  kind: Trigger['kind'],
  type: OrderTerms['type'],
): string {
  const ending = kind === 'trailing' ? 'TS' : type === 'limit' ? 'IS' : 'MS';
  const code = `${kind === 'take' ? 'TP' : 'SL'}${ending}`;
  return `${market.product.currency}-${code}-${engine.nextOrderNumber()}`;
}

/** The id of an order that waits for another order, and of a pair. */
export function linkedId(engine: VenueEngine): string {
  return `OTO-${engine.nextOrderNumber()}`;
}

/** A market order is limited by the price band; a market-limit order by the best opposite price. */
function marketTicks(market: Market, terms: OrderTerms): number {
  const opposite = market.bestTicks(terms.side === 'buy' ? 'sell' : 'buy');
  if (terms.type === 'market_limit' && opposite !== undefined) return opposite;
  const band = priceBand(market);
  if (band === undefined) throw refusal(10040);
  const { instrument } = market.product;
  const ticks = Math.max(
    1,
    Math.floor((terms.side === 'buy' ? band[1] : band[0]) * instrument.price.perUnit),
  );
  const step = stepTicksAt(instrument, ticks);
  return terms.side === 'buy' ? ticks - (ticks % step) : ticks - (ticks % step) + step;
}

/** Where a post-only order may stand: moved just inside the spread, or 11054 when asked to reject. */
export function postOnlyTicks(order: Order): number {
  const opposite = order.market.bestTicks(order.side === 'buy' ? 'sell' : 'buy');
  if (opposite === undefined || !reaches(order.side, order.priceTicks, opposite))
    return order.priceTicks;
  if (order.rejectPostOnly) throw refusal(11054);
  const { instrument } = order.market.product;
  if (order.side === 'sell') return opposite + stepTicksAt(instrument, opposite + 1);
  const moved = opposite - stepTicksAt(instrument, opposite);
  if (moved <= 0) throw refusal(11054);
  return moved - (moved % stepTicksAt(instrument, moved));
}
