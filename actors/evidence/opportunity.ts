/**
 * What an OPEN that did not trade would have been: the fill the simulator gives it on the book as it
 * stands, made worse by the realism penalty, and what that fill would have been worth later. Pure.
 */
import { formatScaled, gridFloat, gridText } from '../../streams/facts/decimal.ts';
import { isPricedInCoin } from '../../streams/facts/instrument.ts';
import type { OrderIntent } from '../../streams/facts/intent.ts';
import type { InstrumentView } from '../../streams/facts/market.ts';
import type { MarkoutRecordedPayload } from '../../streams/facts/schemas/evidence.ts';
import type { VenueTrade } from '../../streams/facts/venue-records.ts';
import { feeAtRateFloat } from './fees.ts';
import { simulateFill } from './fill-simulator.ts';

const bpsPerUnit = 10_000;
/** Decimals a simulated fee is rounded to: the venue's own precision in coin. */
const feeScale = 8;

/** Later moments at which it is looked what was missed, ms after it was certain. */
export const markoutHorizonsMs = [1_000, 10_000, 60_000, 600_000] as const;

export interface Missed {
  readonly intent: OrderIntent;
  /** Lots that did not trade. */
  readonly lots: number;
  readonly missed: MarkoutRecordedPayload['missed'];
  /** Reject code, or the state the order ended in. */
  readonly cause: string;
  /** Domain time it was certain, epoch µs. */
  readonly tsUs: number;
}

/** A simulated fill as a trade; `undefined`: the book had nothing within the limit. */
export function shadowTrade(
  { intent, lots, tsUs }: Missed,
  seen: InstrumentView | undefined,
  penaltyOf: (slippageBpsFloat: number) => number,
): VenueTrade | undefined {
  // What may only rest takes nothing.
  if (seen === undefined || intent.postOnly) return undefined;
  const { instrument, side, limitTicks } = intent;
  const indexFloat = seen.ticker?.indexFloat ?? null;
  const fill = simulateFill({ book: seen.book, side, lots, limitTicks });
  if (fill.filledLots === 0 || fill.slippageBpsFloat === null) return undefined;
  const touch = seen.book.ticksAt(side === 'buy' ? 'asks' : 'bids', 0);
  const bps = fill.slippageBpsFloat * penaltyOf(fill.slippageBpsFloat);
  const awayTicks = Math.ceil((touch * bps) / bpsPerUnit - 1e-9);
  // No fill is worse than its limit: what would have been is a smaller fill, not a worse one.
  const priceTicks =
    side === 'buy'
      ? Math.min(limitTicks, touch + awayTicks)
      : Math.max(limitTicks, touch - awayTicks);
  const priceFloat = gridFloat(instrument.price, priceTicks);
  const question = { instrument, lots: fill.filledLots, priceFloat };
  const fee = feeAtRateFloat(
    { ...question, indexFloat: indexFloat ?? Number.NaN },
    Number(instrument.row.taker_fee_rate),
  );
  if (!Number.isFinite(fee)) return undefined;
  return {
    tradeId: `shadow:${intent.intentId}`,
    tradeSeq: 0,
    orderId: 'shadow',
    instrument,
    label: intent.label,
    side,
    priceTicks,
    lots: fill.filledLots,
    fee: formatScaled({ units: BigInt(Math.round(fee * 10 ** feeScale)), scale: feeScale }),
    feeCurrency: instrument.row.settlement_currency,
    liquidity: 'taker',
    tsUs,
    markFloat: seen.ticker?.markFloat ?? null,
    indexFloat,
  };
}

/** USD the fill has made at this mark, before fees; null without an index where one is needed. */
function gainUsdFloat(trade: VenueTrade, mark: number, index: number | null): number | null {
  const { instrument, lots, priceTicks, side } = trade;
  const price = gridFloat(instrument.price, priceTicks);
  const amount = gridFloat(instrument.amount, lots) * (side === 'buy' ? 1 : -1);
  if (instrument.amountUnit === 'usd') return (amount * (mark - price)) / price;
  if (!isPricedInCoin(instrument)) return amount * (mark - price);
  return index === null ? null : amount * (mark - price) * index;
}

function feeUsdFloat(trade: VenueTrade): number | null {
  if (trade.feeCurrency !== trade.instrument.row.base_currency) return Number(trade.fee);
  return trade.indexFloat === null ? null : Number(trade.fee) * trade.indexFloat;
}

/** Nothing was there to take: nothing was missed, whatever the market did. */
function opportunityUsd(
  trade: VenueTrade | undefined,
  mark: number | null,
  index: number | null,
): number | null {
  if (trade === undefined) return 0;
  const gain = mark === null ? null : gainUsdFloat(trade, mark, index);
  const fee = feeUsdFloat(trade);
  return gain === null || fee === null ? null : gain - fee;
}

/** Keys in canonical order. */
export function markoutRow(
  { intent, lots, missed, cause, tsUs }: Missed,
  trade: VenueTrade | undefined,
  horizonMs: number,
  seen: InstrumentView | undefined,
): MarkoutRecordedPayload {
  const { instrument, side } = intent;
  const price = gridFloat(instrument.price, trade?.priceTicks ?? intent.limitTicks);
  const ticker = seen?.ticker;
  const mark = ticker !== undefined && ticker.markFloat > 0 ? ticker.markFloat : null;
  const index = ticker !== undefined && ticker.indexFloat > 0 ? ticker.indexFloat : null;
  const towards = side === 'buy' ? 1 : -1;
  return {
    amount: gridText(instrument.amount, lots),
    cause,
    decision_id: intent.decisionId,
    group_id: intent.groupId,
    horizon_ms: horizonMs,
    instrument: instrument.name,
    intent_id: intent.intentId,
    mark_price_float: mark,
    markout_bps_float: mark === null ? null : ((mark - price) / price) * bpsPerUnit * towards,
    missed,
    missed_us: tsUs,
    opportunity_usd_float: opportunityUsd(trade, mark, index),
    price_float: price,
    side,
    simulated_amount: trade === undefined ? '0' : gridText(instrument.amount, trade.lots),
    strategy_id: intent.strategyId,
  };
}
