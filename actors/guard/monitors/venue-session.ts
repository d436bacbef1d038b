/**
 * The link to the venue. Private streams have no trustworthy sequence, so every loss latches: what
 * happened to our orders meanwhile is known only after a reconciliation.
 */
import type { MarketLink } from '../../../streams/facts/market.ts';
import type { Guard } from '../guard-types.ts';

type GuardPart = Pick<
  Guard,
  'set' | 'raise' | 'clear' | 'latchSet' | 'latchCauseEnded' | 'sessionTerminated'
>;

export interface VenueSessionMonitor {
  onLink(link: MarketLink): void;
  /** Error 10028, or any other end of session the venue chose. */
  onTerminated(cause: string): void;
}

export function watchVenueSession(guard: GuardPart): VenueSessionMonitor {
  let isUp = false;
  return {
    onLink(link) {
      if (link.kind === 'up') {
        isUp = true;
        guard.set('venue_session', 'up');
        guard.clear('venue_session');
        guard.latchCauseEnded('WS_DATA_STALE_RECONCILE_REQUIRED');
        return;
      }
      guard.raise('venue_session', { riskState: 'Degraded', owner: 'EXT_CONNECTIVITY_LOSS' });
      guard.set('venue_session', 'down');
      // Before the first session nothing of ours could be lost: the start latch covers it.
      if (isUp) guard.latchSet('WS_DATA_STALE_RECONCILE_REQUIRED', { standing: true });
      isUp = false;
    },
    onTerminated(cause) {
      guard.sessionTerminated(cause);
    },
  };
}
