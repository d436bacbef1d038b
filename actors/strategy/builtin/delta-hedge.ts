/** Brings the net delta of one underlying back towards zero with its perpetual. */
import { gridFloat } from '../../../streams/facts/decimal.ts';
import type { StrategyDecision } from '../../../streams/facts/decision.ts';
import type { InstrumentView } from '../../../streams/facts/market.ts';
import type { StrategyView } from '../contract.ts';
import { limitOrder } from './intents.ts';

/** Delta of the options held on `base`, in coin. Undefined when one of them has no greeks. */
export function optionDeltaFloat(view: StrategyView, base: string): number | undefined {
  let delta = 0;
  for (const { instrument, ticker } of view.market.instruments) {
    if (instrument.kind !== 'option' || instrument.row.base_currency !== base) continue;
    const lots = view.standing.positionLots(instrument.name);
    if (lots === 0) continue;
    if (ticker?.greeks == null) return undefined;
    delta += gridFloat(instrument.amount, lots) * ticker.greeks.deltaFloat;
  }
  return delta;
}

/** Delta of the inverse perpetual position, in coin. */
function perpetualDeltaFloat(view: StrategyView, perpetual: InstrumentView, price: number): number {
  const lots = view.standing.positionLots(perpetual.instrument.name);
  const amount = gridFloat(perpetual.instrument.amount, lots);
  return perpetual.instrument.amountUnit === 'usd' ? amount / price : amount;
}

/**
 * A HEDGE when |net delta| is at least `deltaMin` coin, sized to bring it back to zero, rounded
 * down to the lot. Nothing without greeks or a valid book: a guess is not a hedge.
 */
export function deltaHedge(
  view: StrategyView,
  base: string,
  perpetualName: string,
  deltaMin: number,
): StrategyDecision | undefined {
  const perpetual = view.market.get(perpetualName);
  if (perpetual === undefined || !perpetual.book.valid) return undefined;
  const { instrument, book } = perpetual;
  if (book.depth('bids') === 0 || book.depth('asks') === 0) return undefined;
  const optionDelta = optionDeltaFloat(view, base);
  if (optionDelta === undefined) return undefined;
  const touch = (side: 'bids' | 'asks') => gridFloat(instrument.price, book.ticksAt(side, 0));
  const price = (touch('bids') + touch('asks')) / 2;
  const netDelta = optionDelta + perpetualDeltaFloat(view, perpetual, price);
  if (Math.abs(netDelta) < deltaMin) return undefined;
  const amount = instrument.amountUnit === 'usd' ? Math.abs(netDelta) * price : Math.abs(netDelta);
  const lots = Math.floor(amount * instrument.amount.perUnit);
  if (lots < instrument.minLots) return undefined;
  const sells = netDelta > 0;
  const order = limitOrder(
    instrument,
    sells ? 'sell' : 'buy',
    lots,
    book.ticksAt(sells ? 'bids' : 'asks', 0),
  );
  return {
    scope: `hedge.${base}`,
    action: 'HEDGE',
    reasons: ['net_delta_above_threshold'],
    signal: { net_delta_coin: netDelta, option_delta_coin: optionDelta },
    intents: [
      { ...order, class: 'HEDGE', reduce_only: false, reason_codes: ['net_delta_above_threshold'] },
    ],
  };
}
