/**
 * Accounts, wallets and positions, all in integer money units. The sum over all accounts of
 * cash + basis + collected fees never changes by trading: that is what the conservation tests check.
 */
import type { Side } from '../../facts/market.ts';
import type { LedgerEntry } from './ledger.ts';
import type { MmpState } from './mmp-state.ts';
import type { Order } from './order.ts';
import type { Product } from './product.ts';
import type { UserTrade } from './trade.ts';
import { basisUnits, exactWorth, worthUnits } from './value.ts';

export interface Wallet {
  readonly currency: string;
  /** Deposits, realised profit, option premiums and fees. */
  cash: number;
  deposit: number;
  feesPaid: number;
  /** Realised since the account was opened. */
  realised: number;
}

export interface Position {
  readonly product: Product;
  /** Positive long, negative short. */
  lots: number;
  /** Cost of what is open: profit = basis + value now. */
  basis: number;
  /** Exact worth at entry of what is open, not rounded to money: the average price comes from it. */
  entryWorth: number;
  realised: number;
  /** Funding received (negative: paid) since the position was first opened. */
  funding: number;
}

/** How many finished orders and trades an account remembers; older ones are forgotten first. */
export const historyLimit = 2_000;

/** Cancel what rests, or refuse what comes (10003). */
export type SelfTrading = 'cancel_maker' | 'reject_taker';

export interface Account {
  readonly userId: number;
  readonly name: string;
  /** Market makers and the tape: no margin, no history, no notifications. */
  readonly house: boolean;
  readonly wallets: Map<string, Wallet>;
  readonly positions: Map<number, Position>;
  readonly openOrders: Map<string, Order>;
  /** Finished orders by id, oldest first. */
  readonly finishedOrders: Map<string, Order>;
  readonly trades: UserTrade[];
  /** What happens when an order would meet another order of the same account. */
  selfTrading: SelfTrading;
  /** Every change of cash, oldest first. */
  readonly ledger: LedgerEntry[];
  ledgerSeq: number;
  /** Market maker protection by index and group. */
  readonly mmp: Map<string, MmpState>;
  /** Quotes are refused until then, µs. */
  quotesFrozenUntilUs: number;
}

export function createAccount(userId: number, name: string, house: boolean): Account {
  return {
    userId,
    name,
    house,
    wallets: new Map(),
    positions: new Map(),
    openOrders: new Map(),
    finishedOrders: new Map(),
    trades: [],
    selfTrading: 'cancel_maker',
    ledger: [],
    ledgerSeq: 0,
    mmp: new Map(),
    quotesFrozenUntilUs: 0,
  };
}

/** The wallet of a currency; an empty one is opened when there is none. */
export function walletOf(account: Account, currency: string): Wallet {
  let wallet = account.wallets.get(currency);
  if (wallet === undefined) {
    wallet = { currency, cash: 0, deposit: 0, feesPaid: 0, realised: 0 };
    account.wallets.set(currency, wallet);
  }
  return wallet;
}

export function positionOf(account: Account, product: Product): Position {
  let position = account.positions.get(product.index);
  if (position === undefined) {
    position = { product, lots: 0, basis: 0, entryWorth: 0, realised: 0, funding: 0 };
    account.positions.set(product.index, position);
  }
  return position;
}

/** Signed lots held; 0 when the product was never traded. */
export function heldLots(account: Account, product: Product): number {
  return account.positions.get(product.index)?.lots ?? 0;
}

/**
 * Books one side of a trade: position, realised profit, premium, fee. `price` is the float price.
 * Returns the profit realised, money units.
 */
export function bookFill(
  account: Account,
  product: Product,
  side: Side,
  lots: number,
  price: number,
  fee: number,
): number {
  const wallet = walletOf(account, product.currency);
  const basis = basisUnits(product, side, worthUnits(product, lots, price));
  const position = positionOf(account, product);
  const signedLots = side === 'buy' ? lots : -lots;
  moveEntry(position, signedLots, exactWorth(product, lots, price));
  const realised = movePosition(position, signedLots, basis);
  // An option's premium moves when it trades; a future's profit when it is closed.
  wallet.cash += (product.kind === 'option' ? basis : realised) - fee;
  wallet.realised += realised;
  wallet.feesPaid += fee;
  return realised;
}

/** What is left open keeps its entry worth by share; what turns the position starts a new one. */
function moveEntry(position: Position, signedLots: number, worth: number): void {
  const held = Math.abs(position.lots);
  const traded = Math.abs(signedLots);
  const opposite = held !== 0 && position.lots > 0 !== signedLots > 0;
  if (!opposite) position.entryWorth += worth;
  else if (traded < held) position.entryWorth *= (held - traded) / held;
  else position.entryWorth = worth * ((traded - held) / traded);
}

/** Adds signed lots and their basis; what closes against the position is realised and returned. */
function movePosition(position: Position, signedLots: number, basis: number): number {
  const opposite = position.lots !== 0 && position.lots > 0 !== signedLots > 0;
  if (!opposite) {
    position.lots += signedLots;
    position.basis += basis;
    return 0;
  }
  const closed = Math.min(Math.abs(position.lots), Math.abs(signedLots));
  const fromPosition = shareOf(position.basis, closed, Math.abs(position.lots));
  const fromTrade = shareOf(basis, closed, Math.abs(signedLots));
  const realised = fromPosition + fromTrade;
  position.lots += signedLots;
  position.basis += basis - realised;
  position.realised += realised;
  return realised;
}

/** The part of `units` that belongs to `part` of `whole`; exact when part is the whole. */
function shareOf(units: number, part: number, whole: number): number {
  return part === whole ? units : Math.round((units * part) / whole);
}
