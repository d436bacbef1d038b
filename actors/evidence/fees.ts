/**
 * What a fill costs in fees, from the instrument's own rates. Source of the rules: the venue's fee
 * page as recorded in its instruments (`maker_commission`, `taker_commission`): inverse contracts pay
 * their share in coin, options a share of the underlying, capped by their premium. Analytics in floats.
 */
import { gridFloat } from '../../streams/facts/decimal.ts';
import type { Instrument } from '../../streams/facts/instrument.ts';

/** Options are charged on the underlying, at most this share of their premium (the venue's cap). */
const optionFeeShareMax = 0.125;

export interface FeeQuestion {
  readonly instrument: Instrument;
  readonly lots: number;
  readonly priceFloat: number;
  /** USD price of the underlying. */
  readonly indexFloat: number;
  readonly liquidity: 'maker' | 'taker';
}

/** Paid in coin: settled in the currency it is about. */
function paysInCoin({ row }: Instrument): boolean {
  return row.settlement_currency === row.base_currency;
}

/** In the fee currency, at a rate; a negative rate is a rebate. */
export function feeAtRateFloat(
  { instrument, lots, priceFloat, indexFloat }: Omit<FeeQuestion, 'liquidity'>,
  rate: number,
): number {
  const amount = gridFloat(instrument.amount, lots);
  if (instrument.amountUnit === 'usd') return (amount / priceFloat) * rate;
  if (instrument.kind !== 'option') return amount * priceFloat * rate;
  const onUnderlying = paysInCoin(instrument) ? rate : rate * indexFloat;
  return amount * Math.min(onUnderlying, optionFeeShareMax * priceFloat);
}

/** In USD; NaN when a price it needs is not known. */
export function feeUsdFloat(question: FeeQuestion): number {
  const { instrument, liquidity, indexFloat } = question;
  const { maker_fee_rate, taker_fee_rate } = instrument.row;
  const fee = feeAtRateFloat(
    question,
    Number(liquidity === 'maker' ? maker_fee_rate : taker_fee_rate),
  );
  return paysInCoin(instrument) ? fee * indexFloat : fee;
}
