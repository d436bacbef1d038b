/** How old the fee rates are that the net edge is judged with. Pure. */
import type { OrderIntent } from '../../../streams/facts/intent.ts';
import { usPerSecond } from '../../../streams/facts/time.ts';
import { type GateResult, type GateView, reject } from './gate.ts';

export interface FeeState {
  /** Since the rates were read from the venue, epoch time, s; infinite: never read. */
  readonly ageS: number;
  readonly staleness: 'fresh' | 'soft' | 'hard';
}

/** Ages trip strictly. Epoch time, so that an age survives a restart; unknown or future is hard. */
export function feeStateOf(
  readUs: number | undefined,
  nowUs: number,
  limits: { readonly fee_cache_soft_s: number; readonly fee_cache_hard_s: number },
): FeeState {
  const ageS = readUs === undefined ? Number.POSITIVE_INFINITY : (nowUs - readUs) / usPerSecond;
  if (!(ageS <= limits.fee_cache_hard_s)) return { ageS, staleness: 'hard' };
  return { ageS, staleness: ageS > limits.fee_cache_soft_s ? 'soft' : 'fresh' };
}

/** What fees are multiplied with. */
export function feeFactorFloat({ staleness }: FeeState, bufferFloat: number): number {
  return staleness === 'fresh' ? 1 : 1 + bufferFloat;
}

export function feeGate(intent: OrderIntent, view: GateView): GateResult {
  if (intent.class !== 'OPEN' || view.fees.staleness !== 'hard') return undefined;
  const { ageS } = view.fees;
  return reject('FeeCacheStale', { age_s: Number.isFinite(ageS) ? ageS : null });
}
