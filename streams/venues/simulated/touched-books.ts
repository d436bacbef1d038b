/**
 * What one operation changed of the things a venue must not forget. Gathered while it runs and
 * handed over before anybody hears of the operation.
 */
import type { Account } from './account.ts';
import type { LedgerEntry } from './ledger.ts';
import type { Market } from './market.ts';
import type { Order } from './order.ts';
import type { UserTrade } from './trade.ts';

export class TouchedBooks {
  /** More changed than orders and fills: the whole state must be kept. */
  whole = false;
  /** Orders of customers. */
  readonly orders = new Set<Order>();
  readonly trades: (readonly [Account, UserTrade])[] = [];
  readonly cash: (readonly [Account, LedgerEntry])[] = [];
  /** Accounts whose money or settings changed, with the markets in which they traded. */
  readonly accounts = new Map<Account, Set<Market>>();

  get isEmpty(): boolean {
    return !this.whole && this.orders.size === 0 && this.accounts.size === 0;
  }

  account(account: Account): Set<Market> {
    let markets = this.accounts.get(account);
    if (markets === undefined) {
      markets = new Set();
      this.accounts.set(account, markets);
    }
    return markets;
  }

  addCash(account: Account, entry: LedgerEntry): void {
    this.account(account);
    this.cash.push([account, entry]);
  }

  clear(): void {
    this.whole = false;
    this.orders.clear();
    this.trades.length = 0;
    this.cash.length = 0;
    this.accounts.clear();
  }
}
