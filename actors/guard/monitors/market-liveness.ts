/**
 * The zombie-socket rule: a ping does not prove that data flows. Silence of the whole market trips
 * only with open exposure or recent activity; a quiet single instrument never does.
 */
import type { GuardPolicy } from '../../../streams/facts/policy/guard.ts';
import type { Clock } from '../../../streams/ports/clock.ts';
import type { Guard } from '../guard-types.ts';

export interface LivenessReading {
  /** Monotonic µs of the last market event of any instrument. */
  readonly lastEventUs: number;
  readonly hasExposure: boolean;
  /** Monotonic µs of our last dispatch or fill; -Infinity: never. */
  readonly lastActivityUs: number;
}

type Limits = Pick<GuardPolicy, 'ws_zombie_silence_ms' | 'ws_zombie_activity_window_ms'>;

/** True when the market is silent and it matters. Silence trips strictly. */
export function isZombie(reading: LivenessReading, limits: Limits, nowUs: number): boolean {
  const silentUs = nowUs - reading.lastEventUs;
  if (silentUs <= limits.ws_zombie_silence_ms * 1_000) return false;
  const activeUs = limits.ws_zombie_activity_window_ms * 1_000;
  return reading.hasExposure || nowUs - reading.lastActivityUs <= activeUs;
}

/** Looks this often, ms: far below the silence it looks for. */
const lookMs = 250;

export interface LivenessWatch {
  readonly clock: Pick<Clock, 'every' | 'monotonicUs'>;
  readonly guard: Pick<Guard, 'latchSet' | 'latchCauseEnded'>;
  readonly read: () => LivenessReading;
  readonly limits: Limits;
}

/** Latches while the market is a zombie. Returns the stop. */
export function watchMarketLiveness(watch: LivenessWatch): () => void {
  const startedUs = watch.clock.monotonicUs();
  let tripped = false;
  return watch.clock.every(lookMs, () => {
    const reading = watch.read();
    // Before the first event, silence counts from the start of the watch.
    const lastEventUs = Math.max(reading.lastEventUs, startedUs);
    const nowUs = watch.clock.monotonicUs();
    const zombie = isZombie({ ...reading, lastEventUs }, watch.limits, nowUs);
    const silent = nowUs - lastEventUs > watch.limits.ws_zombie_silence_ms * 1_000;
    if (zombie && !tripped) {
      tripped = true;
      watch.guard.latchSet('WS_DATA_STALE_RECONCILE_REQUIRED', { standing: true });
    } else if (tripped && !silent) {
      tripped = false;
      watch.guard.latchCauseEnded('WS_DATA_STALE_RECONCILE_REQUIRED');
    }
  });
}
