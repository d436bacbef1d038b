/**
 * What happens when equity falls below the maintenance margin: open orders of the currency are
 * cancelled, then the position that needs most margin is reduced in steps by market orders until
 * the account can carry what is left. A debt that remains is paid by the insurance account.
 */
import { type Account, walletOf } from './account.ts';
import type { VenueEngine } from './engine.ts';
import { moveCash } from './ledger.ts';
import { holdingMargin, type MarginFigures, marginOf } from './margin.ts';
import type { Market } from './market.ts';
import { cancelWhere, place } from './orders.ts';
import { VenueError } from './venue-error.ts';

/** Share of a position closed in one step. */
const stepShare = 0.25;

/** Looks after every customer; called every second. Inside `engine.run`. */
export function liquidate(engine: VenueEngine): void {
  for (const account of engine.accounts) {
    if (account.house) continue;
    for (const currency of account.wallets.keys()) checkCurrency(engine, account, currency);
  }
}

/** True when the account may not keep what it holds. */
export function isUnderMargin(figures: MarginFigures): boolean {
  return figures.maintenance > 0 && figures.equity < figures.maintenance;
}

function checkCurrency(engine: VenueEngine, account: Account, currency: string): void {
  const figures = marginOf(account, currency, (index) => engine.marketAt(index));
  if (isUnderMargin(figures)) {
    const inCurrency = (order: { market: Market }): boolean =>
      order.market.product.currency === currency;
    cancelWhere(engine, account, inCurrency, 'autoliquidation');
    reduceLargest(engine, account, currency);
  } else if (figures.maintenance === 0 && figures.equity < 0 && figures.optionsValue === 0)
    forgive(engine, account, currency, -figures.equity);
}

function reduceLargest(engine: VenueEngine, account: Account, currency: string): void {
  let worst: { market: Market; lots: number; margin: number } | undefined;
  for (const position of account.positions.values()) {
    if (position.product.currency !== currency || position.lots === 0) continue;
    const market = engine.marketAt(position.product.index);
    const margin = holdingMargin(market, position.lots)[1];
    if (market.state === 'open' && margin > (worst?.margin ?? 0))
      worst = { market, lots: position.lots, margin };
  }
  if (worst === undefined) return;
  const { market, lots } = worst;
  const { minLots } = market.product.instrument;
  const held = Math.abs(lots);
  const part = Math.ceil((held * stepShare) / minLots) * minLots;
  try {
    place(engine, account, market, {
      side: lots > 0 ? 'sell' : 'buy',
      type: 'market',
      lots: Math.min(held, part),
      priceTicks: 0,
      timeInForce: 'immediate_or_cancel',
      postOnly: false,
      rejectPostOnly: false,
      reduceOnly: true,
      mmp: false,
      label: '',
      sessionId: 0,
      liquidation: true,
    });
  } catch (error) {
    // No price to close at now: the next check tries again.
    if (!(error instanceof VenueError)) throw error;
  }
}

function forgive(engine: VenueEngine, account: Account, currency: string, debt: number): void {
  engine.touchedBooks.whole = true;
  moveCash(engine, account, currency, 'correction', debt);
  walletOf(engine.insurance, currency).cash -= debt;
}
