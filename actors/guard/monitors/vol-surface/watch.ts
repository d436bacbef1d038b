/**
 * Watches the option chain: one expiry a look, in turn, so that no look costs more than one fit.
 * `svi_guard_trip_count` refused fits within the window are Degraded, until one window passes
 * without as many.
 */
import type { GuardPolicy } from '../../../../streams/facts/policy/guard.ts';
import type { SurfaceFit } from '../../../../streams/facts/surface-fit.ts';
import type { Clock } from '../../../../streams/ports/clock.ts';
import type { Guard } from '../../guard-types.ts';
import { FailureWindow } from '../failure-window.ts';
import { type Smile, type SmileRefusal, type SurfaceLimits, VolSurface } from './surface.ts';

/** One expiry of one underlying. */
export interface NamedSmile extends Smile {
  readonly underlying: string;
}

export interface VolSurfaceWatch {
  readonly clock: Pick<Clock, 'every' | 'monotonicUs' | 'nowUs'>;
  readonly guard: Pick<Guard, 'raise' | 'clear'>;
  /** The chain as it is now. Expiries with too few quotes may be left out. */
  readonly read: () => readonly NamedSmile[];
  readonly limits: SurfaceLimits & Pick<GuardPolicy, 'svi_guard_trip_count'>;
  /** The last good fit of an expiry. */
  readonly onFit?: (smile: NamedSmile, fit: SurfaceFit) => void;
  readonly onJudged?: (refusal: SmileRefusal | undefined) => void;
}

const lookMs = 1_000;

/** Returns the stop. */
export function watchVolSurface(watch: VolSurfaceWatch): () => void {
  const { clock, guard, limits } = watch;
  const surfaces = new Map<string, VolSurface>();
  const trips = new FailureWindow(
    () => limits.svi_guard_trip_count,
    () => limits.svi_guard_trip_window_s,
  );
  let turn = 0;
  let isTripped = false;
  return clock.every(lookMs, () => {
    const smiles = watch.read();
    const smile = smiles[turn % Math.max(1, smiles.length)];
    turn += 1;
    const nowUs = clock.monotonicUs();
    if (smile !== undefined) {
      const surface = surfaces.get(smile.underlying) ?? new VolSurface(limits);
      surfaces.set(smile.underlying, surface);
      surface.forget(clock.nowUs());
      const refusal = surface.offer(smile, nowUs, ({ svi, rmse, expiryUs }) =>
        watch.onFit?.(smile, { expiryUs, fittedUs: clock.nowUs(), svi, rmseFloat: rmse }),
      );
      if (refusal !== undefined) trips.failed(nowUs);
      watch.onJudged?.(refusal);
    }
    const trippedNow = trips.isTripped(nowUs);
    if (trippedNow && !isTripped)
      guard.raise('vol_surface', { riskState: 'Degraded', owner: 'RISK_MARKET_STRESS' });
    if (!trippedNow && isTripped) guard.clear('vol_surface');
    isTripped = trippedNow;
  });
}
