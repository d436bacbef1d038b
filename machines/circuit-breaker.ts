/**
 * One breaker for everything that can fail again and again: closed until too many failures lie within
 * a window, open for a pause, half open for one probe, closed again when that succeeds. Time and the
 * length of the pause come with the events.
 */
import { assign, setup } from 'xstate';

export interface BreakerLimits {
  readonly failuresMax: number;
  readonly windowUs: number;
}

export interface BreakerContext {
  readonly limits: BreakerLimits;
  /** Oldest first, at most `failuresMax`. */
  readonly failuresUs: readonly number[];
  /** Openings in a row without a success: the pause grows with them. */
  readonly openings: number;
  readonly lastCode: string | null;
  /** When the next probe is due; null unless open. */
  readonly probeAtUs: number | null;
}

export type BreakerEvent =
  | { type: 'call.failed'; atUs: number; code: string; pauseUs: number }
  | { type: 'call.succeeded' }
  | { type: 'time.passed'; atUs: number };

function failuresAfter({ failuresUs, limits }: BreakerContext, atUs: number): readonly number[] {
  const recent = failuresUs.filter((one) => atUs - one <= limits.windowUs);
  return [...recent, atUs].slice(-limits.failuresMax);
}

export const circuitBreakerMachine = setup({
  types: {
    context: {} as BreakerContext,
    events: {} as BreakerEvent,
    input: {} as BreakerLimits,
    tags: {} as 'mayCall',
  },
  guards: {
    isOneTooMany: ({ context }, params: { atUs: number }) =>
      failuresAfter(context, params.atUs).length >= context.limits.failuresMax,
    isProbeDue: ({ context }, params: { atUs: number }) =>
      context.probeAtUs !== null && params.atUs >= context.probeAtUs,
  },
  actions: {
    note: assign(({ context }, params: { atUs: number; code: string }) => ({
      failuresUs: failuresAfter(context, params.atUs),
      lastCode: params.code,
    })),
    pause: assign(({ context }, params: { atUs: number; pauseUs: number }) => ({
      probeAtUs: params.atUs + params.pauseUs,
      openings: context.openings + 1,
    })),
    probe: assign({ probeAtUs: null }),
    forget: assign({ failuresUs: [], openings: 0, probeAtUs: null }),
  },
}).createMachine({
  id: 'circuit-breaker',
  context: ({ input }) => ({
    limits: input,
    failuresUs: [],
    openings: 0,
    lastCode: null,
    probeAtUs: null,
  }),
  initial: 'closed',
  states: {
    closed: {
      tags: 'mayCall',
      on: {
        'call.failed': [
          {
            guard: { type: 'isOneTooMany', params: ({ event }) => event },
            target: 'open',
            actions: [
              { type: 'note', params: ({ event }) => event },
              { type: 'pause', params: ({ event }) => event },
            ],
          },
          { actions: { type: 'note', params: ({ event }) => event } },
        ],
      },
    },
    open: {
      on: {
        'time.passed': {
          guard: { type: 'isProbeDue', params: ({ event }) => event },
          target: 'half_open',
          actions: 'probe',
        },
      },
    },
    half_open: {
      tags: 'mayCall',
      on: {
        'call.succeeded': { target: 'closed', actions: 'forget' },
        'call.failed': {
          target: 'open',
          actions: [
            { type: 'note', params: ({ event }) => event },
            { type: 'pause', params: ({ event }) => event },
          ],
        },
      },
    },
  },
});
