/**
 * Decides what the link to a venue may be used for, and when to try again. Only `live` carries the
 * tag `live`: authenticated, checked and subscribed. Every loss leads through a wait; a key the
 * venue or our scope check refuses leads through a long one, so that it is never hammered.
 */
import { assign, setup } from 'xstate';

/** Why the last connection ended: it decides how long to wait. */
export type LossKind = 'lost' | 'rate_terminated' | 'key_refused';

export type VenueSessionEvent =
  | { type: 'session.start' }
  | { type: 'session.stop' }
  | { type: 'socket.opened' }
  | { type: 'session.authenticated' }
  | { type: 'channels.confirmed' }
  | { type: 'channels.failed'; cause: string }
  /** The session has been live long enough to forget earlier failures. */
  | { type: 'session.settled' }
  | { type: 'session.lost'; kind: LossKind; cause: string }
  | { type: 'backoff.elapsed' };

export interface VenueSessionContext {
  /** Consecutive failures since the session was last settled. */
  readonly failures: number;
  readonly lossKind: LossKind | null;
  readonly cause: string;
}

export const venueSessionMachine = setup({
  types: {
    context: {} as VenueSessionContext,
    events: {} as VenueSessionEvent,
    tags: {} as 'live' | 'down',
  },
  actions: {
    // The room provides these four; the decision machine itself does nothing to the world.
    openSession: () => undefined,
    closeSession: () => undefined,
    subscribeChannels: () => undefined,
    scheduleRetry: () => undefined,
    recordLoss: assign((_, params: { kind: LossKind; cause: string }) => ({
      lossKind: params.kind,
      cause: params.cause,
    })),
    countFailure: assign({ failures: ({ context }) => context.failures + 1 }),
    forgetFailures: assign({ failures: 0, lossKind: null, cause: '' }),
  },
}).createMachine({
  id: 'venue-session',
  context: { failures: 0, lossKind: null, cause: 'not started' },
  initial: 'stopped',
  states: {
    stopped: { tags: 'down', on: { 'session.start': 'running' } },
    running: {
      initial: 'connecting',
      on: {
        'session.stop': { target: 'stopped', actions: 'closeSession' },
        'session.lost': {
          target: '.waiting',
          actions: [
            {
              type: 'recordLoss',
              params: ({ event }) => ({ kind: event.kind, cause: event.cause }),
            },
            'countFailure',
          ],
        },
      },
      states: {
        connecting: {
          tags: 'down',
          entry: 'openSession',
          on: { 'socket.opened': 'authenticating' },
        },
        authenticating: { tags: 'down', on: { 'session.authenticated': 'subscribing' } },
        subscribing: {
          tags: 'down',
          entry: 'subscribeChannels',
          on: {
            'channels.confirmed': 'live',
            // Closing makes the session report its loss: one way down, not two.
            'channels.failed': { actions: 'closeSession' },
          },
        },
        live: { tags: 'live', on: { 'session.settled': { actions: 'forgetFailures' } } },
        waiting: {
          tags: 'down',
          entry: 'scheduleRetry',
          on: {
            'backoff.elapsed': 'connecting',
            // Already down: a second report of the same end changes nothing.
            'session.lost': {},
          },
        },
      },
    },
  },
});
