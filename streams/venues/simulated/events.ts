/** What the engine tells the outside after each operation. Called synchronously, in this order. */
import type { Account } from './account.ts';
import type { Market } from './market.ts';
import type { MmpTrip } from './mmp-state.ts';
import type { Order } from './order.ts';
import type { LevelMoves } from './order-book.ts';
import type { TouchedBooks } from './touched-books.ts';
import type { PublicTrade, UserTrade } from './trade.ts';

/** One public book frame: flat runs of ticks, lots before, lots now. */
export interface BookFrame {
  readonly changeId: number;
  /** -1 when the frame replaces the whole book. */
  readonly prevChangeId: number;
  readonly tsUs: number;
  readonly bids: LevelMoves;
  readonly asks: LevelMoves;
}

/** Everything that happened to one account in one market during one operation. */
export interface AccountChanges {
  readonly account: Account;
  readonly market: Market;
  readonly orders: readonly Order[];
  readonly trades: readonly UserTrade[];
  /** The position changed without a trade: settlement, delivery, funding. */
  readonly moved: boolean;
}

export interface VenueListener {
  /** First of all: what must be kept before anybody hears of the operation. */
  record(touched: TouchedBooks): void;
  trades(market: Market, trades: readonly PublicTrade[]): void;
  book(market: Market, frame: BookFrame): void;
  /** The best level of a market changed. */
  quote(market: Market): void;
  /** Mark, greeks, best level or last price changed. */
  ticker(market: Market): void;
  index(name: string, price: number): void;
  volatility(name: string, value: number): void;
  state(market: Market): void;
  /** A product was listed. */
  listed(market: Market): void;
  changes(changes: AccountChanges): void;
  /** Market maker protection cancelled the protected orders of an account. */
  protection(account: Account, trip: MmpTrip): void;
  /** The operation has been told completely. */
  committed(): void;
}

export const silentListener: VenueListener = {
  record() {},
  trades() {},
  book() {},
  quote() {},
  ticker() {},
  index() {},
  volatility() {},
  state() {},
  listed() {},
  changes() {},
  protection() {},
  committed() {},
};
