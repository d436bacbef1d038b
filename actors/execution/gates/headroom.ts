/** Room for more: depth of the book, repetition, session windows, margin, the correlated whole. */
import type { OrderIntent } from '../../../streams/facts/intent.ts';
import { usPerMinute } from '../../../streams/facts/time.ts';
import { deltaRange } from '../portfolio-delta.ts';
import { type GateResult, type GateView, reject } from './gate.ts';

/** Levels whose lots an order is measured against. */
const depthLevels = 5;
const minutePerDay = 1_440;

/** No order that is a large part of what the other side shows. Rests or takes: it moves the market. */
export function depthShareGate(intent: OrderIntent, view: GateView): GateResult {
  const book = view.seen?.book;
  if (intent.class !== 'OPEN' || book === undefined || !book.valid) return undefined;
  const opposite = intent.side === 'buy' ? 'asks' : 'bids';
  let lots = 0;
  const levels = Math.min(book.depth(opposite), depthLevels);
  for (let level = 0; level < levels; level += 1) lots += book.lotsAt(opposite, level);
  // An empty side is the liquidity gate's to refuse: it knows the better reason.
  if (lots === 0 || intent.qtyLots <= lots * view.policy.order_depth_share_max) return undefined;
  return reject('OrderSizeVsDepthTooLarge', { lots: intent.qtyLots, depth_lots: lots });
}

export function repeatGate(intent: OrderIntent, view: GateView): GateResult {
  if (intent.class !== 'OPEN' || !view.repeats(intent)) return undefined;
  return reject('RepeatedExecutionThrottled', { max: view.policy.repeated_execution_max });
}

/** UTC windows, minutes of the day; none configured: any time. A window may pass midnight. */
export function sessionGate(intent: OrderIntent, view: GateView): GateResult {
  const { sessions_utc } = view.policy;
  if (intent.class !== 'OPEN' || sessions_utc.length === 0) return undefined;
  const minute = Math.floor(view.nowUs / usPerMinute) % minutePerDay;
  const inside = sessions_utc.some(({ from_minute, to_minute }) =>
    from_minute <= to_minute
      ? minute >= from_minute && minute < to_minute
      : minute >= from_minute || minute < to_minute,
  );
  return inside ? undefined : reject('OutsideSession', { minute });
}

/** Maintenance margin use of the account; unknown is the guard's business, not this gate's. */
export function marginGate(intent: OrderIntent, view: GateView): GateResult {
  const use = view.marginUse;
  if (intent.class !== 'OPEN' || use === undefined) return undefined;
  if (use < view.policy.mm_util_reject_opens) return undefined;
  return reject('MarginHeadroomRejectOpens', { use, max: view.policy.mm_util_reject_opens });
}

/** How much of the one underlying's move is taken for granted in the other. Conservative. */
function correlation(one: string, other: string): number {
  if (one === other) return 1;
  const pair = new Set([one, other]);
  return pair.has('BTC') && pair.has('ETH') ? 0.8 : 0.6;
}

/**
 * Worst-case delta of all underlyings together, current and pending:
 * √ Σᵢⱼ ρᵢⱼ |δᵢ| |δⱼ|. Signs are ignored: correlations that hedge are not counted on.
 */
export function portfolioGate(intent: OrderIntent, view: GateView): GateResult {
  if (intent.class !== 'OPEN') return undefined;
  const { max_portfolio_delta_usd, max_position_delta_usd = 0 } = view.policy;
  const max = max_portfolio_delta_usd ?? max_position_delta_usd * defaultPortfolioFactor;
  const pending = [...view.group.earlier, intent];
  const own = intent.instrument.row.base_currency;
  const currencies = new Set([own]);
  for (const { instrument } of view.exposure.rows) currencies.add(instrument.row.base_currency);
  for (const leg of view.group.earlier) currencies.add(leg.instrument.row.base_currency);
  // One underlying alone is what the position limit has judged already.
  if (currencies.size === 1) return undefined;
  const { market, exposure } = view;
  const worst = [...currencies].map((baseCurrency) => ({
    baseCurrency,
    usd: deltaRange({ baseCurrency, market, exposure, pending }).worstUsdFloat,
  }));
  let squares = 0;
  for (const one of worst) {
    for (const other of worst) {
      squares += correlation(one.baseCurrency, other.baseCurrency) * one.usd * other.usd;
    }
  }
  const usd = Math.sqrt(squares);
  if (usd <= max) return undefined;
  return reject('GlobalExposureBudgetExceeded', {
    usd: Number.isNaN(usd) ? null : usd,
    max_usd: max,
  });
}

/** Without a limit of its own the portfolio may hold this many times the limit of one underlying. */
const defaultPortfolioFactor = 1.5;
