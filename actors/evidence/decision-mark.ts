/**
 * The market of one instrument at a moment, as far as profit is explained by it, and the explanation:
 * what the filled amount gained or lost between decision and fill, by greeks. Pure, floats.
 */
import { gridFloat } from '../../streams/facts/decimal.ts';
import { isPricedInCoin } from '../../streams/facts/instrument.ts';
import type { Greeks, InstrumentView } from '../../streams/facts/market.ts';
import type { AttributionRecordedPayload } from '../../streams/facts/schemas/evidence.ts';
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

/** Null when something it needs is not known: nothing is explained by a guess. */
export function markOf(seen: InstrumentView | undefined, tsUs: number): DecisionMark | null {
  const ticker = seen?.ticker;
  if (seen === undefined || ticker === undefined || !(ticker.markFloat > 0)) return null;
  const { instrument } = seen;
  if (instrument.kind !== 'option') {
    const unit = ticker.markFloat;
    const future = { greeks: linearGreeks, ivPercentFloat: 0, spotFloat: unit, unitUsdFloat: unit };
    return { tsUs, ...future };
  }
  const { greeks, markIvFloat } = ticker;
  const spotFloat = ticker.underlyingFloat ?? ticker.indexFloat;
  if (greeks === null || markIvFloat === null || !(spotFloat > 0)) return null;
  const unitUsdFloat = ticker.markFloat * (isPricedInCoin(instrument) ? ticker.indexFloat : 1);
  return { tsUs, spotFloat, ivPercentFloat: markIvFloat, greeks, unitUsdFloat };
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
