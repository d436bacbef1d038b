/**
 * The market of one instrument at a moment, as far as profit is explained by it, and the explanation:
 * what the filled amount gained or lost between decision and fill, by greeks. Pure, floats.
 */
import { gridFloat } from '../../streams/facts/decimal.ts';
import { type Instrument, isPricedInCoin } from '../../streams/facts/instrument.ts';
import type { Greeks, InstrumentView } from '../../streams/facts/market.ts';
import type {
  AttributionRecordedPayload,
  SnapshotInstrument,
} from '../../streams/facts/schemas/evidence.ts';
import type { VenueTrade } from '../../streams/facts/venue-records.ts';
import { decomposePnl } from './pnl-decomposition.ts';

/** A future is its underlying. */
const linearGreeks: Greeks = { deltaFloat: 1, gammaFloat: 0, thetaFloat: 0, vegaFloat: 0 };
const percent = 0.01;

export interface DecisionMark {
  readonly tsUs: number;
  /** Price of the underlying the greeks are about, USD. */
  readonly spotFloat: number;
  readonly ivPercentFloat: number;
  /** Per coin: delta per USD, gamma per USD², theta in USD per day, vega in USD per 1 %. */
  readonly greeks: Greeks;
  /** What one coin of it is worth, USD. */
  readonly unitUsdFloat: number;
}

/** What a mark is made of, as a ticker or a recorded snapshot tells it. */
interface Told {
  readonly markFloat: number | null;
  readonly indexFloat: number | null;
  readonly underlyingFloat: number | null;
  readonly ivPercentFloat: number | null;
  readonly greeks: Greeks | null;
}

/** Null when something it needs is not known: nothing is explained by a guess. */
function markFrom(told: Told, instrument: Instrument, tsUs: number): DecisionMark | null {
  const { markFloat, indexFloat, greeks, ivPercentFloat } = told;
  if (markFloat === null || !(markFloat > 0)) return null;
  if (instrument.kind !== 'option') {
    const future = { greeks: linearGreeks, ivPercentFloat: 0, spotFloat: markFloat };
    return { tsUs, ...future, unitUsdFloat: markFloat };
  }
  const spotFloat = told.underlyingFloat ?? indexFloat;
  if (greeks === null || ivPercentFloat === null || indexFloat === null) return null;
  if (spotFloat === null || !(spotFloat > 0)) return null;
  const unitUsdFloat = markFloat * (isPricedInCoin(instrument) ? indexFloat : 1);
  return { tsUs, spotFloat, ivPercentFloat, greeks, unitUsdFloat };
}

export function markOf(seen: InstrumentView | undefined, tsUs: number): DecisionMark | null {
  const ticker = seen?.ticker;
  if (seen === undefined || ticker === undefined) return null;
  return markFrom({ ...ticker, ivPercentFloat: ticker.markIvFloat }, seen.instrument, tsUs);
}

/** The mark a recorded snapshot tells of: the same that was taken when it was made. */
export function markOfSnapshot(
  seen: SnapshotInstrument,
  instrument: Instrument,
  tsUs: number,
): DecisionMark | null {
  const { delta_float, gamma_float, theta_float, vega_float } = seen;
  const known = delta_float !== null && gamma_float !== null && theta_float !== null;
  const greeks =
    known && vega_float !== null
      ? {
          deltaFloat: delta_float,
          gammaFloat: gamma_float,
          thetaFloat: theta_float,
          vegaFloat: vega_float,
        }
      : null;
  const told = {
    markFloat: seen.mark_price_float,
    indexFloat: seen.index_price_float,
    underlyingFloat: seen.underlying_price_float ?? null,
    ivPercentFloat: seen.mark_iv_percent_float,
    greeks,
  };
  return markFrom(told, instrument, tsUs);
}

/** Signed amount in coin: an inverse amount is in USD. */
function coinFloat(trade: VenueTrade, from: DecisionMark): number {
  const amount = gridFloat(trade.instrument.amount, trade.lots);
  const coin = trade.instrument.amountUnit === 'usd' ? amount / from.spotFloat : amount;
  return trade.side === 'buy' ? coin : -coin;
}

/** Null without both ends. `to` is the market when the fill was booked. */
export function decompositionOf(
  trade: VenueTrade,
  from: DecisionMark | null,
  to: DecisionMark | null,
  feeUsdFloat: number | null,
): AttributionRecordedPayload['decomposition'] {
  if (from === null || to === null) return null;
  const amountFloat = coinFloat(trade, from);
  const { greeks } = from;
  const totalPnlFloat = amountFloat * (to.unitUsdFloat - from.unitUsdFloat);
  const parts = decomposePnl({
    amountFloat,
    greeks,
    from,
    to,
    totalPnlFloat,
    feesFloat: feeUsdFloat ?? 0,
  });
  const { spotFloat } = from;
  return {
    delta_usd_float: parts.deltaFloat,
    fees_usd_float: feeUsdFloat === null ? null : parts.feesFloat,
    gamma_usd_float: parts.gammaFloat,
    greeks: {
      delta_float: greeks.deltaFloat,
      gamma_float: greeks.gammaFloat,
      theta_float: greeks.thetaFloat,
      vega_float: greeks.vegaFloat,
    },
    greeks_normalised: {
      delta_float: amountFloat * greeks.deltaFloat * spotFloat,
      gamma_float: amountFloat * greeks.gammaFloat * spotFloat * spotFloat * percent,
      theta_float: amountFloat * greeks.thetaFloat,
      vega_float: amountFloat * greeks.vegaFloat,
    },
    residual_usd_float: parts.residualFloat,
    theta_usd_float: parts.thetaFloat,
    total_usd_float: totalPnlFloat,
    vega_usd_float: parts.vegaFloat,
  };
}
