/** How old the fee rates are that the net edge is judged with. Pure. */
import type { OrderIntent } from '../../../streams/facts/intent.ts';
import { type GateResult, type GateView, reject } from './gate.ts';

export interface FeeState {
  /** Since the rates were read from the venue, in epoch time so that it survives a restart, s; infinite: never. */
  readonly ageS: number;
  /** Too old to judge anything with. */
  readonly hardStale: boolean;
  /** What fees are multiplied with: more than 1 while they are soft-stale. */
  readonly factorFloat: number;
}

export function feeGate(intent: OrderIntent, view: GateView): GateResult {
  if (intent.class !== 'OPEN' || !view.fees.hardStale) return undefined;
  const { ageS } = view.fees;
  return reject('FeeCacheStale', { age_s: Number.isFinite(ageS) ? ageS : null });
}
