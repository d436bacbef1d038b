/** What happened to customers during one operation, gathered by account and market. */
import type { Account } from './account.ts';
import type { AccountChanges } from './events.ts';
import type { Market } from './market.ts';
import type { Order } from './order.ts';
import type { UserTrade } from './trade.ts';

interface Pending {
  readonly orders: Set<Order>;
  readonly trades: UserTrade[];
  /** The position changed without a trade. */
  moved: boolean;
}

const nothing: readonly AccountChanges[] = [];

/** House accounts are not listened to: what happens to them is not gathered. */
export class PendingChanges {
  readonly #accounts = new Map<Account, Map<Market, Pending>>();

  noteOrder(order: Order): void {
    if (!order.account.house) this.#of(order.account, order.market).orders.add(order);
  }

  noteTrade(account: Account, market: Market, trade: UserTrade): void {
    if (!account.house) this.#of(account, market).trades.push(trade);
  }

  notePosition(account: Account, market: Market): void {
    if (!account.house) this.#of(account, market).moved = true;
  }

  /** Everything since the last call, in order of first mention. */
  take(): readonly AccountChanges[] {
    if (this.#accounts.size === 0) return nothing;
    const all: AccountChanges[] = [];
    for (const [account, markets] of this.#accounts) {
      for (const [market, { orders, trades, moved }] of markets)
        all.push({ account, market, orders: [...orders], trades, moved });
    }
    this.#accounts.clear();
    return all;
  }

  #of(account: Account, market: Market): Pending {
    let markets = this.#accounts.get(account);
    if (markets === undefined) {
      markets = new Map();
      this.#accounts.set(account, markets);
    }
    let pending = markets.get(market);
    if (pending === undefined) {
      pending = { orders: new Set(), trades: [], moved: false };
      markets.set(market, pending);
    }
    return pending;
  }
}
