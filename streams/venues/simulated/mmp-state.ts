/** What market maker protection knows of an account: its limits, its recent fills, its freezes. */
import type { Account } from './account.ts';
import type { VenueEngine } from './engine.ts';
import type { Market } from './market.ts';
import type { Order } from './order.ts';
import { amountFloat, priceFloat } from './value.ts';
import { refusal } from './venue-error.ts';

export interface MmpConfig {
  readonly indexName: string;
  /** Empty for the group of orders that are no quotes. */
  readonly group: string;
  readonly intervalS: number;
  /** 0: frozen until it is reset by hand. */
  readonly frozenTimeS: number;
  /** Base currency. */
  readonly maxQuoteQuantity: number;
  readonly quantityLimit?: number | undefined;
  readonly deltaLimit?: number | undefined;
  readonly vegaLimit?: number | undefined;
  readonly tradeCountLimit?: number | undefined;
}

export interface MmpFill {
  readonly us: number;
  readonly quantity: number;
  readonly delta: number;
  readonly vega: number;
}

export interface MmpState {
  config: MmpConfig;
  fills: MmpFill[];
  /** 0 when not frozen; `untilResetUs` until it is reset by hand. */
  frozenUntilUs: number;
}

/** Later than every clock, and kept in JSON as it is. */
export const untilResetUs = Number.MAX_SAFE_INTEGER;

/** What a trip tells the account. */
export interface MmpTrip {
  readonly indexName: string;
  readonly group: string;
  /** Epoch ms; 0 until it is reset by hand. */
  readonly frozenUntilMs: number;
}

export function mmpKey(indexName: string, group: string): string {
  return `${indexName}/${group}`;
}

/** Base currency of an amount: inverse futures are sized in USD. */
export function baseQuantity(market: Market, lots: number, ticks: number): number {
  const amount = amountFloat(market.product, lots);
  return market.product.inverse ? amount / priceFloat(market.product, ticks) : amount;
}

/** The group a protected order belongs to: 13040 without one, 11030 while it is frozen. */
export function usableMmp(
  engine: VenueEngine,
  account: Account,
  market: Market,
  group: string,
): MmpState {
  const state = account.mmp.get(mmpKey(market.product.indexName, group));
  if (state === undefined) throw refusal(13040);
  if (engine.nowUs < state.frozenUntilUs) throw refusal(11030, 'mmp_frozen');
  return state;
}

/** A protected order traded. */
export function noteProtectedFill(
  engine: VenueEngine,
  order: Order,
  ticks: number,
  lots: number,
): void {
  const { account, market } = order;
  const group = order.quote?.group ?? '';
  const state = account.mmp.get(mmpKey(market.product.indexName, group));
  if (state === undefined) return;
  const quantity = baseQuantity(market, lots, ticks);
  const signed = order.side === 'buy' ? quantity : -quantity;
  const greeks = market.mark.greeks;
  const option = market.product.kind === 'option';
  state.fills.push({
    us: engine.nowUs,
    quantity,
    delta: signed * (option ? (greeks?.deltaFloat ?? 0) : 1),
    vega: signed * (option ? (greeks?.vegaFloat ?? 0) : 0),
  });
  engine.after.protectedFills.set(state, account);
}
