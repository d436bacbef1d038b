/** Questions about the legs of one decision taken together. Pure. */
import { gridFloat } from '../../streams/facts/decimal.ts';
import type { OrderIntent } from '../../streams/facts/intent.ts';
import type { InstrumentView } from '../../streams/facts/market.ts';
import type { GateRefusal } from './gates/chain.ts';
import { reject, touchTicks } from './gates/gate.ts';

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

/** Gross − fees − slippage of the OPEN legs; undefined when one did not state its edge. */
export function netEdgeOf(intents: readonly OrderIntent[]): number | undefined {
  let net = 0;
  for (const { class: cls, edge } of intents) {
    if (cls !== 'OPEN') continue;
    if (edge === null) return undefined;
    net += edge.grossUsdFloat - edge.feeUsdFloat - edge.slippageUsdFloat;
  }
  return net;
}

/** Mark, else the touch the order would meet, as a price; null without either. */
export function fairPriceOf(seen: InstrumentView | undefined, intent: OrderIntent): number | null {
  const mark = seen?.ticker?.markFloat;
  if (mark !== undefined && mark > 0) return mark;
  const touch = seen === undefined ? undefined : touchTicks(seen.book, intent.side);
  return touch === undefined ? null : gridFloat(intent.instrument.price, touch);
}
