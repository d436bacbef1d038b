/**
 * A market source with a pump beside it: the generated market goes on as it is, and house accounts
 * change one level deep in a book, or trade one lot, so many times a second. Every change is a frame
 * of the raw book, every trade one more: the load of a venue, with the prices of a calm one.
 */
import {
  type Account,
  cancelWhere,
  type Market,
  type MarketSource,
  place,
  type VenueEngine,
} from '../../../streams/venues/simulated/index.ts';
import { limitTerms } from '../../fixtures/venue-sim/engines.ts';

const pumped = ['BTC-PERPETUAL', 'ETH-PERPETUAL'] as const;
const usPerS = 1_000_000;
/** One step in this many is a trade; the recordings hold 5 %. */
const tradeEvery = 20;
/** Ticks below the best bid at which the pump's orders stand: nobody trades there. */
const depthTicks = 400;
/** Levels it plays on: neighbours, so that frames differ. */
const levels = 16;

export function pumpedSource(inner: MarketSource, perSecond: number): MarketSource {
  const everyUs = usPerS / perSecond;
  let engine: VenueEngine | undefined;
  let account: Account | undefined;
  let taker: Account | undefined;
  let nextPumpUs = Number.POSITIVE_INFINITY;
  let steps = 0;

  function book(market: Market, nowUs: number): void {
    const best = market.bestTicks('buy');
    if (best === undefined) return;
    const priceTicks = best - depthTicks - (steps % levels);
    (engine as VenueEngine).run(nowUs, () => {
      const own = account as Account;
      let stands = false;
      for (const order of own.openOrders.values())
        stands ||= order.market === market && order.priceTicks === priceTicks;
      if (stands)
        cancelWhere(
          engine as VenueEngine,
          own,
          (order) => order.market === market && order.priceTicks === priceTicks,
        );
      else
        place(engine as VenueEngine, own, market, limitTerms('buy', priceTicks, 1 + (steps % 7)));
    });
  }

  function trade(market: Market, nowUs: number): void {
    const side = steps % (2 * tradeEvery) === 0 ? 'buy' : 'sell';
    const best = market.bestTicks(side === 'buy' ? 'sell' : 'buy');
    if (best === undefined) return;
    const terms = limitTerms(side, best, 1, { timeInForce: 'immediate_or_cancel' });
    (engine as VenueEngine).run(nowUs, () =>
      place(engine as VenueEngine, taker as Account, market, terms),
    );
  }

  return {
    taped: inner.taped,
    startUs: inner.startUs,
    list: (nowUs) => inner.list(nowUs),
    open(opened, nowUs) {
      inner.open(opened, nowUs);
      engine = opened;
      account = opened.openAccount('pump', true);
      taker = opened.openAccount('pump-taker', true);
      nextPumpUs = nowUs + everyUs;
    },
    nextUs: () => Math.min(inner.nextUs(), nextPumpUs),
    step() {
      if (inner.nextUs() <= nextPumpUs) {
        inner.step();
        return;
      }
      const nowUs = Math.floor(nextPumpUs);
      nextPumpUs += everyUs;
      steps += 1;
      const market = (engine as VenueEngine).market(pumped[steps % pumped.length] as string);
      if (market.state !== 'open') return;
      if (steps % tradeEvery === 0) trade(market, nowUs);
      else book(market, nowUs);
    },
    onDelivered: (opened, nowUs) => inner.onDelivered?.(opened, nowUs),
    dump: () => inner.dump(),
    restore: (state) => inner.restore(state),
  };
}
