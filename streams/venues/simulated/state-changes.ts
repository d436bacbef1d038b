/**
 * One operation as a line of a log: what it left changed, as values and not as differences, so that
 * a snapshot with the lines after it is the state. A line that is there twice changes nothing.
 */
import { z } from 'zod';
import { historyLimit, positionOf } from './account.ts';
import type { VenueEngine } from './engine.ts';
import { dumpOrder, dumpPosition, dumpTrade } from './state.ts';
import { accountSchema, type EngineState, engineSchema } from './state-schema.ts';
import type { TouchedBooks } from './touched-books.ts';

const changesSchema = engineSchema
  .pick({ savedUs: true, sequences: true, collectedFees: true, markets: true, accounts: true })
  .extend({ accounts: z.array(accountSchema) });
export type StateChanges = z.infer<typeof changesSchema>;
type SavedAccount = EngineState['accounts'][number];

/** What must be kept of an operation that touched these. */
export function changesOf(engine: VenueEngine, touched: TouchedBooks): StateChanges {
  for (const { account } of touched.orders) touched.account(account);
  const traded = new Set([...touched.accounts.values()].flatMap((markets) => [...markets]));
  return {
    savedUs: engine.nowUs,
    sequences: { ...engine.sequences },
    collectedFees: [...engine.collectedFees],
    markets: [...traded].map(({ product, tradeSeq }) => ({ product: product.name, tradeSeq })),
    accounts: [...touched.accounts].map(([account, markets]) => ({
      name: account.name,
      selfTrading: account.selfTrading,
      wallets: [...account.wallets.values()],
      positions: [...markets].map(({ product }) => dumpPosition(positionOf(account, product))),
      orders: [...touched.orders].filter((order) => order.account === account).map(dumpOrder),
      trades: touched.trades
        .filter(([owner]) => owner === account)
        .map(([, trade]) => dumpTrade(engine, trade)),
      mmp: [...account.mmp.values()],
      ledger: touched.cash.filter(([owner]) => owner === account).map(([, entry]) => entry),
    })),
  };
}

/** The state after these changes, in order. Throws a zod error for what `changesOf` did not write. */
export function foldChanges(state: unknown, changes: readonly unknown[]): EngineState {
  const base = engineSchema.parse(state);
  const markets = new Map(base.markets.map((market) => [market.product, market]));
  const accounts = new Map(base.accounts.map((account) => [account.name, new Folded(account)]));
  let last: StateChanges | undefined;
  for (const each of changes) {
    last = changesSchema.parse(each);
    for (const { product, tradeSeq } of last.markets)
      markets.set(product, { ...markets.get(product), product, tradeSeq });
    for (const account of last.accounts) {
      const known = accounts.get(account.name);
      if (known === undefined) accounts.set(account.name, new Folded(account));
      else known.take(account);
    }
  }
  const { savedUs, sequences, collectedFees } = last ?? base;
  return {
    ...base,
    savedUs,
    sequences,
    collectedFees,
    markets: [...markets.values()],
    accounts: [...accounts.values()].map((account) => account.saved()),
  };
}

class Folded {
  readonly #name: string;
  #selfTrading: SavedAccount['selfTrading'] = 'cancel_maker';
  #mmp: SavedAccount['mmp'] = [];
  readonly #wallets = new Map<string, SavedAccount['wallets'][number]>();
  readonly #positions = new Map<string, SavedAccount['positions'][number]>();
  readonly #orders = new Map<string, SavedAccount['orders'][number]>();
  readonly #trades: SavedAccount['trades'] = [];
  readonly #ledger = new Map<number, SavedAccount['ledger'][number]>();

  constructor(account: SavedAccount) {
    this.#name = account.name;
    this.take(account);
  }

  take(account: SavedAccount): void {
    this.#selfTrading = account.selfTrading;
    this.#mmp = account.mmp;
    for (const wallet of account.wallets) this.#wallets.set(wallet.currency, wallet);
    for (const position of account.positions) this.#positions.set(position.product, position);
    for (const order of account.orders) {
      // What has ended stands in the order of its end; what rests keeps its turn.
      if (order.state !== 'open') this.#orders.delete(order.id);
      this.#orders.set(order.id, order);
    }
    this.#trades.push(...account.trades);
    for (const entry of account.ledger) this.#ledger.set(entry.seq, entry);
  }

  saved(): SavedAccount {
    const orders = [...this.#orders.values()];
    const alive = orders.filter(({ state }) => state === 'open' || state === 'untriggered');
    const ended = orders.filter(({ state }) => state !== 'open' && state !== 'untriggered');
    return {
      name: this.#name,
      selfTrading: this.#selfTrading,
      wallets: [...this.#wallets.values()],
      positions: [...this.#positions.values()],
      orders: [...ended.slice(-historyLimit), ...alive],
      mmp: this.#mmp,
      trades: this.#trades.slice(-historyLimit * 2),
      ledger: [...this.#ledger.values()].slice(-historyLimit * 2),
    };
  }
}
