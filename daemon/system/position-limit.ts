/** Whether a position alone has gone past its limit: what gates cannot prevent (a price that moves). */
import { gridFloat } from '../../streams/facts/decimal.ts';
import type { MarketView } from '../../streams/facts/market.ts';
import type { ExecutionPolicy } from '../../streams/facts/policy/execution.ts';
import type { PositionsView } from '../../streams/facts/positions.ts';

/** True when |position| in USD is above `max_position_usd`, or cannot be valued. */
export function positionLimitReached(
  positions: PositionsView,
  market: MarketView,
  { max_position_usd }: Pick<ExecutionPolicy, 'max_position_usd'>,
): boolean {
  if (max_position_usd === undefined) return false; // OPEN is blocked by ConfigMissing.
  for (const { instrument, signedLots } of positions.all) {
    if (signedLots === 0) continue;
    const amount = Math.abs(gridFloat(instrument.amount, signedLots));
    const index = market.get(instrument.name)?.ticker?.indexFloat;
    const usd = instrument.amountUnit === 'usd' ? amount : amount * (index ?? Number.NaN);
    if (!(usd <= max_position_usd)) return true;
  }
  return false;
}
