/**
 * No order far from where the market is: `price_collar_bps` or `price_collar_ticks` around mark
 * (else index, else the middle of a valid book), the wider. OPEN is held on both sides, reduction
 * only against paying too much. Without any reference there is no OPEN. The ladder of an emergency
 * close is a bound of its own, and as wide as the collar.
 */
import type { Instrument } from '../../../streams/facts/instrument.ts';
import { stepTicksAt } from '../../../streams/facts/instrument.ts';
import type { OrderIntent } from '../../../streams/facts/intent.ts';
import type { InstrumentView } from '../../../streams/facts/market.ts';
import { type GateResult, type GateView, reject } from './gate.ts';

const bpsPerUnit = 10_000;

/** Reference in ticks, fractional. An option is not priced like its index. */
export function collarReferenceTicksFloat(
  instrument: Instrument,
  seen: InstrumentView | undefined,
): number {
  const ticker = seen?.ticker;
  if (ticker !== undefined && ticker.markFloat > 0)
    return ticker.markFloat * instrument.price.perUnit;
  if (ticker !== undefined && ticker.indexFloat > 0 && instrument.kind !== 'option') {
    return ticker.indexFloat * instrument.price.perUnit;
  }
  const book = seen?.book;
  if (book?.valid && book.depth('bids') > 0 && book.depth('asks') > 0) {
    return (book.ticksAt('bids', 0) + book.ticksAt('asks', 0)) / 2;
  }
  return Number.NaN;
}

export function priceCollarGate(intent: OrderIntent, view: GateView): GateResult {
  if (view.route === 'emergency') return undefined;
  const { instrument, limitTicks } = intent;
  const reference = collarReferenceTicksFloat(instrument, view.seen);
  if (Number.isNaN(reference)) {
    return intent.class === 'OPEN'
      ? reject('PriceCollarBreached', { cause: 'no mark, index or book' })
      : undefined;
  }
  const width = Math.max(
    (reference * view.policy.price_collar_bps) / bpsPerUnit,
    view.policy.price_collar_ticks * stepTicksAt(instrument, Math.round(reference)),
  );
  const worse = (ticks: number): number =>
    intent.side === 'buy' ? ticks - reference : reference - ticks;
  // What was asked for is judged as well: a limit the house made tamer excuses no wild wish.
  const above = Math.max(worse(limitTicks), worse(view.proposedTicks));
  const below = intent.class === 'OPEN' ? -worse(limitTicks) : 0;
  if (Math.max(above, below) <= width) return undefined;
  return reject('PriceCollarBreached', {
    limit_ticks: limitTicks,
    proposed_ticks: view.proposedTicks,
    reference_ticks: reference,
    width_ticks: width,
  });
}
