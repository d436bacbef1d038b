/**
 * Books one fill on both sides: trade record, fees, positions, order progress, history. Both
 * sides use the same rounded worth, so the sum over all accounts does not move.
 */
import type { Side } from '../../facts/market.ts';
import { type Account, bookFill, heldLots, historyLimit, walletOf } from './account.ts';
import type { VenueEngine } from './engine.ts';
import { noteCash } from './ledger.ts';
import type { Market } from './market.ts';
import { noteProtectedFill } from './mmp-state.ts';
import { type Order, remainingLots } from './order.ts';
import { moneyPerUnit } from './product.ts';
import type { PublicTrade } from './trade.ts';
import { amountFloat, exactWorth, feeUnits, priceFloat } from './value.ts';

export function oppositeOf(side: Side): Side {
  return side === 'buy' ? 'sell' : 'buy';
}

/** A trade between two orders; `maker` undefined is the recorded book (its tape account). */
export function fill(
  engine: VenueEngine,
  market: Market,
  taker: Order | undefined,
  maker: Order | undefined,
  takerSide: Side,
  ticks: number,
  lots: number,
): void {
  const taped = taker === undefined || maker === undefined;
  const liquidation = taker?.liquidation === true ? 'T' : undefined;
  const trade = recordTrade(engine, market, takerSide, ticks, lots, taped, liquidation);
  settleSide(engine, market, taker, trade, takerSide, 'taker');
  settleSide(engine, market, maker, trade, oppositeOf(takerSide), 'maker');
}

function recordTrade(
  engine: VenueEngine,
  market: Market,
  side: Side,
  ticks: number,
  lots: number,
  taped: boolean,
  liquidation: 'T' | undefined,
): PublicTrade {
  // A trade against a recording is ours alone: the public tape and its sequence stay as recorded.
  if (!taped) market.tradeSeq += 1;
  const trade: PublicTrade = {
    id: engine.nextTradeId(market.product),
    seq: market.tradeSeq,
    tsUs: engine.nowUs,
    priceTicks: ticks,
    lots,
    side,
    tickDirection: tickDirectionOf(market, ticks),
    mark: market.shownMark(),
    index: Math.round(market.mark.index * 100) / 100,
    iv: market.product.kind === 'option' ? market.mark.markIv : undefined,
    liquidation,
  };
  if (!taped) publishTrade(engine, market, trade);
  return trade;
}

/** Makes a trade public: last price, day figures, channel. */
export function publishTrade(engine: VenueEngine, market: Market, trade: PublicTrade): void {
  market.lastTickDirection = trade.tickDirection;
  market.remember(trade);
  const { day, product } = market;
  const price = priceFloat(product, trade.priceTicks);
  const amount = amountFloat(product, trade.lots);
  const worth = product.kind === 'option' ? price * market.mark.index : price;
  const coins = product.inverse ? amount / price : amount;
  day.add(trade.tsUs, price, coins, product.inverse ? amount : amount * worth);
  engine.addTrade(market, trade);
}

/** 0 up, 1 zero-up, 2 down, 3 zero-down, against the last trade. */
export function tickDirectionOf(market: Market, ticks: number): number {
  const last = market.lastTrade;
  if (last === undefined) return 1;
  if (ticks > last.priceTicks) return 0;
  if (ticks < last.priceTicks) return 2;
  return market.lastTickDirection < 2 ? 1 : 3;
}

function settleSide(
  engine: VenueEngine,
  market: Market,
  order: Order | undefined,
  trade: PublicTrade,
  side: Side,
  liquidity: 'maker' | 'taker',
): void {
  const { product } = market;
  const account = order?.account ?? engine.tapeAccount;
  const price = priceFloat(product, trade.priceTicks);
  const fee = account.house ? 0 : feeUnits(product, liquidity, trade.lots, price);
  engine.touchedBooks.account(account).add(market);
  const before = Math.abs(heldLots(account, product));
  const wallet = walletOf(account, product.currency);
  const cashBefore = wallet.cash;
  const profit = bookFill(account, product, side, trade.lots, price, fee);
  const after = Math.abs(heldLots(account, product));
  market.openInterestLots += (after - before) / 2;
  if (fee !== 0) {
    engine.collectedFees.set(
      product.currency,
      (engine.collectedFees.get(product.currency) ?? 0) + fee,
    );
  }
  if (order === undefined) return;
  order.filledLots += trade.lots;
  order.filledWorth += exactWorth(product, trade.lots, price);
  order.updatedUs = engine.nowUs;
  if (remainingLots(order) === 0) finish(order, 'filled');
  if (account.house) return;
  noteCash(engine, account, product.currency, 'trade', wallet.cash - cashBefore, {
    ...tradeDetails(market, trade, side, liquidity),
    order_id: order.id,
    commission: fee / moneyPerUnit,
    cashflow: (wallet.cash - cashBefore + fee) / moneyPerUnit,
    position: amountFloat(product, heldLots(account, product)),
  });
  if (order.mmp || order.quote !== undefined)
    noteProtectedFill(engine, order, trade.priceTicks, trade.lots);
  const record = {
    trade,
    productIndex: product.index,
    orderId: order.id,
    orderType: order.type,
    side,
    liquidity,
    fee,
    label: order.label,
    orderState: order.state,
    profit,
    postOnly: order.postOnly,
    reduceOnly: order.reduceOnly,
  };
  account.trades.push(record);
  if (account.trades.length > historyLimit * 2)
    account.trades.splice(0, account.trades.length - historyLimit);
  engine.noteTrade(account, market, record);
  engine.noteOrder(order);
}

function tradeDetails(
  { product }: Market,
  trade: PublicTrade,
  side: Side,
  liquidity: 'maker' | 'taker',
): Record<string, unknown> {
  return {
    instrument_name: product.name,
    trade_id: trade.id,
    side,
    amount: amountFloat(product, trade.lots),
    price: priceFloat(product, trade.priceTicks),
    price_currency: product.inverse ? 'USD' : product.currency,
    user_role: liquidity,
    mark_price: trade.mark,
    index_price: trade.index,
  };
}

/** Ends an order's life and moves it to the history. The caller has taken it off the book. */
export function finish(order: Order, state: 'filled' | 'cancelled' | 'triggered'): void {
  order.state = state;
  order.account.openOrders.delete(order.id);
  rememberFinished(order.account, order);
}

function rememberFinished(account: Account, order: Order): void {
  if (account.house) return;
  account.finishedOrders.set(order.id, order);
  if (account.finishedOrders.size <= historyLimit) return;
  const oldest = account.finishedOrders.keys().next().value;
  if (oldest !== undefined) account.finishedOrders.delete(oldest);
}
