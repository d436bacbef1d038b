/**
 * Where the profit of a position over a stretch of time came from: delta and gamma of the move,
 * theta of the time, vega of the volatility, fees, and what none of them explains. Analytics in
 * floats; every part is named, the parts and the residual add up to the whole by construction.
 */
import type { Greeks } from '../../streams/facts/market.ts';

const usPerDay = 86_400_000_000;

/** The market at one end of the stretch. */
export interface PnlMark {
  readonly tsUs: number;
  /** Price of the underlying. */
  readonly spotFloat: number;
  /** Implied volatility in percent, 65 is 65 %. */
  readonly ivPercentFloat: number;
}

export interface PnlQuestion {
  /** Signed size in contracts of one underlying unit: greeks are per unit. */
  readonly amountFloat: number;
  /** At the start: delta per 1 of spot, gamma per 1² of spot, theta per day, vega per 1 %. */
  readonly greeks: Greeks;
  readonly from: PnlMark;
  readonly to: PnlMark;
  readonly totalPnlFloat: number;
  readonly feesFloat: number;
}

export interface PnlParts {
  readonly deltaFloat: number;
  readonly gammaFloat: number;
  readonly thetaFloat: number;
  readonly vegaFloat: number;
  /** Negative when paid. */
  readonly feesFloat: number;
  readonly residualFloat: number;
}

/** `totalPnlFloat` before fees comes from prices; the parts explain it together with the fees. */
export function decomposePnl(question: PnlQuestion): PnlParts {
  const { amountFloat, greeks, from, to, totalPnlFloat, feesFloat } = question;
  const move = to.spotFloat - from.spotFloat;
  const days = (to.tsUs - from.tsUs) / usPerDay;
  const deltaFloat = amountFloat * greeks.deltaFloat * move;
  const gammaFloat = amountFloat * 0.5 * greeks.gammaFloat * move * move;
  const thetaFloat = amountFloat * greeks.thetaFloat * days;
  const vegaFloat = amountFloat * greeks.vegaFloat * (to.ivPercentFloat - from.ivPercentFloat);
  const explained = deltaFloat + gammaFloat + thetaFloat + vegaFloat;
  return {
    deltaFloat,
    gammaFloat,
    thetaFloat,
    vegaFloat,
    feesFloat: -feesFloat,
    residualFloat: totalPnlFloat - explained,
  };
}
