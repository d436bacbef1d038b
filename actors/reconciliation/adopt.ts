/**
 * Which of the standing differences an operator named. Everything he names must be there, exactly:
 * one name that fits nothing refuses the whole command, and nothing is taken over that he did not name.
 */
import type { Adoptable, AdoptablePosition, Adoption } from '../../streams/facts/adoption.ts';
import { gridText } from '../../streams/facts/decimal.ts';

/** What one command may name. */
export interface AdoptionNames {
  readonly trades: ReadonlyArray<{ readonly instrument: string; readonly trade_id: string }>;
  readonly orders: ReadonlyArray<{ readonly instrument: string; readonly order_id: string }>;
  /** The signed amount that the venue holds: it says that the operator has seen it. */
  readonly positions: ReadonlyArray<{ readonly instrument: string; readonly amount: string }>;
}

/** How a standing difference is named: kind, instrument, and id or amount. */
export function nameOf(adoptable: Adoptable): string {
  switch (adoptable.kind) {
    case 'trade':
      return `trade ${adoptable.trade.instrument.name}/${adoptable.trade.tradeId}`;
    case 'order':
      return `order ${adoptable.order.instrument.name}/${adoptable.order.orderId}`;
    case 'position':
      return `position ${adoptable.position.instrument.name}=${heldText(adoptable.position)}`;
  }
}

/** What the venue holds, as a signed amount. */
export function heldText({ instrument, venueLots }: AdoptablePosition): string {
  return gridText(instrument.amount, venueLots);
}

function givenNames({ trades, orders, positions }: AdoptionNames): string[] {
  return [
    ...trades.map(({ instrument, trade_id }) => `trade ${instrument}/${trade_id}`),
    ...orders.map(({ instrument, order_id }) => `order ${instrument}/${order_id}`),
    ...positions.map(({ instrument, amount }) => `position ${instrument}=${amount}`),
  ];
}

export type Choice =
  | {
      readonly kind: 'chosen';
      readonly names: readonly string[];
      readonly what: Pick<Adoption, 'trades' | 'orders' | 'positions'>;
    }
  | { readonly kind: 'refused'; readonly cause: string };

/** The named among what stands, or why not. */
export function chooseAdopted(names: AdoptionNames, standing: readonly Adoptable[]): Choice {
  const byName = new Map(standing.map((one) => [nameOf(one), one]));
  const given = [...new Set(givenNames(names))];
  const strange = given.filter((name) => !byName.has(name));
  if (strange.length > 0) {
    return { kind: 'refused', cause: `no difference at the venue now: ${strange.join(', ')}` };
  }
  const chosen = given.map((name) => byName.get(name) as Adoptable);
  const trades = chosen.flatMap((one) => (one.kind === 'trade' ? [one.trade] : []));
  const orders = chosen.flatMap((one) => (one.kind === 'order' ? [one.order] : []));
  const positions = chosen.flatMap((one) => (one.kind === 'position' ? [one.position] : []));
  // From then on the trades of the order are booked: those of before are his to name.
  const ids = new Set(orders.map(({ orderId }) => orderId));
  const unnamed = standing.filter(
    (one) => one.kind === 'trade' && ids.has(one.trade.orderId) && !trades.includes(one.trade),
  );
  if (unnamed.length > 0) {
    return { kind: 'refused', cause: `name its trades as well: ${unnamed.map(nameOf).join(', ')}` };
  }
  return { kind: 'chosen', names: given, what: { trades, orders, positions } };
}
