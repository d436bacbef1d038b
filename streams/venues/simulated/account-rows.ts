/** Positions and account summaries as the wire shows them. */
import { type Account, type Position, walletOf } from './account.ts';
import type { VenueEngine } from './engine.ts';
import { holdingMargin, liquidationPrice, type MarginFigures, marginOf } from './margin.ts';
import type { Market } from './market.ts';
import { moneyPerUnit } from './product.ts';
import { amountFloat, holdingUnits } from './value.ts';
import { averagePrice, rounded } from './wire-figures.ts';

export function positionRow(
  market: Market,
  position: Position | undefined,
  figures?: MarginFigures,
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
    estimated_liquidation_price: liquidationOf(market, lots, figures),
    realized_funding: (position?.funding ?? 0) / moneyPerUnit,
    interest_value: 0,
  };
}

function liquidationOf(
  market: Market,
  lots: number,
  figures: MarginFigures | undefined,
): number | null {
  const price = figures === undefined ? null : liquidationPrice(market, lots, figures);
  return price === null ? null : rounded(price, 1e2);
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
