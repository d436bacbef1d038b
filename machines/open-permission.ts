/**
 * The open-permission latch: blocks OPEN until a reconciliation has proved state.
 *
 * Blocked is the initial state and every loss leads back to it. Only a proof opens it, only when
 * the proof was collected after the last loss was noticed, and never while a cause still stands.
 */
import { assign, setup } from 'xstate';
import { type LatchReason, latchReasons } from '../streams/facts/reason-codes/index.ts';

export type OpenPermissionEvent =
  /** `standing`: the cause goes on (a book still without its snapshot). */
  | { type: 'latch.set'; reason: LatchReason; sequence: number; standing: boolean }
  /** The cause is gone; the reason still waits for a proof. */
  | { type: 'latch.causeEnded'; reason: LatchReason; sequence: number }
  /** Everything the proof rests on was read after the losses up to `ticket` were noticed. */
  | { type: 'latch.proven'; ticket: number };

export interface LatchEntry {
  readonly reason: LatchReason;
  /** Count of losses when it was last set, or its cause ended: orders losses against proofs. */
  readonly sequence: number;
  readonly standing: boolean;
}

export interface OpenPermissionContext {
  /** In manifest order, each reason at most once. Empty exactly when open. */
  readonly entries: readonly LatchEntry[];
}

function withEntry(entries: readonly LatchEntry[], entry: LatchEntry): LatchEntry[] {
  return latchReasons.flatMap((reason) => {
    const known = entries.filter((candidate) => candidate.reason === reason);
    if (reason !== entry.reason) return known;
    // A cause that stands is not ended by a second, shorter one.
    return [{ ...entry, standing: entry.standing || known.some(({ standing }) => standing) }];
  });
}

export const openPermissionMachine = setup({
  types: {
    context: {} as OpenPermissionContext,
    events: {} as OpenPermissionEvent,
    tags: {} as 'mayOpen',
  },
  guards: {
    provesAll: ({ context }, params: { ticket: number }) =>
      context.entries.every((entry) => !entry.standing && entry.sequence <= params.ticket),
  },
  actions: {
    recordReason: assign(({ context }, entry: LatchEntry) => ({
      entries: withEntry(context.entries, entry),
    })),
    recordCauseEnded: assign(({ context }, params: { reason: LatchReason; sequence: number }) => ({
      entries: context.entries.map((entry) =>
        entry.reason === params.reason && entry.standing
          ? { reason: entry.reason, sequence: params.sequence, standing: false }
          : entry,
      ),
    })),
    forgetReasons: assign({ entries: [] }),
  },
}).createMachine({
  id: 'open-permission',
  context: {
    entries: [{ reason: 'RESTART_RECONCILE_REQUIRED', sequence: 0, standing: false }],
  },
  initial: 'blocked',
  states: {
    blocked: {
      on: {
        'latch.set': {
          actions: {
            type: 'recordReason',
            params: ({ event }) => ({
              reason: event.reason,
              sequence: event.sequence,
              standing: event.standing,
            }),
          },
        },
        'latch.causeEnded': {
          actions: {
            type: 'recordCauseEnded',
            params: ({ event }) => ({ reason: event.reason, sequence: event.sequence }),
          },
        },
        'latch.proven': {
          guard: {
            type: 'provesAll',
            params: ({ event }) => ({ ticket: event.ticket }),
          },
          target: 'open',
          actions: 'forgetReasons',
        },
      },
    },
    open: {
      tags: 'mayOpen',
      on: {
        'latch.set': {
          target: 'blocked',
          actions: {
            type: 'recordReason',
            params: ({ event }) => ({
              reason: event.reason,
              sequence: event.sequence,
              standing: event.standing,
            }),
          },
        },
        // Nothing is latched: an ended cause and a further proof change nothing.
        'latch.causeEnded': {},
        'latch.proven': {},
      },
    },
  },
});
