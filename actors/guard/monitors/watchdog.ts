/**
 * The external watchdog's heartbeat. Silence beyond `watchdog_reduce_only_s` is an emergency
 * reduce-only, once per silence; beyond `watchdog_kill_s` the guard kills by itself.
 */
import type { GuardPolicy } from '../../../streams/facts/policy/guard.ts';
import { usPerSecond } from '../../../streams/facts/time.ts';
import type { Clock } from '../../../streams/ports/clock.ts';
import type { Guard } from '../guard-types.ts';

/** Finer than the difference between the two marks by far, ms. */
const lookMs = 100;

/** Silent for longer than the mark of the emergency. */
export function isWatchdogSilent(
  silentUs: number,
  { watchdog_reduce_only_s }: Pick<GuardPolicy, 'watchdog_reduce_only_s'>,
): boolean {
  return silentUs > watchdog_reduce_only_s * usPerSecond;
}

export interface WatchdogWatch {
  readonly clock: Pick<Clock, 'every' | 'monotonicUs'>;
  readonly guard: Pick<Guard, 'set' | 'emergencyReduceOnly'>;
  readonly limits: Pick<GuardPolicy, 'watchdog_reduce_only_s'>;
}

export interface WatchdogMonitor {
  /** The watchdog was heard. */
  heard(): void;
  stop(): void;
}

export function watchWatchdog(watch: WatchdogWatch): WatchdogMonitor {
  let heardUs: number | undefined;
  let tripped = false;
  const stop = watch.clock.every(lookMs, () => {
    if (heardUs === undefined || tripped) return; // Never heard: a missing input restricts.
    const silentUs = watch.clock.monotonicUs() - heardUs;
    if (!isWatchdogSilent(silentUs, watch.limits)) return;
    tripped = true;
    watch.guard.emergencyReduceOnly('watchdog silent');
  });
  return {
    heard() {
      heardUs = watch.clock.monotonicUs();
      tripped = false;
      watch.guard.set('watchdog_heartbeat', true);
    },
    stop,
  };
}
