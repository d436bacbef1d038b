/**
 * The life of one order, total over (state, event). The venue's word always wins over ours: a fill
 * or an acknowledgement that contradicts a state is followed and counted as an anomaly, never
 * thrown. Only our own events (recorded, sent, timed out) are ignored where they make no sense.
 *
 * Exposure does not hang on the state alone: see the order record, which keeps lots outstanding
 * until every reported fill has its trade.
 */
import { setup, transition } from 'xstate';

export const orderStates = [
  'created',
  'recorded',
  'sent',
  'in_doubt',
  'acked',
  'partially_filled',
  'filled',
  'cancelled',
  'rejected',
  'not_sent',
  'expired',
] as const;
export type OrderLifecycleState = (typeof orderStates)[number];

export const orderEvents = [
  'ledger.recorded',
  'dispatch.sent',
  'dispatch.refused',
  'ack.timedOut',
  'process.restarted',
  'sight.lost',
  'venue.acked',
  'venue.partiallyFilled',
  'venue.filled',
  'venue.cancelled',
  'venue.rejected',
  'venue.expired',
  'fence.provedAbsent',
] as const;
export type OrderLifecycleEventType = (typeof orderEvents)[number];
export interface OrderLifecycleEvent {
  readonly type: OrderLifecycleEventType;
}

export const orderAnomalies = [
  'duplicate',
  'out_of_order',
  'late_fill',
  'resurrected',
  'contradiction',
] as const;
/** `resurrected`: a terminal order turned out to live. `contradiction`: it cannot be, and is kept out. */
export type OrderAnomaly = (typeof orderAnomalies)[number];

const late = { type: 'countAnomaly', params: { kind: 'late_fill' } } as const;
const duplicate = { actions: { type: 'countAnomaly', params: { kind: 'duplicate' } } } as const;
const outOfOrder = { actions: { type: 'countAnomaly', params: { kind: 'out_of_order' } } } as const;
const contradiction = {
  actions: { type: 'countAnomaly', params: { kind: 'contradiction' } },
} as const;
const resurrected = { type: 'countAnomaly', params: { kind: 'resurrected' } } as const;

/** What the venue may say of an order that was, or may have been, sent: the normal life. */
const venueSpeaks = {
  'venue.acked': 'acked',
  'venue.partiallyFilled': 'partially_filled',
  'venue.filled': 'filled',
  'venue.cancelled': 'cancelled',
  'venue.rejected': 'rejected',
  'venue.expired': 'expired',
} as const;

/** Before the bytes left nothing can come from the venue; if it does, something else sent it. */
const venueSpeaksUnasked = {
  'venue.acked': { target: 'acked', actions: resurrected },
  'venue.partiallyFilled': { target: 'partially_filled', actions: resurrected },
  'venue.filled': { target: 'filled', actions: resurrected },
  'venue.cancelled': { target: 'cancelled', actions: resurrected },
  'venue.rejected': { target: 'rejected', actions: resurrected },
  'venue.expired': { target: 'expired', actions: resurrected },
} as const;

/** Our own past repeated or reordered: no effect. */
const ownEventsAgain = {
  'ledger.recorded': duplicate,
  'dispatch.sent': duplicate,
  'dispatch.refused': contradiction,
  'ack.timedOut': outOfOrder,
} as const;

/** Final as far as we know. A restart does not make a proved end doubtful. */
const ended = {
  ...ownEventsAgain,
  'process.restarted': {},
  'sight.lost': {},
  'fence.provedAbsent': contradiction,
} as const;

/**
 * The definition. The hot path does not run it per event (15 µs): it reads the table that
 * `orderTransition` derives from it once.
 */
export const orderLifecycleMachine = setup({
  types: {
    events: {} as OrderLifecycleEvent,
    tags: {} as 'terminal',
  },
  actions: {
    /** Read by the caller as data; the machine itself counts nothing. */
    countAnomaly: (...[, _params]: [unknown, { kind: OrderAnomaly }]) => undefined,
  },
}).createMachine({
  id: 'orderLifecycle',
  initial: 'created',
  states: {
    created: {
      on: {
        ...venueSpeaksUnasked,
        'ledger.recorded': 'recorded',
        'dispatch.sent': contradiction,
        'dispatch.refused': 'not_sent',
        'ack.timedOut': outOfOrder,
        'process.restarted': 'not_sent',
        'sight.lost': outOfOrder,
        'fence.provedAbsent': 'not_sent',
      },
    },
    recorded: {
      on: {
        // An acknowledgement can overtake our own `sent`: normal.
        ...venueSpeaks,
        'ledger.recorded': duplicate,
        'dispatch.sent': 'sent',
        'dispatch.refused': 'not_sent',
        'ack.timedOut': 'in_doubt',
        'process.restarted': 'in_doubt',
        'sight.lost': 'in_doubt',
        'fence.provedAbsent': contradiction,
      },
    },
    sent: {
      on: {
        ...venueSpeaks,
        'ledger.recorded': duplicate,
        'dispatch.sent': duplicate,
        'dispatch.refused': contradiction,
        'ack.timedOut': 'in_doubt',
        'process.restarted': 'in_doubt',
        'sight.lost': 'in_doubt',
        'fence.provedAbsent': contradiction,
      },
    },
    in_doubt: {
      on: {
        ...venueSpeaks,
        'ledger.recorded': duplicate,
        'dispatch.sent': duplicate,
        'dispatch.refused': contradiction,
        'ack.timedOut': duplicate,
        'process.restarted': {},
        'sight.lost': {},
        'fence.provedAbsent': 'not_sent',
      },
    },
    acked: {
      on: {
        ...venueSpeaks,
        ...ownEventsAgain,
        'venue.acked': duplicate,
        'process.restarted': 'in_doubt',
        'sight.lost': 'in_doubt',
        'fence.provedAbsent': contradiction,
      },
    },
    partially_filled: {
      on: {
        ...venueSpeaks,
        ...ownEventsAgain,
        'venue.acked': outOfOrder,
        'venue.partiallyFilled': {},
        'venue.rejected': contradiction,
        'process.restarted': 'in_doubt',
        'sight.lost': 'in_doubt',
        'fence.provedAbsent': contradiction,
      },
    },
    filled: {
      tags: 'terminal',
      on: {
        ...ended,
        'venue.acked': outOfOrder,
        'venue.partiallyFilled': outOfOrder,
        'venue.filled': duplicate,
        'venue.cancelled': outOfOrder,
        'venue.rejected': contradiction,
        'venue.expired': outOfOrder,
      },
    },
    cancelled: {
      tags: 'terminal',
      on: {
        ...ended,
        'venue.acked': outOfOrder,
        'venue.partiallyFilled': { actions: late },
        'venue.filled': { target: 'filled', actions: late },
        'venue.cancelled': duplicate,
        'venue.rejected': contradiction,
        'venue.expired': duplicate,
      },
    },
    rejected: {
      tags: 'terminal',
      on: {
        ...ended,
        'venue.acked': { target: 'acked', actions: resurrected },
        'venue.partiallyFilled': { target: 'partially_filled', actions: resurrected },
        'venue.filled': { target: 'filled', actions: resurrected },
        'venue.cancelled': outOfOrder,
        'venue.rejected': duplicate,
        'venue.expired': outOfOrder,
      },
    },
    not_sent: {
      tags: 'terminal',
      on: {
        ...ended,
        ...venueSpeaksUnasked,
        'dispatch.refused': duplicate,
        'fence.provedAbsent': duplicate,
      },
    },
    expired: {
      tags: 'terminal',
      on: {
        ...ended,
        'venue.acked': outOfOrder,
        'venue.partiallyFilled': { actions: late },
        'venue.filled': { target: 'filled', actions: late },
        'venue.cancelled': duplicate,
        'venue.rejected': contradiction,
        'venue.expired': duplicate,
      },
    },
  },
});

export interface OrderTransition {
  readonly to: OrderLifecycleState;
  readonly anomaly: OrderAnomaly | null;
}

function derive(state: OrderLifecycleState, event: OrderLifecycleEventType): OrderTransition {
  const from = orderLifecycleMachine.resolveState({ value: state });
  const [next, actions] = transition(orderLifecycleMachine, from, { type: event });
  const counted = actions.find((action) => action.type === 'countAnomaly');
  const anomaly = (counted?.params as { kind: OrderAnomaly } | undefined)?.kind ?? null;
  return { to: next.value as OrderLifecycleState, anomaly };
}

const table = new Map<string, OrderTransition>(
  orderStates.flatMap((state) =>
    orderEvents.map((event) => [`${state} ${event}`, derive(state, event)] as const),
  ),
);

/** The machine's answer, looked up. Total: every pair is defined. */
export function orderTransition(
  state: OrderLifecycleState,
  event: OrderLifecycleEventType,
): OrderTransition {
  return table.get(`${state} ${event}`) as OrderTransition;
}

const terminal: ReadonlySet<string> = new Set(
  orderStates.filter((state) =>
    orderLifecycleMachine.resolveState({ value: state }).hasTag('terminal'),
  ),
);

/** Nothing is outstanding at the venue, as far as we know. */
export function isTerminal(state: OrderLifecycleState): boolean {
  return terminal.has(state);
}
