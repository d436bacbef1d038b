/**
 * The breakers of a daemon, and the one that is no call: the venue's matching engine. While that is open
 * the guard is told, and new risk waits; half open, one OPEN is let out to see. What reduces risk is
 * never asked.
 */
import type { PermissionRequest } from '../../actors/execution/index.ts';
import type { Guard } from '../../actors/guard/index.ts';
import { type BreakerSettings, Breakers } from '../../actors/supervision/index.ts';
import type { RejectCode } from '../../streams/facts/reject-codes.ts';
import { usPerMinute } from '../../streams/facts/time.ts';
import type { Ports } from '../../streams/ports/index.ts';
import { errorClassOf } from '../../streams/venues/deribit/index.ts';
import { neverSentCode, type PlaceReply } from '../../streams/venues/trading-client.ts';

/** Each key with when it opens and how long it waits. */
const settings = {
  /** Reads that may wait; account figures age out at 30 s, so the pause stays below. */
  venue_rest: {
    limits: { failuresMax: 10, windowUs: usPerMinute },
    pauseMs: { first: 2_000, last: 15_000 },
  },
  /** An order that gets no answer is in doubt for seconds: five of them are not chance. */
  venue_matching: {
    limits: { failuresMax: 5, windowUs: usPerMinute },
    pauseMs: { first: 5_000, last: 60_000 },
  },
  /** Starts of the store process. */
  store: {
    limits: { failuresMax: 5, windowUs: 10 * usPerMinute },
    pauseMs: { first: 5_000, last: 60_000 },
  },
} as const satisfies Record<string, BreakerSettings>;

export type BreakerKey = keyof typeof settings;
export type SystemBreakers = Breakers<BreakerKey>;

export function makeBreakers(ports: Pick<Ports, 'clock' | 'random' | 'telemetry'>): SystemBreakers {
  return new Breakers({ ports, settings });
}

/** The condition the guard is told by. */
const condition = 'venue_matching';

/** Tells the guard while the matching engine is left alone. */
export function watchMatching(
  breakers: SystemBreakers,
  guard: Pick<Guard, 'raise' | 'clear'>,
): void {
  breakers.onChange('venue_matching', (state) => {
    if (state === 'open')
      guard.raise(condition, { riskState: 'Degraded', owner: 'EXT_CONNECTIVITY_LOSS' });
    else guard.clear(condition);
  });
}

/** New risk waits while the one probe is out; everything else passes. */
export function matchingRefusal(
  breakers: SystemBreakers,
  request: PermissionRequest,
): RejectCode | undefined {
  if (request.class !== 'OPEN' || breakers.mayCall('venue_matching')) return undefined;
  return 'RiskStateNotHealthy';
}

/** What an answer to an order says of the engine: whatever it decided, it decides. */
export function noteAnswer(breakers: SystemBreakers, reply: PlaceReply): void {
  if (reply.kind === 'unknown') breakers.failed('venue_matching', 'VENUE_UNKNOWN_OUTCOME');
  else if (reply.kind === 'acked') breakers.succeeded('venue_matching');
  else if (reply.code === neverSentCode) return;
  else if (errorClassOf(reply.code, true) === 'busy')
    breakers.failed('venue_matching', 'VENUE_BUSY');
  else breakers.succeeded('venue_matching');
}
