/**
 * The venue asks for fewer requests (HTTP 429): Degraded until a whole window passed without another.
 * An error 10028 on the session is graver, and handled where the session is watched.
 */
import type { CancelTimer, Clock } from '../../../streams/ports/clock.ts';
import type { Guard } from '../guard-types.ts';

export interface RateRefusalWatch {
  readonly clock: Pick<Clock, 'every'>;
  readonly guard: Pick<Guard, 'raise' | 'clear'>;
  /** Refusals within the last minute. */
  readonly read: () => number;
}

const lookMs = 250;

/** Looks on an interval. Returns the stop. */
export function watchRateRefusals({ clock, guard, read }: RateRefusalWatch): CancelTimer {
  let isRefused = false;
  return clock.every(lookMs, () => {
    const refused = read() > 0;
    if (refused && !isRefused)
      guard.raise('rate_refusals', { riskState: 'Degraded', owner: 'EXT_RATE_LIMITED' });
    if (!refused && isRefused) guard.clear('rate_refusals');
    isRefused = refused;
  });
}
