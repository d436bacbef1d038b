/**
 * One reconciliation at a time: idle → collecting → comparing → correcting → proven | failed.
 *
 * Requests during a run are coalesced into one run after it, because a proof covers only what was
 * lost before its first read. A correction, or state that moved while it was read, leads to another
 * collection, a bounded number of times; then the run fails rather than guesses.
 */
import { assign, setup } from 'xstate';

export type ReconcileVerdict =
  /** Everything agrees. */
  | 'equal'
  /** Something must be corrected first, then looked at again. */
  | 'correct'
  /** State moved while it was read, or a difference wants a second look. */
  | 'again'
  /** A difference stood in two complete collections. */
  | 'different';

export type ReconciliationEvent =
  | { type: 'reconcile.requested'; cause: string }
  | { type: 'reconcile.collected' }
  | { type: 'reconcile.readFailed'; cause: string }
  | { type: 'reconcile.compared'; verdict: ReconcileVerdict }
  | { type: 'reconcile.corrected' };

export interface ReconciliationContext {
  readonly attemptsMax: number;
  /** Collections of this run so far, the current one included. */
  readonly attempt: number;
  readonly cause: string;
  /** Someone asked while the run was on. */
  readonly requestedAgain: string | undefined;
  readonly failure: 'read_failed' | 'different' | 'unsettled' | undefined;
}

export const reconciliationMachine = setup({
  types: {
    context: {} as ReconciliationContext,
    events: {} as ReconciliationEvent,
    input: {} as { readonly attemptsMax: number },
    tags: {} as 'running',
  },
  guards: {
    isEqual: (_, params: { verdict: ReconcileVerdict }) => params.verdict === 'equal',
    isDifferent: (_, params: { verdict: ReconcileVerdict }) => params.verdict === 'different',
    mustCorrect: (_, params: { verdict: ReconcileVerdict }) => params.verdict === 'correct',
    hasAttemptsLeft: ({ context }) => context.attempt < context.attemptsMax,
  },
  actions: {
    begin: assign((_, params: { cause: string }) => ({
      attempt: 1,
      cause: params.cause,
      requestedAgain: undefined,
      failure: undefined,
    })),
    beginAgain: assign({ attempt: ({ context }) => context.attempt + 1 }),
    remember: assign(({ context }, params: { cause: string }) => ({
      requestedAgain: context.requestedAgain ?? params.cause,
    })),
    recordFailure: assign((_, params: { failure: ReconciliationContext['failure'] }) => ({
      failure: params.failure,
    })),
  },
}).createMachine({
  id: 'reconciliation',
  context: ({ input }) => ({
    attemptsMax: input.attemptsMax,
    attempt: 0,
    cause: '',
    requestedAgain: undefined,
    failure: undefined,
  }),
  initial: 'idle',
  states: {
    idle: {
      on: {
        'reconcile.requested': {
          target: 'running',
          actions: { type: 'begin', params: ({ event }) => ({ cause: event.cause }) },
        },
      },
    },
    running: {
      tags: 'running',
      on: {
        'reconcile.requested': {
          actions: { type: 'remember', params: ({ event }) => ({ cause: event.cause }) },
        },
        'reconcile.readFailed': {
          target: 'failed',
          actions: { type: 'recordFailure', params: { failure: 'read_failed' } },
        },
      },
      initial: 'collecting',
      states: {
        collecting: { on: { 'reconcile.collected': 'comparing' } },
        comparing: {
          on: {
            'reconcile.compared': [
              {
                guard: { type: 'isEqual', params: ({ event }) => ({ verdict: event.verdict }) },
                target: '#reconciliation.proven',
              },
              {
                guard: { type: 'isDifferent', params: ({ event }) => ({ verdict: event.verdict }) },
                target: '#reconciliation.failed',
                actions: { type: 'recordFailure', params: { failure: 'different' } },
              },
              {
                guard: { type: 'mustCorrect', params: ({ event }) => ({ verdict: event.verdict }) },
                target: 'correcting',
              },
              { guard: 'hasAttemptsLeft', target: 'collecting', actions: 'beginAgain' },
              {
                target: '#reconciliation.failed',
                actions: { type: 'recordFailure', params: { failure: 'unsettled' } },
              },
            ],
          },
        },
        correcting: {
          on: {
            'reconcile.corrected': [
              { guard: 'hasAttemptsLeft', target: 'collecting', actions: 'beginAgain' },
              {
                target: '#reconciliation.failed',
                actions: { type: 'recordFailure', params: { failure: 'unsettled' } },
              },
            ],
          },
        },
      },
    },
    proven: {
      on: {
        'reconcile.requested': {
          target: 'running',
          actions: { type: 'begin', params: ({ event }) => ({ cause: event.cause }) },
        },
      },
    },
    failed: {
      on: {
        'reconcile.requested': {
          target: 'running',
          actions: { type: 'begin', params: ({ event }) => ({ cause: event.cause }) },
        },
      },
    },
  },
});
