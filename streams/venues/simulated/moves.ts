/**
 * Positions moved between accounts of one owner: two sides of a trade that no book and no public
 * tape sees, without fees, all of them or none.
 */
import { type Account, bookFill, heldLots, walletOf } from './account.ts';
import { checkFunds, checkOpen } from './checks.ts';
import type { VenueEngine } from './engine.ts';
import { oppositeOf } from './fills.ts';
import { noteCash } from './ledger.ts';
import type { Market } from './market.ts';
import { amountFloat, priceFloat } from './value.ts';
import { refusal } from './venue-error.ts';

export interface Move {
  readonly market: Market;
  readonly lots: number;
  /** The mark when left out. */
  readonly ticks: number | undefined;
}

/** 10021 for more than the source holds, 10009 when the target could not carry it, 10012 closed. */
export function moveBetween(
  engine: VenueEngine,
  source: Account,
  target: Account,
  moves: readonly Move[],
): Record<string, unknown>[] {
  const left = new Map<Market, number>();
  for (const { market, lots, ticks } of moves) {
    checkOpen(market);
    const held = left.get(market) ?? Math.abs(heldLots(source, market.product));
    if (lots > held) throw refusal(10021);
    left.set(market, held - lots);
    const side = heldLots(source, market.product) > 0 ? 'buy' : 'sell';
    checkFunds(engine, target, market, side, lots, ticks ?? markTicks(market));
  }
  return moves.map((move) => moveOne(engine, source, target, move));
}

function markTicks(market: Market): number {
  return Math.round(market.shownMark() * market.product.instrument.price.perUnit);
}

function moveOne(
  engine: VenueEngine,
  source: Account,
  target: Account,
  { market, lots, ticks }: Move,
): Record<string, unknown> {
  const { product } = market;
  const price = ticks === undefined ? market.shownMark() : priceFloat(product, ticks);
  const side = heldLots(source, product) > 0 ? 'sell' : 'buy';
  for (const [account, direction] of [
    [source, side],
    [target, oppositeOf(side)],
  ] as const) {
    const wallet = walletOf(account, product.currency);
    const before = wallet.cash;
    const heldBefore = Math.abs(heldLots(account, product));
    bookFill(account, product, direction, lots, price, 0);
    noteCash(engine, account, product.currency, 'transfer', wallet.cash - before, {
      instrument_name: product.name,
      side: direction,
      amount: amountFloat(product, lots),
      price,
    });
    market.openInterestLots += (Math.abs(heldLots(account, product)) - heldBefore) / 2;
    engine.notePosition(account, market);
  }
  return {
    target_uid: target.userId,
    source_uid: source.userId,
    price,
    instrument_name: product.name,
    direction: side,
    amount: amountFloat(product, lots),
  };
}
