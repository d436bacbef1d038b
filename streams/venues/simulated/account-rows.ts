/** Orders, user trades, positions and account summaries as the wire shows them. */
import { type Account, type Position, walletOf } from './account.ts';
import type { VenueEngine } from './engine.ts';
import { holdingMargin, marginOf } from './margin.ts';
import type { Market } from './market.ts';
import type { Order } from './order.ts';
import { moneyPerUnit, type Product } from './product.ts';
import type { UserTrade } from './trade.ts';
import { amountFloat, holdingUnits, priceFloat } from './value.ts';

const eightDigits = 1e8;

function rounded(value: number, perUnit = eightDigits): number {
  return Math.round(value * perUnit) / perUnit;
}

function contractsOf(product: Product, lots: number): number {
  return amountFloat(product, lots) / product.contractSizeFloat;
}

/** Average price of `lots` whose worth is known; 0 when nothing was traded. */
export function averagePrice(product: Product, lots: number, worth: number): number {
  if (lots === 0 || worth === 0) return 0;
  const amount = amountFloat(product, Math.abs(lots));
  return rounded(product.inverse ? amount / worth : worth / amount, 1e6);
}

/** A market order that waits has no price yet: the venue says so in words. */
function isMarketTrigger(order: Order): boolean {
  return order.trigger !== undefined && order.type === 'market';
}

function triggerFields(order: Order): Record<string, unknown> {
  const { trigger, triggerOrderId } = order;
  if (trigger === undefined) return { trigger_order_id: triggerOrderId };
  return {
    trigger: trigger.by,
    trigger_price: trigger.price,
    triggered: order.state === 'triggered',
  };
}

export function orderRow(order: Order): Record<string, unknown> {
  const { product } = order.market;
  return {
    web: false,
    user_id: order.account.userId,
    time_in_force: order.timeInForce,
    risk_reducing: false,
    replaced: order.replaced,
    reject_post_only: order.rejectPostOnly,
    reduce_only: order.reduceOnly,
    price: isMarketTrigger(order) ? 'market_price' : priceFloat(product, order.priceTicks),
    post_only: order.postOnly,
    order_type: order.trigger === undefined ? order.type : `${order.trigger.kind}_${order.type}`,
    ...triggerFields(order),
    original_order_type: order.originalType,
    order_state: order.state,
    order_id: order.id,
    mmp: order.mmp,
    last_update_timestamp: Math.floor(order.updatedUs / 1_000),
    label: order.label,
    is_liquidation: order.liquidation,
    instrument_name: product.name,
    filled_amount: amountFloat(product, order.filledLots),
    direction: order.side,
    creation_timestamp: Math.floor(order.createdUs / 1_000),
    contracts: contractsOf(product, order.lots),
    cancel_reason: order.cancelReason,
    average_price: averagePrice(product, order.filledLots, order.filledWorth),
    api: true,
    amount: amountFloat(product, order.lots),
  };
}

export function userTradeRow(
  engine: VenueEngine,
  account: Account,
  item: UserTrade,
): Record<string, unknown> {
  const { trade } = item;
  const { product } = engine.marketAt(item.productIndex);
  return {
    trade_seq: trade.seq,
    trade_id: trade.id,
    timestamp: Math.floor(trade.tsUs / 1_000),
    tick_direction: trade.tickDirection,
    state: item.orderState,
    self_trade: false,
    risk_reducing: false,
    reduce_only: item.reduceOnly,
    profit_loss: item.profit / moneyPerUnit,
    price: priceFloat(product, trade.priceTicks),
    post_only: item.postOnly,
    order_type: item.orderType,
    order_id: item.orderId,
    mmp: false,
    matching_id: null,
    mark_price: trade.mark === null ? undefined : rounded(trade.mark),
    liquidation: trade.liquidation,
    liquidity: item.liquidity === 'maker' ? 'M' : 'T',
    label: item.label === '' ? undefined : item.label,
    iv: trade.iv,
    instrument_name: product.name,
    index_price: trade.index === null ? undefined : rounded(trade.index),
    fee_currency: product.currency,
    fee: item.fee / moneyPerUnit,
    direction: item.side,
    contracts: contractsOf(product, trade.lots),
    api: true,
    amount: amountFloat(product, trade.lots),
    user_id: account.userId,
  };
}

export function positionRow(
  market: Market,
  position: Position | undefined,
): Record<string, unknown> {
  const { product } = market;
  const lots = position?.lots ?? 0;
  const mark = market.referencePrice();
  const floating = lots === 0 ? 0 : (position?.basis ?? 0) + holdingUnits(product, lots, mark);
  const realised = position?.realised ?? 0;
  const [initial, maintenance] = holdingMargin(market, lots);
  const size = amountFloat(product, lots);
  const average = averagePrice(product, lots, position?.entryWorth ?? 0);
  const shared = {
    total_profit_loss: (floating + realised) / moneyPerUnit,
    size,
    settlement_price: market.settlementPrice,
    realized_profit_loss: realised / moneyPerUnit,
    mark_price: rounded(mark),
    maintenance_margin: maintenance / moneyPerUnit,
    kind: product.kind,
    instrument_name: product.name,
    initial_margin: initial / moneyPerUnit,
    index_price: rounded(market.mark.index),
    floating_profit_loss: floating / moneyPerUnit,
    direction: lots === 0 ? 'zero' : lots > 0 ? 'buy' : 'sell',
    average_price: average,
    open_orders_margin: 0,
  };
  if (product.kind === 'option')
    return { ...shared, ...optionFigures(market, size, average, floating) };
  const coins = product.inverse ? (mark > 0 ? size / mark : 0) : size;
  return {
    ...shared,
    delta: rounded(coins),
    size_currency: rounded(coins),
    leverage: 50,
    estimated_liquidation_price: null,
    realized_funding: (position?.funding ?? 0) / moneyPerUnit,
    interest_value: 0,
  };
}

function optionFigures(
  market: Market,
  size: number,
  average: number,
  floating: number,
): Record<string, unknown> {
  const greeks = market.mark.greeks;
  const index = market.mark.index;
  return {
    delta: rounded((greeks?.deltaFloat ?? 0) * size),
    gamma: rounded((greeks?.gammaFloat ?? 0) * size),
    vega: rounded((greeks?.vegaFloat ?? 0) * size),
    theta: rounded((greeks?.thetaFloat ?? 0) * size),
    average_price_usd: rounded(average * index, 1e2),
    floating_profit_loss_usd: rounded((floating / moneyPerUnit) * index, 1e6),
  };
}

/** Request rates of the account, as configured; the client sizes its throttles from them. */
export interface RateFigures {
  readonly nonMatching: { readonly burst: number; readonly rate: number };
  readonly matching: { readonly burst: number; readonly rate: number };
}

export function limitsRow(rates: RateFigures): Record<string, unknown> {
  return {
    limits_per_currency: false,
    non_matching_engine: rates.nonMatching,
    matching_engine: {
      trading: { total: rates.matching },
      spot: rates.matching,
      quotes: { burst: 500, rate: 500 },
      max_quotes: { burst: 500, rate: 500 },
      guaranteed_quotes: { burst: 2, rate: 2 },
      cancel_all: rates.matching,
    },
  };
}

export function summaryRow(
  engine: VenueEngine,
  account: Account,
  currency: string,
  rates: RateFigures,
): Record<string, unknown> {
  const figures = marginOf(account, currency, (index) => engine.marketAt(index));
  const wallet = walletOf(account, currency);
  const coins = (units: number): number => units / moneyPerUnit;
  const greeks = greekTotals(engine, account, currency);
  return {
    currency,
    balance: coins(figures.balance),
    equity: coins(figures.equity),
    margin_balance: coins(figures.balance + figures.futuresFloating),
    available_funds: coins(Math.max(0, figures.available)),
    available_withdrawal_funds: coins(Math.max(0, Math.min(figures.available, figures.balance))),
    initial_margin: coins(figures.initial),
    maintenance_margin: coins(figures.maintenance),
    projected_initial_margin: coins(figures.initial),
    projected_maintenance_margin: coins(figures.maintenance),
    session_upl: coins(figures.futuresFloating + figures.optionsFloating),
    session_rpl: coins(wallet.realised),
    total_pl: coins(figures.futuresFloating + figures.optionsFloating + wallet.realised),
    futures_pl: coins(figures.futuresFloating),
    futures_session_upl: coins(figures.futuresFloating),
    futures_session_rpl: 0,
    options_pl: coins(figures.optionsFloating),
    options_value: coins(figures.optionsValue),
    options_session_upl: coins(figures.optionsFloating),
    options_session_rpl: 0,
    ...greeks,
    spot_reserve: 0,
    locked_balance: 0,
    additional_reserve: 0,
    fee_balance: 0,
    margin_model: 'segregated_sm',
    portfolio_margining_enabled: false,
    cross_collateral_enabled: false,
    limits: limitsRow(rates),
  };
}

function greekTotals(
  engine: VenueEngine,
  account: Account,
  currency: string,
): Record<string, number> {
  let delta = 0;
  const totals = { options_delta: 0, options_gamma: 0, options_vega: 0, options_theta: 0 };
  for (const position of account.positions.values()) {
    if (position.product.currency !== currency || position.lots === 0) continue;
    const market = engine.marketAt(position.product.index);
    const size = amountFloat(position.product, position.lots);
    const greeks = market.mark.greeks;
    if (position.product.kind === 'future') {
      delta += position.product.inverse ? size / Math.max(market.referencePrice(), 1e-9) : size;
    } else if (greeks !== undefined) {
      totals.options_delta += greeks.deltaFloat * size;
      totals.options_gamma += greeks.gammaFloat * size;
      totals.options_vega += greeks.vegaFloat * size;
      totals.options_theta += greeks.thetaFloat * size;
    }
  }
  return {
    delta_total: rounded(delta + totals.options_delta),
    options_delta: rounded(totals.options_delta),
    options_gamma: rounded(totals.options_gamma),
    options_vega: rounded(totals.options_vega),
    options_theta: rounded(totals.options_theta),
  };
}
