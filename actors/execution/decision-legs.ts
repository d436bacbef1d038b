/** Questions about the legs of one decision taken together. Pure. */
import { gridFloat } from '../../streams/facts/decimal.ts';
import type { EdgeEstimate, OrderIntent } from '../../streams/facts/intent.ts';
import type { InstrumentView, MarketView } from '../../streams/facts/market.ts';
import { feeUsdFloat } from '../evidence/index.ts';
import type { ExposureView } from './exposure.ts';
import type { GateRefusal } from './gates/chain.ts';
import { crosses, referenceUsdFloat, reject, touchTicks } from './gates/gate.ts';
import { biasOf, type InventorySkew } from './gates/inventory-skew.ts';
import { leaningUsdFloat, signedDeltaUsdFloat } from './portfolio-delta.ts';
import { priceDifferenceUsdFloat } from './pricing.ts';

/** Two or more legs open risk: they are worth something only together. */
export function opensTogether(intents: readonly OrderIntent[]): boolean {
  return intents.filter((intent) => intent.class === 'OPEN').length > 1;
}

/** Legs of a group go out concurrently and end at once: one that rests would keep the rest waiting. */
export function restingLeg(intent: OrderIntent): GateRefusal | undefined {
  if (intent.class !== 'OPEN' || intent.timeInForce === 'immediate_or_cancel') return undefined;
  const facts = { field: 'time_in_force', cause: 'legs of an atomic group are immediate' };
  return { gate: 'group_form', ...reject('SchemaInvalid', facts) };
}

/**
 * The edge of one leg as the house reckons: a strategy may be more careful than the instrument's fee
 * rate and the book, never kinder. `feeFactorFloat` makes stale rates dearer. Null: not stated.
 */
export function reckonedEdge(
  edge: EdgeEstimate | null,
  leg: Pick<OrderIntent, 'instrument' | 'side' | 'qtyLots' | 'limitTicks' | 'postOnly'>,
  seen: InstrumentView | undefined,
  feeFactorFloat: number,
): EdgeEstimate | null {
  if (edge === null) return null;
  const computed = computedFeeUsdFloat(leg, seen);
  const fee = Number.isFinite(computed) ? Math.max(edge.feeUsdFloat, computed) : edge.feeUsdFloat;
  const walked = seen === undefined ? 0 : slippageWithinLimitUsdFloat(leg, seen);
  return {
    grossUsdFloat: edge.grossUsdFloat,
    feeUsdFloat: fee > 0 ? fee * feeFactorFloat : fee,
    slippageUsdFloat: Number.isFinite(walked)
      ? Math.max(edge.slippageUsdFloat, walked)
      : edge.slippageUsdFloat,
  };
}

function computedFeeUsdFloat(
  leg: Pick<OrderIntent, 'instrument' | 'qtyLots' | 'limitTicks' | 'postOnly'>,
  seen: InstrumentView | undefined,
): number {
  return feeUsdFloat({
    instrument: leg.instrument,
    lots: leg.qtyLots,
    priceFloat: gridFloat(leg.instrument.price, leg.limitTicks),
    indexFloat: referenceUsdFloat(seen),
    liquidity: leg.postOnly ? 'maker' : 'taker',
  });
}

/** What the visible book would take beyond the touch, no further than the limit, USD. */
function slippageWithinLimitUsdFloat(
  leg: Pick<OrderIntent, 'side' | 'qtyLots' | 'limitTicks'>,
  seen: InstrumentView,
): number {
  const { book } = seen;
  if (!crosses(book, leg.side, leg.limitTicks)) return 0;
  const opposite = leg.side === 'buy' ? 'asks' : 'bids';
  const touch = book.ticksAt(opposite, 0);
  const depth = book.depth(opposite);
  let left = leg.qtyLots;
  let worseTicksLots = 0;
  for (let level = 0; level < depth && left > 0; level += 1) {
    const ticks = book.ticksAt(opposite, level);
    if (leg.side === 'buy' ? ticks > leg.limitTicks : ticks < leg.limitTicks) break;
    const taken = Math.min(left, book.lotsAt(opposite, level));
    worseTicksLots += taken * Math.abs(ticks - touch);
    left -= taken;
  }
  if (worseTicksLots === 0) return 0;
  return priceDifferenceUsdFloat(seen, leg.qtyLots, worseTicksLots / leg.qtyLots);
}

/** Gross − fees − slippage of the OPEN legs as reckoned; undefined when one did not state its edge. */
export function netEdgeOf(
  intents: readonly OrderIntent[],
  market: MarketView,
  feeFactorFloat: number,
): number | undefined {
  let net = 0;
  for (const intent of intents) {
    if (intent.class !== 'OPEN') continue;
    const seen = market.get(intent.instrument.name);
    const edge = reckonedEdge(intent.edge, intent, seen, feeFactorFloat);
    if (edge === null) return undefined;
    net += edge.grossUsdFloat - edge.feeUsdFloat - edge.slippageUsdFloat;
  }
  return net;
}

/** How the inventory of the legs' underlying leans, and what the OPEN legs would add to it. */
export function skewOf(
  intents: readonly OrderIntent[],
  market: MarketView,
  exposure: ExposureView,
  limitUsd: number | undefined,
): InventorySkew {
  const [first] = intents;
  if (first === undefined) return { biasFloat: 0, addsUsdFloat: 0 };
  const base = first.instrument.row.base_currency;
  let addsUsdFloat = 0;
  for (const { class: cls, instrument, side, qtyLots } of intents) {
    if (cls !== 'OPEN' || instrument.row.base_currency !== base) continue;
    const lots = side === 'buy' ? qtyLots : -qtyLots;
    addsUsdFloat += signedDeltaUsdFloat(market.get(instrument.name), lots);
  }
  return { biasFloat: biasOf(leaningUsdFloat(base, market, exposure), limitUsd), addsUsdFloat };
}

/** Mark, else the touch the order would meet, as a price; null without either. */
export function fairPriceOf(seen: InstrumentView | undefined, intent: OrderIntent): number | null {
  const mark = seen?.ticker?.markFloat;
  if (mark !== undefined && mark > 0) return mark;
  const touch = seen === undefined ? undefined : touchTicks(seen.book, intent.side);
  return touch === undefined ? null : gridFloat(intent.instrument.price, touch);
}
