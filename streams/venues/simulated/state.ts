/**
 * What survives a restart of the venue: sequences, money, positions, and the orders and trades of
 * customers. House orders are not kept: their makers quote anew. Positions of house accounts are
 * kept, so that the sum over all accounts stays zero.
 */
import { type Account, type Position, positionOf, walletOf } from './account.ts';
import type { VenueEngine } from './engine.ts';
import { rest } from './matching.ts';
import { mmpKey } from './mmp-state.ts';
import type { Order } from './order.ts';
import { type EngineState, engineSchema } from './state-schema.ts';
import type { UserTrade } from './trade.ts';
import { watch } from './trigger-orders.ts';

/** More change ids than a venue gives out between two writings of its state. */
const changeIdHeadroom = 100_000_000;

/** The state as plain JSON values. */
export function dumpEngine(engine: VenueEngine): EngineState {
  return {
    version: 1,
    savedUs: engine.nowUs,
    settledUs: engine.settledUs,
    sequences: { ...engine.sequences },
    collectedFees: [...engine.collectedFees],
    markets: engine.markets.map((market) => ({
      product: market.product.name,
      tradeSeq: market.tradeSeq,
      ...(market.state === 'closed' ? { delivery: market.settlementPrice } : {}),
    })),
    accounts: engine.accounts.map((account) => dumpAccount(engine, account)),
    settlements: engine.settlements.map(({ productIndex, account, ...figures }) => ({
      ...figures,
      product: engine.marketAt(productIndex).product.name,
      account: account.name,
    })),
  };
}

function dumpAccount(engine: VenueEngine, account: Account): EngineState['accounts'][number] {
  const orders = account.house
    ? []
    : [...account.finishedOrders.values(), ...account.openOrders.values()];
  return {
    name: account.name,
    selfTrading: account.selfTrading,
    wallets: [...account.wallets.values()].map((wallet) => ({ ...wallet })),
    positions: [...account.positions.values()].map(dumpPosition),
    orders: orders.map(dumpOrder),
    ledger: account.ledger,
    trades: account.trades.map((trade) => dumpTrade(engine, trade)),
    mmp: [...account.mmp.values()],
  };
}

type SavedAccount = EngineState['accounts'][number];

export function dumpPosition({ product, ...figures }: Position): SavedAccount['positions'][number] {
  return { product: product.name, ...figures };
}

export function dumpTrade(
  engine: VenueEngine,
  { productIndex, ...trade }: UserTrade,
): SavedAccount['trades'][number] {
  return { ...trade, product: engine.marketAt(productIndex).product.name };
}

export function dumpOrder(order: Order): EngineState['accounts'][number]['orders'][number] {
  const {
    account: _account,
    market,
    sessionId: _session,
    next: _next,
    previous: _previous,
    queueAheadLots: _queue,
    ...rest
  } = order;
  return { ...rest, product: market.product.name };
}

/**
 * Puts a dumped state into a fresh engine whose customer accounts are open already (matched by
 * name). Call before the source joins, so that its makers meet the restored orders. Products that are not listed any more are left out. Throws a zod
 * error when the state is not what `dumpEngine` wrote.
 */
export function restoreEngine(engine: VenueEngine, value: unknown): void {
  const state = engineSchema.parse(value);
  Object.assign(engine.sequences, state.sequences);
  // Frames were published after the state was written: their ids are not used again.
  engine.sequences.changeId += changeIdHeadroom;
  engine.settledUs = state.settledUs;
  for (const [currency, units] of state.collectedFees) engine.collectedFees.set(currency, units);
  for (const saved of state.markets) {
    const market = engine.findMarket(saved.product);
    if (market === undefined) continue;
    market.tradeSeq = Math.max(market.tradeSeq, saved.tradeSeq);
    if (saved.delivery === undefined) continue;
    market.state = 'closed';
    market.settlementPrice = saved.delivery;
  }
  engine.run(state.savedUs, () => {
    for (const saved of state.accounts) {
      const known = engine.accounts.find((each) => each.name === saved.name);
      // A customer the configuration no longer names keeps its positions as a house account.
      restoreAccount(engine, known ?? engine.openAccount(saved.name, true), saved);
    }
    for (const { product, account: owner, ...figures } of state.settlements) {
      const market = engine.findMarket(product);
      const account = engine.accounts.find(({ name }) => name === owner);
      if (market === undefined || account === undefined) continue;
      engine.settlements.push({ ...figures, account, productIndex: market.product.index });
    }
  });
}

function restoreAccount(
  engine: VenueEngine,
  account: Account,
  saved: EngineState['accounts'][number],
): void {
  account.selfTrading = saved.selfTrading;
  for (const group of saved.mmp)
    account.mmp.set(mmpKey(group.config.indexName, group.config.group), group);
  for (const wallet of saved.wallets) Object.assign(walletOf(account, wallet.currency), wallet);
  for (const { product, ...figures } of saved.positions) {
    const market = engine.findMarket(product);
    if (market !== undefined) Object.assign(positionOf(account, market.product), figures);
  }
  // The deposits of this start stand in the saved ledger already, unless it was never written whole.
  const [first] = saved.ledger;
  const before = account.ledger.filter(({ seq }) => first === undefined || seq < first.seq);
  account.ledger.splice(0, account.ledger.length, ...before, ...saved.ledger);
  account.ledgerSeq = account.ledger.at(-1)?.seq ?? 0;
  for (const row of saved.orders) restoreOrder(engine, account, row);
  for (const { product, ...trade } of saved.trades) {
    const market = engine.findMarket(product);
    if (market === undefined) continue;
    account.trades.push({
      ...trade,
      trade: { ...trade.trade, iv: trade.trade.iv },
      productIndex: market.product.index,
    });
  }
}

function restoreOrder(
  engine: VenueEngine,
  account: Account,
  saved: EngineState['accounts'][number]['orders'][number],
): void {
  const { product, ...fields } = saved;
  const market = engine.findMarket(product);
  if (market === undefined) return;
  const order: Order = {
    ...fields,
    originalType: fields.originalType,
    trigger: fields.trigger,
    iceberg: fields.iceberg,
    advanced: fields.advanced,
    links: fields.links,
    quote: fields.quote,
    triggerOrderId: fields.triggerOrderId,
    cancelReason: fields.cancelReason,
    account,
    market,
    sessionId: 0,
    queueAheadLots: 0,
    next: undefined,
    previous: undefined,
  };
  if (order.state === 'open') rest(engine, order);
  else if (order.state === 'untriggered') watch(engine, order);
  else account.finishedOrders.set(order.id, order);
}
