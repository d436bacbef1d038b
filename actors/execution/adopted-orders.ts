/**
 * Open orders of the account that are not ours and that an operator took over: they have no intent,
 * and what they may still fill is reserved like that of any order until the venue has said how they
 * ended and every one of their trades is in the ledger.
 */
import type { AdoptedBy } from '../../streams/facts/adoption.ts';
import type { Instrument } from '../../streams/facts/instrument.ts';
import type { Side } from '../../streams/facts/market.ts';
import type { VenueOrder } from '../../streams/facts/venue-records.ts';
import type { ExposureBook } from './exposure.ts';
import type { RestingOrder } from './gates/gate.ts';

export interface AdoptedOrder {
  readonly orderId: string;
  readonly instrument: Instrument;
  readonly side: Side;
  readonly priceTicks: number;
  readonly lots: number;
  /** Lots whose trades the ledger holds, or that were filled before it began. */
  readonly filledLots: number;
  readonly by: AdoptedBy;
}

export type AdoptedOrderEnd = 'filled' | 'cancelled' | 'rejected' | 'gone';

interface Watched {
  order: AdoptedOrder;
  /** As the venue last reported it. */
  reportedLots: number;
  end: AdoptedOrderEnd | undefined;
}

/** How a venue's report ends an order; what is not here leaves it open. */
const ends: Partial<Record<VenueOrder['state'], AdoptedOrderEnd>> = {
  filled: 'filled',
  cancelled: 'cancelled',
  rejected: 'rejected',
};

export interface AdoptedOrdersOptions {
  readonly exposure: ExposureBook;
  readonly onEnded: (order: AdoptedOrder, end: AdoptedOrderEnd) => void;
}

export class AdoptedOrders {
  readonly #options: AdoptedOrdersOptions;
  readonly #open = new Map<string, Watched>();

  constructor(options: AdoptedOrdersOptions) {
    this.#options = options;
  }

  get count(): number {
    return this.#open.size;
  }

  has(orderId: string): boolean {
    return this.#open.has(orderId);
  }

  /** As a gate sees them that must not trade with them. */
  *resting(instrumentName: string): Iterable<RestingOrder> {
    for (const { order, end } of this.#open.values()) {
      const { instrument, side, priceTicks, orderId } = order;
      if (end !== undefined || instrument.name !== instrumentName) continue;
      yield { intentId: keyOf(orderId), side, limitTicks: priceTicks };
    }
  }

  /** By whose word trades of this order are booked; undefined: nobody's. */
  byOf(orderId: string): AdoptedBy | undefined {
    return this.#open.get(orderId)?.order.by;
  }

  add(order: AdoptedOrder): void {
    this.#open.set(order.orderId, { order, reportedLots: order.filledLots, end: undefined });
    this.#reserve(order.orderId);
  }

  /** What the venue says of it. Its owner may change its size. */
  report(seen: VenueOrder): void {
    const watched = this.#open.get(seen.orderId);
    if (watched === undefined) return;
    watched.order = { ...watched.order, lots: seen.lots, priceTicks: seen.priceTicks };
    watched.reportedLots = Math.max(watched.reportedLots, seen.filledLots);
    watched.end ??= ends[seen.state];
    this.#settle(watched);
  }

  /** One of its trades is in the ledger. */
  traded(orderId: string, lots: number): void {
    const watched = this.#open.get(orderId);
    if (watched === undefined) return;
    const { order } = watched;
    watched.order = { ...order, filledLots: order.filledLots + lots };
    if (watched.order.filledLots >= order.lots) watched.end ??= 'filled';
    this.#settle(watched);
  }

  /** A proof: every trade is in the ledger, and these are the orders that are open. */
  proven(open: readonly VenueOrder[]): void {
    const byId = new Map(open.map((order) => [order.orderId, order]));
    for (const watched of this.#open.values()) {
      const seen = byId.get(watched.order.orderId);
      if (seen === undefined) this.#finish(watched, watched.end ?? 'gone');
      else this.report(seen);
    }
  }

  /** As replay reads it: recorded already. */
  forget(orderId: string): void {
    this.#open.delete(orderId);
    this.#options.exposure.release(keyOf(orderId));
  }

  #settle(watched: Watched): void {
    const { order, end, reportedLots } = watched;
    if (end !== undefined && order.filledLots >= reportedLots) this.#finish(watched, end);
    else this.#reserve(order.orderId);
  }

  #finish({ order }: Watched, end: AdoptedOrderEnd): void {
    this.forget(order.orderId);
    this.#options.onEnded(order, end);
  }

  #reserve(orderId: string): void {
    const watched = this.#open.get(orderId);
    if (watched === undefined) return;
    const { order, end, reportedLots } = watched;
    const mayFill = end === undefined ? order.lots : reportedLots;
    const lots = Math.max(0, mayFill - order.filledLots);
    this.#options.exposure.reserve(keyOf(orderId), order.instrument, order.side, lots);
  }
}

function keyOf(orderId: string): string {
  return `adopted:${orderId}`;
}
